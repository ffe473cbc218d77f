"""Cuts recordings of talk, music and noise in two: what models are trained on, and what they are chosen by.

No reader, recording or track is in both parts. Where a file holds several readers, the place where one ends was found
by the vectors of Google's speech embedding, and half a minute around it is in neither part. The one reader of French
is only chosen by.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sayso.audio.wav import encode_wav
from sayso.data.folders import find_streams, read_audio
from sayso.errors import SaysoError

TRAINED, CHOSEN = "trained", "chosen"  # the folders that the parts are written to


@dataclass(frozen=True)
class Cut:
    """What becomes of the files of a folder: those up to `last_trained` are trained on, those from `first_chosen` on
    are chosen by. A file in which a part begins or ends has the second of that; else a part is of whole files.
    """

    label: str  # what it counts as where a model is trained on it
    last_trained: int  # files are numbered from 0; -1 for none
    first_chosen: int
    trained_until_s: float | None = None  # in the last file that is trained on
    chosen_from_s: float = 0.0  # in the first file that is chosen by


CUTS = {
    "librispeech_a": Cut("other", 4, 5, chosen_from_s=150.0),  # the third reader begins at 2 min
    "librispeech_b": Cut("other", 2, 2, trained_until_s=280.0, chosen_from_s=300.0),
    "coffee_orders": Cut("other", 2, 3),
    "librivox_french": Cut("other", -1, 0),
    "music_digabi": Cut("other", 0, 1, chosen_from_s=30.0),
    "noise_esc10": Cut("silence", 0, 1),  # nobody says anything there
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both parts, each as WAV files: the one in folders named as labels, the other in those of the kinds."""
    parser = argparse.ArgumentParser(prog="continuous", description="Cut recordings of talk, music and noise in two.")
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR", help="Ogg files in a folder for each kind")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    options = parser.parse_args(arguments)
    for kind, path in find_streams(options.audio):
        if kind not in CUTS:
            raise SystemExit(f"{path}: expected recordings of {', '.join(CUTS)}")
        cut_file(path, CUTS[kind], kind, options.out)


def cut_file(path: Path, cut: Cut, kind: str, out: Path) -> None:
    """Write what of one file is in either part; its name ends in its number."""
    number = int(path.stem.rpartition("_")[2])
    try:
        samples, rate_hz = read_audio(path)
    except SaysoError as error:
        raise SystemExit(str(error)) from error
    parts = []
    if number <= cut.last_trained:
        until_s = cut.trained_until_s if number == cut.last_trained else None
        end = samples.size if until_s is None else round(until_s * rate_hz)
        parts.append((out / TRAINED / cut.label, samples[:end]))
    if number >= cut.first_chosen:
        start = round(cut.chosen_from_s * rate_hz) if number == cut.first_chosen else 0
        parts.append((out / CHOSEN / kind, samples[start:]))
    for folder, part in parts:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.stem}.wav").write_bytes(encode_wav(part, rate_hz=rate_hz))


if __name__ == "__main__":
    main()
