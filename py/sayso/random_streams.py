"""The random numbers of a training run: one seed, and a stream of its own for each purpose.

What fills a stream never depends on how much was drawn from another, so a change of one purpose leaves the others'
numbers as they are, and a run that is resumed needs no generator's state.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sayso.arrays import Rng


class Stream(IntEnum):
    """What the random numbers are for. The values are part of what a seed means: never change or reuse one."""

    WEIGHTS = 0  # a new network's initial weights
    STANDARDISATION = 1  # the examples that the standardisation is fitted to
    STEP = 2  # the batch and the dropout of one iteration
    SUBSET = 3  # which windows of the test set an iteration is judged on
    SCENES = 4  # the scenes that a base hears before training


def generator_of(stream: Stream, seed: int, *keys: int) -> Rng:
    """A generator at the start of a stream.

    Parameters
    ----------
    stream : Stream
    seed : int >= 0, the run's
    keys : int >= 0 each, what tells apart generators of the same stream: the iteration, say

    Examples
    --------
    >>> from sayso.random_streams import Stream, generator_of
    >>> step = generator_of(Stream.STEP, 1, 20)  # iteration 20 of the run with seed 1
    >>> step.random() == generator_of(Stream.STEP, 1, 20).random()
    True
    >>> step.random() == generator_of(Stream.STEP, 1, 21).random()
    False
    """
    return np.random.default_rng([seed, stream, *keys])
