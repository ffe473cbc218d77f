"""Mel scales and filter banks, against values worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest
from sayso.features.mel import EDGES_2017, centres_hz, hz_to_mel, mel_bank, mel_to_hz
from sayso.features.presets import AUDIOSET, CLASSIC, CLASSIC_2017, COMPACT, LIBROSA, PRESETS, TF


def test_the_htk_scale_at_frequencies_with_round_logarithms():
    # at these frequencies 1 + f / 700 is 1, 2 and 10
    np.testing.assert_allclose(hz_to_mel(np.array([0.0, 700.0, 6300.0])), [0, 2595 * math.log10(2), 2595], rtol=1e-15)


def test_slaney_s_scale_is_linear_up_to_1_khz_and_logarithmic_above():
    f_hz = np.array([0.0, 200.0, 1000.0, 6400.0, 1000 * 6.4 ** (1 / 27)])
    np.testing.assert_allclose(hz_to_mel(f_hz, "slaney"), [0, 3, 15, 42, 16], rtol=1e-14)


@pytest.mark.parametrize("scale", ["htk", "slaney"])
def test_mel_to_hz_is_the_inverse(scale):
    f_hz = np.array([0.0, 60.0, 1000.0, 8000.0])
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(f_hz, scale), scale), f_hz, rtol=1e-13, atol=1e-10)


def test_the_edges_of_2017_follow_from_its_three_mistakes():
    low, high = 2595 * math.log10(1 + 300 / 700), 2595 * math.log10(1 + 8000 / 700)
    n_edges = 22
    # count + 1 intervals instead of count - 1, then half of 44.1 kHz instead of 16 kHz, over 512 + 1 bins
    mels = [low + i * (high - low) / (n_edges + 1) for i in range(n_edges)]
    edges = [math.floor((512 + 1) * 700 * (10 ** (mel / 2595) - 1) / 22050) for mel in mels]
    assert tuple(edges) == EDGES_2017


def test_the_first_filter_of_2017_rises_over_three_bins_and_falls_over_two():
    bank = mel_bank(CLASSIC_2017)  # the bank's first edges are the bins 6, 9 and 11
    np.testing.assert_allclose(bank[5:13, 0], [0, 0, 1 / 3, 2 / 3, 1, 1 / 2, 0, 0], rtol=1e-6)


def test_the_bank_of_2017_is_20_filters_that_never_see_the_nyquist_bin():
    bank = mel_bank(CLASSIC_2017)
    assert bank.shape == (513, 20)
    assert not bank[151:].any()
    assert np.array_equal(bank.argmax(axis=0), EDGES_2017[1:-1])
    assert np.array_equal(bank.max(axis=0), np.ones(20))


def test_a_filter_worked_out_by_hand():
    # two bands from 0 to 6300 Hz have edges at 0, 865, 1730 and 2595 mel; there is a bin every 1000 Hz
    config = dataclasses.replace(
        CLASSIC, sample_rate_hz=16_000, window_samples=16, hop_samples=8, fft_samples=16, n_mels=2, f_min_hz=0.0,
        f_max_hz=6300.0, clip_samples=16,
    )  # fmt: skip
    first, second = 700 * (10 ** (1 / 3) - 1), 700 * (10 ** (2 / 3) - 1)  # the two peaks: 808.1 Hz and 2549.1 Hz
    expected = np.zeros((9, 2))
    expected[1, 0] = (second - 1000) / (second - first)
    expected[2, 0] = (second - 2000) / (second - first)
    expected[1, 1] = (1000 - first) / (second - first)
    expected[2, 1] = (2000 - first) / (second - first)
    expected[3:7, 1] = [(6300 - f) / (6300 - second) for f in (3000, 4000, 5000, 6000)]
    np.testing.assert_allclose(mel_bank(config), expected, rtol=1e-6)


def test_slopes_in_mel_worked_out_by_hand():
    # two bands from 0 to 6300 Hz; there is a bin every 700 Hz, and bin k lies 3 log10(1 + k) distances of edges up
    config = dataclasses.replace(
        CLASSIC, sample_rate_hz=14_000, window_samples=20, hop_samples=10, fft_samples=20, n_mels=2, f_min_hz=0.0,
        f_max_hz=6300.0, clip_samples=20, slopes="mel",
    )  # fmt: skip
    at = 3 * np.log10(1 + np.arange(11))
    expected = [np.maximum(0, np.minimum(at - band, band + 2 - at)) for band in (0, 1)]
    np.testing.assert_allclose(mel_bank(config), np.transpose(expected), rtol=1e-6, atol=1e-7)


def test_a_filter_of_slaney_s_norm_has_an_area_of_1():
    narrow, wide = mel_bank(LIBROSA)[:, [0, -1]].astype(np.float64).T * 22_050 / 2048
    assert wide.sum() == pytest.approx(1, rel=1e-3)
    assert narrow.sum() == pytest.approx(1, rel=0.3)  # a few bins sample so narrow a triangle coarsely
    edges_hz = mel_to_hz(np.linspace(0, hz_to_mel(np.array(11_025.0), "slaney"), 130), "slaney")
    plain = mel_bank(dataclasses.replace(LIBROSA, mel_norm=None))
    np.testing.assert_allclose(mel_bank(LIBROSA), plain * 2 / (edges_hz[2:] - edges_hz[:-2]), rtol=1e-6)


@pytest.mark.parametrize("config", [CLASSIC, COMPACT, AUDIOSET, TF], ids=lambda config: config.preset)
def test_neighbouring_triangles_add_up_to_one(config):
    bank = mel_bank(config)
    bins_hz = np.linspace(0, 8000, config.fft_samples // 2 + 1)
    edges_hz = mel_to_hz(np.linspace(*hz_to_mel(np.array([config.f_min_hz, config.f_max_hz])), config.n_mels + 2))
    inside = (bins_hz >= edges_hz[1]) & (bins_hz <= edges_hz[-2])
    np.testing.assert_allclose(bank[inside].sum(axis=1), 1, rtol=1e-6)
    assert not bank[(bins_hz < config.f_min_hz) | (bins_hz > config.f_max_hz)].any()
    assert bank.dtype == np.float32


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS.keys())
def test_no_band_is_deaf(config):
    assert (mel_bank(dataclasses.replace(config, mel_norm=None)).max(axis=0) > 0.3).all()


@pytest.mark.parametrize("name", PRESETS)
def test_filters_peak_at_their_centres(name):
    config = PRESETS[name]
    bin_hz = config.sample_rate_hz / config.fft_samples
    peaks_hz = mel_bank(config).argmax(axis=0) * bin_hz
    assert np.abs(peaks_hz - centres_hz(config)).max() <= bin_hz
