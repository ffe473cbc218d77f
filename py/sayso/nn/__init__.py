"""Layers, losses and their gradients, on arrays alone.

A layer does not know the network it is part of: networks are put together in `models`, and trained in `training`.
"""
