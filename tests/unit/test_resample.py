"""The resampler: the same numbers however the stream is cut, in time, in tune, and without aliases."""

import math
import tracemalloc

import numpy as np
import pytest
from sayso.audio.resample import Resampler, resample
from sayso.errors import SaysoError

from .synthetic import noise, random_blocks, tone

RATES = [8_000, 11_025, 16_000, 22_050, 22_254, 32_000, 44_100, 48_000, 96_000]  # 22,254 Hz takes no product
MARGIN = 200  # output samples that the input's edges reach


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate_hz", RATES)
def test_a_stream_gives_exactly_the_numbers_of_the_whole(rate_hz, seed):
    samples = noise(seed, n_samples=6000)
    resampler = Resampler(rate_hz, 16_000)
    parts = [resampler.accept(block) for block in random_blocks(samples, seed, longest=1500)]
    streamed = np.concatenate([*parts, resampler.finish()])
    assert streamed.dtype == np.float32
    assert np.array_equal(streamed, resample(samples, from_hz=rate_hz, to_hz=16_000))


@pytest.mark.parametrize("n_outputs", [1, 2, 47, 160, 1000])
@pytest.mark.parametrize("rate_hz", RATES)
def test_so_many_samples_are_needed_for_so_many_outputs(rate_hz, n_outputs):
    resampler = Resampler(rate_hz, 16_000)
    samples = noise(0, n_samples=resampler.count_needed(n_outputs))
    before = resampler.accept(samples[:-1]).size
    assert before < n_outputs <= before + resampler.accept(samples[-1:]).size


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_outputs_by_products_are_those_of_the_filter_one_by_one(rate_hz):
    samples = noise(0, n_samples=20_000)
    by_product, one_by_one = Resampler(rate_hz, 16_000), Resampler(rate_hz, 16_000)
    assert by_product._product is not None
    one_by_one._product = None
    found, expected = (np.concatenate([r.accept(samples), r.finish()]) for r in (by_product, one_by_one))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("n_samples", [0, 1, 2, 47, 1000])
@pytest.mark.parametrize("rate_hz", RATES)
def test_the_length_is_the_input_s_duration_rounded_up(rate_hz, n_samples):
    resampled = resample(noise(0, n_samples=n_samples), from_hz=rate_hz, to_hz=16_000)
    assert resampled.size == math.ceil(n_samples * 16_000 / rate_hz)


@pytest.mark.parametrize("f_hz", [50.0, 440.0, 1000.0, 3000.0])
@pytest.mark.parametrize("rate_hz", RATES)
def test_a_tone_keeps_its_pitch_loudness_and_time(rate_hz, f_hz):
    resampled = resample(tone(f_hz, n_samples=rate_hz // 4, rate_hz=rate_hz), from_hz=rate_hz, to_hz=16_000)
    expected = tone(f_hz, n_samples=4000)
    difference = (resampled[:4000] - expected[: resampled.size])[MARGIN:-MARGIN]
    assert np.abs(difference).max() < 5e-5  # 80 dB under the tone


@pytest.mark.parametrize("f_hz", [8500.0, 9000.0, 12_000.0, 16_000.0, 20_000.0])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_what_lies_above_the_new_nyquist_frequency_is_gone(rate_hz, f_hz):
    resampled = resample(tone(f_hz, n_samples=rate_hz // 4, rate_hz=rate_hz), from_hz=rate_hz, to_hz=16_000)
    assert np.abs(resampled[MARGIN:-MARGIN]).max() < 5e-5


def test_a_constant_stays_what_it_is():
    resampled = resample(np.full(4410, 0.25, np.float32), from_hz=44_100, to_hz=16_000)
    np.testing.assert_allclose(resampled[MARGIN:-MARGIN], 0.25, rtol=1e-6)


def test_the_same_rate_passes_untouched():
    samples = noise(0, n_samples=100)
    assert np.array_equal(resample(samples, from_hz=16_000, to_hz=16_000), samples)


def test_a_minute_of_blocks_holds_no_more_than_a_filter_and_a_unit():
    resampler = Resampler(48_000, 16_000)
    n_blocks, n_out, held = 600, 0, set()
    block = noise(0, n_samples=4800)
    for _ in range(n_blocks):
        n_out += resampler.accept(block).size
        held.add(resampler._held.size)
    assert n_out + resampler.finish().size == n_blocks * 1600
    assert max(held) <= 2 * resampler._half + resampler._product.n_outputs * resampler.down


def test_minutes_at_once_are_resampled_in_bounded_memory():
    samples = noise(0, n_samples=80 * 48_000)
    tracemalloc.start()
    try:
        resampled = resample(samples, from_hz=48_000, to_hz=16_000)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert resampled.size == 80 * 16_000
    assert peak_bytes < 2 * samples.nbytes + 20 * 2**20
    tail = resample(samples[64 * 48_000 :], from_hz=48_000, to_hz=16_000)  # a unit begins here, so that bits are equal
    assert np.array_equal(resampled[-8000:], tail[-8000:])


@pytest.mark.parametrize("rate_hz", [0, -48_000, 2999, 768_001])
def test_a_rate_out_of_range_is_refused_by_its_value(rate_hz):
    with pytest.raises(SaysoError, match=f"{rate_hz} Hz") as caught:
        Resampler(rate_hz, 16_000)
    assert caught.value.code == "bad_sample_rate"


def test_a_ratio_too_fine_for_a_table_is_refused():
    with pytest.raises(SaysoError, match="ratio 767999/768000") as caught:
        Resampler(768_000, 767_999)
    assert caught.value.code == "bad_sample_rate"
