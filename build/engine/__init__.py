"""What every part of the build stands on: steps and their cache, the console, Python, npm, Chromium, compression."""
