"""Networks by name, a model (a network with its features, labels and detector), and the files it is kept in.

`plan` computes one window quickly, for listening, and `streaming_embedding` one vector after another. Nothing here changes weights: that is what `training` does.
"""
