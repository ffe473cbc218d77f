"""Packs recordings laid out as Speech Commands is: `python build/speech/sprites.py DIR --out OUT`.

One folder a label, WAV, FLAC or Ogg inside; the speaker is the part of a file's name before `_nohash_`, else unknown.
`_background_noise_` holds long recordings without words. `validation_list.txt` and `testing_list.txt`, where there are
any, name the clips of the speakers set apart for testing.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf
from pack import BACKGROUND_NOISE, F32, SAMPLE_RATE_HZ, PackError, PackWriter
from progress import Progress
from sayso.data.archive import TEST_LISTS, speaker_of
from sayso.data.audio_kinds import AUDIO_SUFFIXES
from sayso.data.clips import MAX_CLIP_S
from sayso.data.split import UNKNOWN
from scipy.signal import resample_poly

SPLITS: Final = ("training", "validation", "all")
NOISE_PIECE_S: Final = 60


@dataclass(frozen=True)
class Recording:
    """An audio file and what its place says of it."""

    path: Path
    label: str
    speaker: str


class SpritesError(Exception):
    """A folder that cannot be packed, or a file that cannot be part of it."""


def find_recordings(folder: Path, labels: Sequence[str]) -> list[Recording]:
    """Every recording of the label folders, in order of path.

    Parameters
    ----------
    labels : folders wanted; empty for all of them

    Raises
    ------
    SpritesError : no such folder, no label folders in it, or one of `labels` missing
    """
    if not folder.is_dir():
        raise SpritesError(f"{folder}: expected a folder with one folder a label")
    found = sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and (path.name == BACKGROUND_NOISE or not path.name.startswith((".", "_")))
    )
    if not found:
        raise SpritesError(f"{folder}: holds no folders; expected one folder a label, such as {folder / 'yes'}")
    missing = sorted(set(labels) - {path.name for path in found})
    if missing:
        raise SpritesError(f"{folder}: no folder {', '.join(missing)}")
    return [
        Recording(path, label.name, speaker_of(path.name))
        for label in found
        if not labels or label.name in labels
        for path in sorted(label.iterdir())
        if path.suffix.lower() in AUDIO_SUFFIXES
    ]


def set_apart(folder: Path, recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings that the folder's lists name; none where there are no lists.

    Raises
    ------
    SpritesError : a speaker of theirs is heard in other recordings too
    """
    listings = [folder / name for name in TEST_LISTS if (folder / name).is_file()]
    lines = (line for listing in listings for line in listing.read_text(encoding="utf-8").split())
    listed = {(folder / line).with_suffix("") for line in lines}  # the lists say .wav of files that may be FLAC
    apart = [recording for recording in recordings if recording.path.with_suffix("") in listed]
    both = {recording.speaker for recording in apart} & {
        recording.speaker for recording in recordings if recording.path.with_suffix("") not in listed
    } - {UNKNOWN}
    if both:
        raise SpritesError(
            f"{listings[0]}: {len(both)} speakers, such as {min(both)}, are in the list and outside it; "
            "expected every clip of a speaker on one side"
        )
    return apart


def spread(recordings: Iterable[Recording], limit: int) -> list[Recording]:
    """At most `limit` recordings of each label: one of every speaker before a second of any, else as a hash decides."""
    turns: Counter[tuple[str, str]] = Counter()
    ranked: dict[str, list[tuple[int, bytes, Recording]]] = {}
    for recording in recordings:
        turns[recording.label, recording.speaker] += 1
        chance = sha256(f"{recording.label}/{recording.path.name}".encode()).digest()
        ranked.setdefault(recording.label, []).append((turns[recording.label, recording.speaker], chance, recording))
    return [
        recording
        for ranks in ranked.values()
        for recording in sorted(
            (recording for _, _, recording in sorted(ranks, key=itemgetter(0, 1))[:limit]), key=place
        )
    ]


def place(recording: Recording) -> Path:
    """What recordings are sorted by."""
    return recording.path


def decode(recording: Recording) -> list[F32]:
    """The clips of a recording: itself, or the pieces of a long one of background noise.

    Returns
    -------
    (n_samples,) float32 each, at `SAMPLE_RATE_HZ`, channels averaged

    Raises
    ------
    SpritesError : a file that does not decode, is empty, has values that are not finite, or is too long for a word
    """
    path, is_noise = recording.path, recording.label == BACKGROUND_NOISE
    try:
        with sf.SoundFile(path) as file:
            duration_s = file.frames / file.samplerate
            if duration_s > MAX_CLIP_S and not is_noise:
                raise SpritesError(f"{path}: {duration_s:.0f} s: expected a clip of at most {MAX_CLIP_S:g} s")
            samples, rate = file.read(dtype="float32", always_2d=True).mean(axis=1), file.samplerate
    except sf.LibsndfileError as error:
        raise SpritesError(f"{path}: does not decode: {error.error_string}") from error
    if len(samples) == 0 or not np.isfinite(samples).all():
        raise SpritesError(f"{path}: {len(samples)} samples: expected some, all of them finite")
    if rate != SAMPLE_RATE_HZ:
        divisor = math.gcd(rate, SAMPLE_RATE_HZ)
        samples = np.asarray(resample_poly(samples, SAMPLE_RATE_HZ // divisor, rate // divisor), np.float32)
    return np.array_split(samples, math.ceil(len(samples) / (NOISE_PIECE_S * SAMPLE_RATE_HZ)))


def write_sprites(
    folder: Path, out: Path, *, labels: Sequence[str] = (), limit: int | None = None, split: str = "all"
) -> None:
    """Pack a folder; files that do not decode are named on stderr and left out.

    Parameters
    ----------
    labels : folders wanted; empty for all of them
    limit : the most recordings that a label may have
    split : one of `SPLITS`

    Raises
    ------
    SpritesError : nothing to pack
    """
    recordings = find_recordings(folder, labels)
    apart = set(set_apart(folder, recordings))
    if split != "all":
        recordings = [
            recording
            for recording in recordings
            if recording.label == BACKGROUND_NOISE or (recording in apart) == (split == "validation")
        ]
    if limit is not None:
        recordings = spread(recordings, limit)
    test_speakers = {recording.speaker for recording in recordings if recording in apart} if split == "all" else None
    licence_file = next(iter(sorted(folder.glob("LICENSE*"))), None)
    n_left_out = 0
    with PackWriter(
        out,
        title=f"Recordings of {folder.resolve().name}",
        source=folder.resolve().name,
        licence="unknown" if licence_file is None else licence_file.read_text(encoding="utf-8").strip().splitlines()[0],
        test_speakers=sorted(test_speakers) if test_speakers else None,
    ) as pack:
        progress = Progress(len(recordings), "files")
        for recording in recordings:
            try:
                for samples in decode(recording):
                    pack.add(recording.label, recording.speaker, samples)
            except SpritesError as error:
                n_left_out += 1
                print(f"left out: {error}", file=sys.stderr)
            progress.advance()
        if all(recording.label == BACKGROUND_NOISE for recording in recordings) or pack.n_clips == 0:
            raise SpritesError(f"{folder}: no clip of a word is left; {n_left_out} files were left out")
    print(f"sprites: {pack.n_clips} clips in {out}, {n_left_out} files left out", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    0, or 1 after a message on stderr
    """
    parser = argparse.ArgumentParser(prog="sprites", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder with one folder a label")
    parser.add_argument("--out", type=Path, required=True, help="folder of the sprite pack")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N files a label, spread over its speakers")
    parser.add_argument("--labels", nargs="+", default=(), metavar="LABEL", help="only these folders")
    parser.add_argument("--split", choices=SPLITS, default="all", help="speakers of the lists, the others, or all")
    options = parser.parse_args(arguments)
    if options.limit is not None and options.limit < 1:
        parser.error(f"--limit {options.limit}: expected > 0")
    try:
        write_sprites(options.folder, options.out, labels=options.labels, limit=options.limit, split=options.split)
    except (SpritesError, PackError, OSError) as error:
        print(f"sprites: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
