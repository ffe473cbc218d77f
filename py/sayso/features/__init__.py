"""From samples to what a network sees: spectrogram, mel bands, logarithm or PCEN, and the named presets of all that.

Whole clips and streams give the same frames. Where samples come from (`audio`, `data`) does not matter here.
"""
