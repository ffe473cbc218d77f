"""Tells by the files' names what a folder of recordings holds: its words, and whom attribution is owed to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from engine.console import BuildError

# Suffixes of recordings are also in `sayso.data.audio_kinds`, which the build cannot import: it has no NumPy.
SUFFIXES = (".flac", ".wav")
SPEECH_COMMANDS = "Speech Commands by Pete Warden (arXiv:1804.03209), CC BY 4.0"
SPEECH_COMMANDS_NAME = re.compile(r"([0-9a-f]{8}|google-\w+)_nohash_")
# Every other collection has a prefix of its own, which begins the names of its files.
COLLECTIONS = {
    "mycroft": "Mycroft Precise community data, public domain",
    "dsp": "DSPSpeech-20, MIT",
    "fsdd": "free-spoken-digit-dataset, CC BY-SA 4.0",
    "pico": "Picovoice wake-word-benchmark, Apache 2.0",
    "hymel": "custom speech commands by S. Hymel, CC BY 4.0",
}


def words_in(folder: Path) -> list[str]:
    """The words that there are recordings of, by their folders' names, in alphabetical order."""
    return sorted({path.parent.name for path in _clips(folder)})


def attribution_of(folder: Path) -> str:
    """The collections that the recordings are from, with their licences.

    Raises
    ------
    BuildError : a file whose name is that of no collection known here
    """
    found = set()
    for path in _clips(folder):
        prefix = path.name.partition("-")[0]
        if SPEECH_COMMANDS_NAME.match(path.name):
            found.add(SPEECH_COMMANDS)
        elif prefix in COLLECTIONS:
            found.add(COLLECTIONS[prefix])
        else:
            raise BuildError(f"{path}: expected a file of {', '.join(COLLECTIONS)} or Speech Commands, to attribute it")
    return "; ".join(credit for credit in (SPEECH_COMMANDS, *COLLECTIONS.values()) if credit in found)


def counted(n_clips: Mapping[str, int]) -> str:
    """Words with how many clips there are of each, in the order given: "up 240, down 239"."""
    return ", ".join(f"{word} {n:,}" for word, n in n_clips.items())


def _clips(folder: Path) -> list[Path]:
    """Every file in the folders of words; folders whose names begin with an underscore hold no words."""
    return sorted(path for path in folder.glob("[!_.]*/*") if path.suffix in SUFFIXES)
