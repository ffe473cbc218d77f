"""Random streams: what a seed means is settled for good, and streams have nothing to do with each other."""

import itertools

import numpy as np
import pytest
from sayso.random_streams import Stream, generator_of


def test_a_stream_keeps_its_number():
    assert {stream.name: stream.value for stream in Stream} == {
        "WEIGHTS": 0, "STANDARDISATION": 1, "STEP": 2, "SUBSET": 3, "SCENES": 4
    }  # fmt: skip


@pytest.mark.parametrize("stream", Stream)
@pytest.mark.parametrize("keys", [(), (0,), (2**40,)])
def test_a_generator_is_seeded_with_the_seed_then_the_stream_then_the_keys(stream, keys):
    expected = np.random.default_rng([2**53 - 1, int(stream), *keys]).random(5)
    assert np.array_equal(generator_of(stream, 2**53 - 1, *keys).random(5), expected)


def test_no_two_streams_seeds_or_keys_draw_alike():
    drawn = [
        generator_of(stream, seed, key).random()
        for stream, seed, key in itertools.product(Stream, (1, 2, 3), (1, 2, 3))
    ]
    assert len(set(drawn)) == len(drawn)
