"""Trains, scores and compares: the models that come with the page, networks, adaptation, and other frameworks."""
