"""The choice of test speakers: whole speakers are set apart, so that no voice is both trained and tested on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

TEST_SPEAKER_SHARE = 0.15
UNKNOWN = "unknown"  # speaker of a recording that names none: may be one of the others, and is never tested on


def choose_test_speakers(speakers: Iterable[str]) -> set[str]:
    """The test speakers among these: the 15 % whose names have the smallest hashes, at least one of two or more.

    Hashes need no seed, and hardly move anybody to the other side when speakers are added. One speaker alone is for
    training.
    """
    names = sorted(set(speakers) - {UNKNOWN}, key=lambda name: hashlib.sha256(name.encode()).digest())
    return set() if len(names) < 2 else set(names[: math.ceil(TEST_SPEAKER_SHARE * len(names))])
