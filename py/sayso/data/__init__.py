"""Labelled recordings: folders, zips and sprite packs read into a set of clips, split by speaker, samples kept aside.

Clips keep their samples at one rate. Turning them into what a network is trained on is `training.dataset`'s business.
"""
