"""How a network learns: the dataset, what it hears added to a clip (scenes, masks), the optimizer, the trainer.

`adapt` starts from another model's weights. Layers and their gradients stand in `nn`.
"""
