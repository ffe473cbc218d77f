"""Trains and scores: the models that come with the page, and the tables that compare networks and adaptation."""
