"""Assembles dist/, the page, and serves it; or serves the sources while they are edited."""
