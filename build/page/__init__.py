"""Assembles dist/, the page, and serves it."""
