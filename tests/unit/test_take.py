"""Takes of a word at a microphone: they are trimmed, or refused with a reason."""

import numpy as np
import pytest
from sayso.data.take import trim_take

from .errors import refused
from .synthetic import noise, tone

RATE_HZ = 48_000


def take(*, start_s=0.7, word_s=0.5, amplitude=0.2, background=0.001, n_s=2.0, rate_hz=RATE_HZ):
    """Faint noise, n_s seconds long, with a tone in it that stands for the word."""
    samples = noise(0, n_samples=round(n_s * rate_hz), amplitude=background)
    start, n = round(start_s * rate_hz), round(word_s * rate_hz)
    end = min(samples.size, start + n)
    samples[start:end] += tone(500.0, n_samples=n, rate_hz=rate_hz, amplitude=amplitude)[: end - start]
    return samples


def code_of(samples, rate_hz=RATE_HZ):
    failure = trim_take(samples, rate_hz=rate_hz).failure
    return failure and failure.code


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("start_s", [0.1, 0.7, 1.3])
def test_a_second_around_the_word_is_kept(start_s, rate_hz):
    samples = take(start_s=start_s, rate_hz=rate_hz)
    kept = trim_take(samples, rate_hz=rate_hz)
    assert kept.failure is None
    assert kept.samples.size == rate_hz
    loud = np.flatnonzero(np.abs(kept.samples) > 0.1)
    assert (loud[-1] - loud[0]) / rate_hz == pytest.approx(0.5, abs=0.01)  # nothing of the word is lost
    middle_s = (loud[-1] + loud[0]) / 2 / rate_hz
    can_be_central = start_s == 0.7
    assert middle_s == pytest.approx(0.5, abs=0.02 if can_be_central else 0.26)


@pytest.mark.parametrize(("word_s", "kept_s"), [(0.2, 1.0), (0.9, 1.2), (1.6, 1.5)])
def test_a_long_word_keeps_its_margins_up_to_a_second_and_a_half(word_s, kept_s):
    kept = trim_take(take(start_s=0.2, word_s=word_s), rate_hz=RATE_HZ)
    assert kept.samples.size / RATE_HZ == pytest.approx(kept_s, abs=0.05)
    assert kept.failure is None


def test_a_word_with_a_pause_in_it_is_one_word_and_a_click_before_it_is_not():
    samples = take(start_s=0.9, word_s=0.6)
    samples[round(1.1 * RATE_HZ) : round(1.25 * RATE_HZ)] *= 0.01
    samples[4000:4200] = 0.5  # a click of 4 ms
    kept = trim_take(samples, rate_hz=RATE_HZ)
    assert kept.failure is None
    loud = np.flatnonzero(np.abs(kept.samples) > 0.1) / RATE_HZ
    assert loud[-1] - loud[0] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(96_000, np.float32),
        np.full(96_000, 0.3, np.float32),  # the constant offset that a broken cable gives
        noise(1, n_samples=96_000, amplitude=0.1),
        noise(1, n_samples=96_000, amplitude=1e-5),
        take(amplitude=0.002),
        take(word_s=0.02),
    ],
    ids=["zeros", "offset", "noise", "faint noise", "faint word", "click"],
)
def test_where_no_word_stands_out_the_take_is_silent(samples):
    assert code_of(samples) == "recording_silent"


@pytest.mark.parametrize(("start_s", "edge"), [(0.0, "beginning"), (1.7, "end")])
def test_a_word_at_the_edge_is_cut(start_s, edge):
    failure = trim_take(take(start_s=start_s), rate_hz=RATE_HZ).failure
    assert failure.code == "recording_cut"
    assert edge in failure.message


def test_an_overdriven_word_is_clipped_and_a_loud_one_is_not():
    assert code_of(np.clip(take(amplitude=3.0), -1, 1)) == "recording_clipped"
    assert code_of(take(amplitude=0.95)) is None


def test_the_peak_is_in_decibels_and_bounded():
    assert trim_take(take(amplitude=0.5), rate_hz=RATE_HZ).peak_dbfs == pytest.approx(-6.0, abs=0.2)
    assert trim_take(np.zeros(96_000, np.float32), rate_hz=RATE_HZ).peak_dbfs == pytest.approx(-90.0)


@pytest.mark.parametrize(
    ("samples", "rate_hz", "code"),
    [
        (np.zeros(0, np.float32), 48_000, "audio_too_short"),
        (np.zeros(8000, np.float32), 8000, "audio_rate_too_low"),
        (np.full(48_000, np.nan, np.float32), 48_000, "audio_not_finite"),
        (np.zeros(11 * 48_000, np.float32), 48_000, "audio_too_long"),
    ],
)
def test_what_is_no_recording_is_refused(samples, rate_hz, code):
    with refused(code):
        trim_take(samples, rate_hz=rate_hz)
