"""How a network learns: datasets, the scenes and masks that vary their clips, optimisers, and the trainer.

`adapt` starts from another model's weights. Layers and their gradients are in `nn`.
"""
