"""Sprite packs: many clips lie in one compressed audio file a label, and an index tells where each begins and ends."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from sayso.arrays import F32
from sayso.data.clips import ClipSet
from sayso.errors import SaysoError
from sayso.json_text import parse_json

SPRITE_FORMAT = "sayso-sprites"
SPRITE_VERSION = 1
MAX_CLIPS_A_SPRITE = 20_000


@dataclass(frozen=True)
class SpriteFile:
    """One audio file of a pack; `clips` holds (offset_samples, n_samples, speaker) of each, at the pack's rate."""

    label: str
    file: str
    clips: list[tuple[int, int, str]]


@dataclass(frozen=True)
class SpriteIndex:
    """What a pack's sprites.json says."""

    title: str
    source: str  # the title and a hash of the index: two packs of one title are two sources
    sample_rate_hz: int
    test_speakers: list[str] | None
    sprites: list[SpriteFile]

    def sprite(self, file: str) -> SpriteFile:
        """The entry of an audio file.

        Raises
        ------
        SaysoError : `sprite_missing`
        """
        for sprite in self.sprites:
            if sprite.file == file:
                return sprite
        raise SaysoError("sprite_missing", f"the index does not name {file[:200]!r}: it has {len(self.sprites)} files")


def read_index(text: str) -> SpriteIndex:
    """Parse and check a sprites.json.

    Raises
    ------
    SaysoError : `sprite_index`, saying what is wrong
    """
    try:
        values: Any = parse_json(text)
        if values["format"] != SPRITE_FORMAT or values["version"] != SPRITE_VERSION:
            raise SaysoError("sprite_index", f"format {values['format']!r} version {values['version']!r}: expected "
                             f"{SPRITE_FORMAT!r} version {SPRITE_VERSION}")  # fmt: skip
        sprites = [
            SpriteFile(str(sprite["label"]), str(sprite["file"]), [_clip(clip) for clip in sprite["clips"]])
            for sprite in values["sprites"]
        ]
        speakers = values.get("test_speakers")
        return SpriteIndex(
            title=str(values.get("title", "")),
            source=f"{values.get('title', '')} {hashlib.sha256(text.encode()).hexdigest()[:8]}",
            sample_rate_hz=int(values["sample_rate_hz"]),
            test_speakers=None if speakers is None else [str(speaker) for speaker in speakers],
            sprites=sprites,
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise SaysoError("sprite_index", f"sprites.json is garbled: {error!r}") from error


def _clip(values: Any) -> tuple[int, int, str]:
    offset, n_samples, speaker = values
    if not (type(offset) is int and type(n_samples) is int and offset >= 0 and n_samples >= 0):
        raise SaysoError("sprite_index", f"clip {str(values)[:80]}: expected [offset_samples, n_samples, speaker]")
    return offset, n_samples, str(speaker)


@runtime_checkable
class Channel(Protocol):
    """Decoded audio, (n_samples,) float32: an array, or an object that makes one of the part it is indexed with."""

    @property
    def size(self) -> int: ...
    def __getitem__(self, part: slice, /) -> F32: ...


def add_sprite(clips: ClipSet, index: SpriteIndex, file: str, channels: Sequence[Channel], rate_hz: int) -> None:
    """Cut one decoded file into its clips; those that do not lie within the file are noted as rejected.

    Parameters
    ----------
    clips : takes the clips
    index : the pack's index
    file : name of the file in the index
    channels : decoded audio; the clips are their average
    rate_hz : sample rate of the channels

    Raises
    ------
    SaysoError : `sprite_missing`, a file that the index does not name; `sprite_index`, a rate other than the index's,
        or too many clips
    """
    sprite = index.sprite(file)
    if rate_hz != index.sample_rate_hz:
        raise SaysoError("sprite_index", f"{file!r} is at {rate_hz} Hz: the index counts {index.sample_rate_hz} Hz")
    if len(sprite.clips) > MAX_CLIPS_A_SPRITE:
        raise SaysoError(
            "sprite_index", f"{file!r} has {len(sprite.clips)} clips: expected at most {MAX_CLIPS_A_SPRITE}"
        )
    if index.test_speakers is not None:
        clips.list_test_speakers(index.source, index.test_speakers)
    n_in_file = min(channel.size for channel in channels)
    for i, (offset, n_samples, speaker) in enumerate(sprite.clips):
        path = f"{file}#{i}"
        end = offset + n_samples
        if end > n_in_file:
            clips.reject(path, SaysoError("sprite_index", f"the clip ends at sample {end}: the file has {n_in_file}"))
            continue
        samples = np.stack([channel[offset:end] for channel in channels]).mean(axis=0, dtype=np.float32)
        clips.add(samples, rate_hz=rate_hz, word=sprite.label, speaker=speaker, path=path, source=index.source)
