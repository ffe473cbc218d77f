"""Folders of words for the commands of the desk, and running such a command."""

from __future__ import annotations

from pathlib import Path

from sayso.cli import main

from .synthetic import wav, word


def write_words(folder: Path, *, n_speakers: int = 4) -> Path:
    """Write words made of tones into the folder, laid out as Speech Commands is; returns it."""
    for speaker in range(n_speakers):
        for i, name in enumerate(("yes", "no", "up")):
            path = folder / name / f"s{speaker}_nohash_0.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav(word(name, 100 * speaker + i)))
    return folder


def run(capsys, *arguments):
    """Run `sayso` with these arguments; returns its exit code, standard output and standard error."""
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()
