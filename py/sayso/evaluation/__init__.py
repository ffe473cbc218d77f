"""How good a model is: on clips, on streams whose truth is known, and the detector that suits it best.

Streams to judge on are made here too. Nothing here changes a network's weights: that is `training`.
"""
