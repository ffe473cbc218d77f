"""Networks by name, a model (a network with its features, labels and detector), and the files it is kept in.

`plan` computes one window quickly, for listening; `embedding` describes sound by vectors, which `streaming_embedding`
computes as sound arrives. Nothing here changes weights: that is what `training` does.
"""
