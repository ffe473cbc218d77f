"""What counts as a recording: the suffixes of its file's name, by what reads it; the page's are in file-kinds.js."""

from __future__ import annotations

WAV_SUFFIXES = (".wav",)  # read by `audio.wav`: all that the tab reads
SOUNDFILE_SUFFIXES = (".flac", ".ogg")  # read by the package soundfile, which is there on the desk alone
AUDIO_SUFFIXES = WAV_SUFFIXES + SOUNDFILE_SUFFIXES
DOCUMENT_SUFFIXES = frozenset({".txt", ".md", ".json", ".csv", ""})  # may lie among recordings: passed over in silence
