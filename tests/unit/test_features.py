"""Features: streamed equals offline, the smoother equals its recurrence, and what a frame means."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from sayso.errors import SaysoError
from sayso.features import (
    StreamingLogMel,
    compress,
    fit_clip,
    log_mel,
    mel_spectrogram,
    pcen,
    smooth,
    start_state,
)
from sayso.mel import mel_bank
from sayso.presets import CLASSIC, CLASSIC_2017, COMPACT, PRESETS, find_preset
from sayso.resample import Resampler, resample

from .synthetic import noise, random_blocks, speech_like

every_preset = pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS.keys())

# Where the matrix products are cut changes their last bits.
CLOSE = {"rtol": 2e-6, "atol": 1e-5}


def stream(config, blocks):
    streaming = StreamingLogMel(config)
    parts = [streaming.accept(block) for block in blocks]
    frames = np.concatenate(parts)
    assert streaming.n_frames == len(frames)
    return frames


@pytest.mark.parametrize("seed", range(4))
@every_preset
def test_streamed_frames_are_those_of_the_whole_clip(config, seed):
    samples = speech_like(seed, n_samples=40_000)
    streamed = stream(config, random_blocks(samples, seed, longest=8000))
    expected = log_mel(samples, config=config)
    assert streamed.shape == expected.shape
    np.testing.assert_allclose(streamed, expected, **CLOSE)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
@every_preset
def test_streamed_frames_are_those_of_the_whole_clip_through_the_resampler(config, rate_hz):
    samples = speech_like(1, n_samples=2 * rate_hz, rate_hz=rate_hz)
    resampler = Resampler(rate_hz, config.sample_rate_hz)
    blocks = [resampler.accept(block) for block in random_blocks(samples, rate_hz, longest=rate_hz // 3)]
    streamed = stream(config, [*blocks, resampler.finish()])
    expected = log_mel(resample(samples, from_hz=rate_hz, to_hz=config.sample_rate_hz), config=config)
    assert streamed.shape == expected.shape
    np.testing.assert_allclose(streamed, expected, **CLOSE)


@every_preset
def test_a_frame_is_given_as_soon_as_its_last_sample_is_there(config):
    n_first = config.pcen.n_start_frames if config.pcen else 1
    needed = config.window_samples + (n_first - 1) * config.hop_samples
    streaming = StreamingLogMel(config)
    samples = noise(0, n_samples=needed + config.hop_samples)
    assert len(streaming.accept(samples[: needed - 1])) == 0
    assert len(streaming.accept(samples[needed - 1 : needed])) == n_first
    assert len(streaming.accept(samples[needed:-1])) == 0
    assert len(streaming.accept(samples[-1:])) == 1


@every_preset
def test_the_image_has_the_shape_the_configuration_announces(config):
    frames = log_mel(noise(0)[: config.clip_samples], config=config)
    assert frames.dtype == np.float32
    assert frames.shape == (config.n_frames, config.n_mels)
    assert frames[:: config.frame_step].shape == config.image_shape


def test_image_shapes_are_those_of_the_design():
    assert CLASSIC.image_shape == CLASSIC_2017.image_shape == (30, 20)
    assert COMPACT.image_shape == (49, 40)
    assert COMPACT.n_frames == 98


@every_preset
def test_mel_power_is_its_definition_in_double_precision(config):
    samples = speech_like(0)
    n = config.window_samples
    intervals = n - 1 if config.window == "hann-symmetric" else n
    window = 0.5 * (1 - np.cos(2 * np.pi * np.arange(n) / intervals))
    starts = range(0, samples.size - n + 1, config.hop_samples)
    views = np.stack([samples[start : start + n].astype(np.float64) * window for start in starts])
    power = np.abs(np.fft.rfft(views, config.fft_samples)) ** 2 * config.spectrum_scale
    expected = power @ mel_bank(config).astype(np.float64)
    found = mel_spectrogram(samples, config=config)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-11 * expected.max())


def test_logarithm_of_power_and_of_magnitude():
    magnitude = dataclasses.replace(CLASSIC, spectrum="magnitude", log_offset=0.5)
    samples = noise(0, n_samples=1024)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(1025)[:-1]))
    bank = mel_bank(CLASSIC)
    np.testing.assert_allclose(log_mel(samples, config=magnitude)[0], np.log(spectrum @ bank + 0.5), rtol=1e-6)
    expected = np.log(spectrum**2 @ bank + np.exp(-10))
    np.testing.assert_allclose(log_mel(samples, config=CLASSIC)[0], expected, rtol=1e-6)


@every_preset
def test_a_batch_of_clips_is_the_clips_one_by_one(config):
    clips = np.stack([speech_like(seed) for seed in range(3)])
    alone = np.stack([log_mel(clip, config=config) for clip in clips])
    np.testing.assert_allclose(log_mel(clips, config=config), alone, **CLOSE)


@pytest.mark.parametrize("n_frames", [1, 2, 127, 128, 129, 300])
def test_the_smoother_is_its_recurrence(n_frames):
    rng = np.random.default_rng(n_frames)
    mel = (rng.random((2, n_frames, 3)) ** 8 * 1e6).astype(np.float32)
    state = (rng.random((2, 3)) * 1e5).astype(np.float32)
    expected, previous = np.empty(mel.shape), state.astype(np.float64)
    for t in range(n_frames):
        previous = 0.975 * previous + 0.025 * mel[:, t]
        expected[:, t] = previous
    np.testing.assert_allclose(smooth(mel, state, smoothing=0.025), expected, rtol=2e-6)


def test_a_smoothing_of_one_forgets_everything():
    mel = np.random.default_rng(0).random((5, 3), dtype=np.float32)
    assert np.array_equal(smooth(mel, np.full(3, 7, np.float32), smoothing=1.0), mel)


@pytest.mark.parametrize("power", [0.5, 0.3])
def test_pcen_is_its_formula(power):
    config = dataclasses.replace(COMPACT.pcen, power=power)
    rng = np.random.default_rng(0)
    mel, smoothed = (10 ** rng.uniform(-12, 8, (2, 6, 4))).astype(np.float32)
    energy, level = mel.astype(np.float64), smoothed.astype(np.float64)
    expected = (energy / (1e-6 + level) ** 0.98 + 2) ** power - 2**power
    np.testing.assert_allclose(pcen(mel, smoothed, config=config), expected, rtol=1e-4, atol=1e-6)


def test_the_smoother_starts_from_the_mean_of_the_first_frames():
    mel = np.random.default_rng(0).random((30, 4), dtype=np.float32)
    expected = mel[:10].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(start_state(mel, config=COMPACT.pcen), expected, rtol=1e-6)


def test_every_second_pcen_frame_comes_from_a_smoother_that_sees_them_all():
    mel = mel_spectrogram(speech_like(0), config=COMPACT)
    assert np.array_equal(compress(mel, config=COMPACT, step=2), compress(mel, config=COMPACT)[::2])


@every_preset
def test_digital_silence_gives_finite_frames_without_contrast(config):
    frames = log_mel(np.zeros(16_000, np.float32), config=config)
    silent = 0.0 if config.pcen else np.log(config.log_offset)
    np.testing.assert_allclose(frames, silent, rtol=1e-6, atol=1e-6)


def test_pcen_hardly_hears_the_volume():
    # 20 dB are a factor of 100 in power, of which a gain of .98 leaves 100 ** .02 (and the root still less)
    samples = speech_like(0)
    quiet, loud = (log_mel(np.float32(gain) * samples, config=COMPACT) for gain in (0.1, 1.0))
    assert (loud >= quiet - 1e-5).all()
    assert (loud <= 100**0.02 * quiet + 1e-5).all()


@every_preset
def test_fewer_samples_than_a_window_are_refused_with_both_numbers(config):
    n_samples = config.window_samples - 1
    with pytest.raises(SaysoError, match=rf"{n_samples} samples.*{config.window_samples}") as caught:
        log_mel(np.zeros(n_samples, np.float32), config=config)
    assert caught.value.code == "audio_too_short"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(value):
    samples = noise(0)
    samples[77] = value
    with pytest.raises(SaysoError, match="NaN or infinity") as caught:
        log_mel(samples, config=CLASSIC)
    assert caught.value.code == "audio_not_finite"


@pytest.mark.parametrize("n_samples", [0, 1, 15_999, 16_000, 16_001, 40_000])
def test_a_clip_is_padded_with_zeros_at_its_end_or_cut(n_samples):
    samples = noise(0, n_samples=n_samples)
    fitted = fit_clip(samples, config=CLASSIC_2017)
    assert fitted.shape == (16_000,)
    kept = min(n_samples, 16_000)
    assert np.array_equal(fitted[:kept], samples[:kept])
    assert not fitted[kept:].any()


@every_preset
def test_minutes_at_once_are_transformed_in_bounded_memory(config):
    samples = noise(0, n_samples=90 * 16_000)
    tracemalloc.start()
    try:
        mel = mel_spectrogram(samples, config=config)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < mel.nbytes + 40 * 2**20
    at = len(mel) - 7
    expected = mel_spectrogram(samples[at * config.hop_samples :], config=config)
    np.testing.assert_allclose(mel[at:], expected, rtol=1e-4)


def test_minutes_of_streaming_hold_less_than_a_window():
    streaming = StreamingLogMel(COMPACT)
    for seed in range(60):
        streaming.accept(noise(seed % 3, n_samples=1777))
        assert streaming._samples.size < COMPACT.window_samples
    assert len(streaming._mel) <= 20


def test_a_preset_that_does_not_exist_is_refused_by_name():
    with pytest.raises(SaysoError, match=r"'mfcc'.*compact") as caught:
        find_preset("mfcc")
    assert caught.value.code == "unknown_preset"
