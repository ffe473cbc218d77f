"""A recording heard on a desk: what the page would have heard, and the same decided anew."""

import dataclasses
from itertools import chain

import numpy as np
import pytest
from sayso.listening.detector import Detection
from sayso.listening.listener import Listener
from sayso.listening.replay import decide_again, hear

from .errors import refused
from .generators import finish
from .synthetic import noise, random_blocks, word


def recording():
    """Words two seconds apart, the last at the very end."""
    parts = [noise(99, amplitude=0.003)]
    for i, name in enumerate(("yes", "no", "up", "yes")):
        parts += [noise(100 + i, amplitude=0.003), word(name, 5000 + i)]
    return np.concatenate(parts)


def in_blocks(model, blocks):
    listener = Listener(model, sample_rate_hz=16_000)
    positions = np.cumsum([0, *(block.size for block in blocks)]).tolist()
    events = [listener.accept(block, position=at) for block, at in zip(blocks, positions[:-1], strict=True)]
    return [event for event in chain.from_iterable(events) if isinstance(event, Detection)]


def test_a_recording_is_heard_as_a_microphone_would_be_in_blocks_of_any_size(tone_model):
    _, heard = finish(hear(tone_model, recording(), rate_hz=16_000))
    assert [detection.label for detection in heard.detections] == ["yes", "no", "yes"]
    heard_out = np.concatenate([recording(), np.zeros(16_000, np.float32)])
    for blocks in ([heard_out], np.split(heard_out, range(128, heard_out.size, 128)),
                   random_blocks(heard_out, 3, longest=5000)):  # fmt: skip
        found = in_blocks(tone_model, blocks)
        assert [(each.label, each.time_s) for each in found] == [(each.label, each.time_s) for each in heard.detections]
        np.testing.assert_allclose(
            [each.confidence for each in found], [each.confidence for each in heard.detections], atol=1e-5
        )


def test_there_are_posteriors_of_every_full_window(tone_model):
    yielded, heard = finish(hear(tone_model, recording(), rate_hz=16_000))
    assert yielded[-1] == (10, 10)
    assert heard.duration_s == 9.0
    np.testing.assert_allclose(np.diff(heard.times_s), 0.1, atol=1e-9)
    assert np.shape(heard.posteriors) == (len(heard.times_s), 4) == (90, 4)
    np.testing.assert_allclose(np.sum(heard.posteriors, axis=1), 1, atol=1e-5)


def test_the_same_settings_decide_the_same_and_others_as_a_listener_with_them_would(tone_model):
    _, heard = finish(hear(tone_model, recording(), rate_hz=16_000))
    assert decide_again(heard, tone_model.labels, tone_model.detector) == heard.detections
    strict = dataclasses.replace(tone_model.detector, threshold=0.9, refractory_ms=3000.0)
    strict_model = dataclasses.replace(tone_model, detector=strict)
    assert decide_again(heard, tone_model.labels, strict) == finish(
        hear(strict_model, recording(), rate_hz=16_000))[1].detections  # fmt: skip


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_recording_that_holds_no_numbers_is_refused(tone_model, value):
    spoilt = noise(0)
    spoilt[7] = value
    with refused("audio_not_finite"):
        finish(hear(tone_model, spoilt, rate_hz=16_000))
