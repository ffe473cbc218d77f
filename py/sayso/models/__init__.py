"""Networks by name, a model (a network with its features, labels and detector), and the files it is kept in.

`plan` computes one window quickly, for listening. How weights are found stands in `training`.
"""
