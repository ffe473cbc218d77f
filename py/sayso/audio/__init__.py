"""Sound as numbers: WAV files, sample rates, and levels of sounds that are mixed.

Knows nothing of words: what a recording is of stands in `data`, what a network sees of it in `features`.
"""
