"""Who is tested on: speakers, never clips, so that no voice is on both sides."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

TEST_SPEAKER_SHARE = 0.15
UNKNOWN = "unknown"  # the speaker of recordings that name none: perhaps one of the others, so never tested on


def choose_test_speakers(speakers: Iterable[str]) -> set[str]:
    """The test speakers among these: the 15 % with the smallest hashes, so the choice is stable and needs no seed.

    One speaker alone is for training; of two or more, at least one is tested on.
    """
    names = sorted(set(speakers) - {UNKNOWN}, key=lambda name: hashlib.sha256(name.encode()).digest())
    return set() if len(names) < 2 else set(names[: math.ceil(TEST_SPEAKER_SHARE * len(names))])
