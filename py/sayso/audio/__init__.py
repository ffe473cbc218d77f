"""Sound as numbers: WAV files, sample rates, and levels of sounds that are mixed.

Nothing here knows of words: what a recording says is in `data`, what a network sees of it in `features`.
"""
