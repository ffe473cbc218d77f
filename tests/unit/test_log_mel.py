"""Frames: those of a stream are those of the whole clip, and each is what its definition says."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from sayso.audio.resample import Resampler, resample
from sayso.errors import SaysoError
from sayso.features.log_mel import StreamingLogMel, compress, log_mel, mel_spectrogram
from sayso.features.mel import mel_bank
from sayso.features.presets import CLASSIC, CLASSIC_2017, COMPACT, LIBROSA, PRESETS, find_preset

from .clip_2017 import fit_clip
from .synthetic import noise, random_blocks, speech_like

every_preset = pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS.keys())
VARIANTS = {
    "decibels": dataclasses.replace(LIBROSA, linear=False, db_floor=1e-10),
    "centred PCEN": dataclasses.replace(COMPACT, framing="centre"),
    "PCEN from a level": dataclasses.replace(COMPACT, pcen=dataclasses.replace(COMPACT.pcen, start_level=1.0)),
    "a gap between windows": dataclasses.replace(COMPACT, framing="fft", window_samples=100, hop_samples=512),
    "an odd FFT": dataclasses.replace(LIBROSA, window_samples=333, hop_samples=101, fft_samples=555, clip_samples=1),
}
every_kind = pytest.mark.parametrize("config", [*PRESETS.values(), *VARIANTS.values()], ids=[*PRESETS, *VARIANTS])


def assert_same_frames(found, expected, config):
    """Equal but for the last bits, which depend on where matrix products are cut."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-12 if config.linear else 1e-5)


def stream(config, blocks):
    streaming = StreamingLogMel(config)
    parts = [streaming.accept(block) for block in blocks]
    frames = np.concatenate([*parts, streaming.finish()])
    assert streaming.n_frames == len(frames)
    return frames


@pytest.mark.parametrize("seed", range(4))
@every_kind
def test_streamed_frames_are_those_of_the_whole_clip(config, seed):
    samples = speech_like(seed, n_samples=40_000)
    streamed = stream(config, random_blocks(samples, seed, longest=8000))
    assert_same_frames(streamed, log_mel(samples, config=config), config)


@every_kind
def test_streams_of_hardly_any_samples_end_as_clips_do(config):
    assert len(stream(config, [noise(0, n_samples=config.least_samples - 1)])) == 0
    for n_samples in (config.least_samples, config.end_samples(7)):
        samples = noise(0, n_samples=n_samples)
        assert_same_frames(stream(config, [samples]), log_mel(samples, config=config), config)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
@every_preset
def test_streamed_frames_are_those_of_the_whole_clip_through_the_resampler(config, rate_hz):
    samples = speech_like(1, n_samples=2 * rate_hz, rate_hz=rate_hz)
    resampler = Resampler(rate_hz, config.sample_rate_hz)
    blocks = [resampler.accept(block) for block in random_blocks(samples, rate_hz, longest=rate_hz // 3)]
    streamed = stream(config, [*blocks, resampler.finish()])
    expected = log_mel(resample(samples, from_hz=rate_hz, to_hz=config.sample_rate_hz), config=config)
    assert_same_frames(streamed, expected, config)


@every_kind
def test_a_frame_is_given_as_soon_as_its_last_sample_is_there(config):
    n_first = config.pcen.n_start_frames if config.pcen and config.pcen.start_level is None else 1
    needed = config.end_samples(n_first)
    streaming = StreamingLogMel(config)
    samples = noise(0, n_samples=needed + config.hop_samples)
    assert len(streaming.accept(samples[: needed - 1])) == 0
    assert len(streaming.accept(samples[needed - 1 : needed])) == n_first
    assert len(streaming.accept(samples[needed:-1])) == 0
    assert len(streaming.accept(samples[-1:])) == 1


@every_kind
def test_the_image_has_the_shape_the_configuration_announces(config):
    frames = log_mel(noise(0, n_samples=config.clip_samples), config=config)
    assert frames.dtype == np.float32
    assert frames.shape == (config.n_frames, config.n_mels)
    assert frames[:: config.frame_step].shape == config.image_shape


def test_image_shapes_are_those_of_the_design():
    assert CLASSIC.image_shape == CLASSIC_2017.image_shape == (30, 20)
    assert COMPACT.image_shape == (49, 40)
    assert COMPACT.n_frames == 98
    assert LIBROSA.image_shape == (1 + 22_050 // 512, 128)


@every_kind
def test_mel_power_is_its_definition_in_double_precision(config):
    samples = speech_like(0).astype(np.float64)
    n, n_fft = config.window_samples, config.fft_samples
    intervals = n - 1 if config.window == "hann-symmetric" else n
    window = 0.5 * (1 - np.cos(2 * np.pi * np.arange(n) / intervals))
    lead, span = (0, n) if config.framing == "window" else ((n_fft - n) // 2, n_fft)
    if config.framing == "centre":
        samples = np.concatenate([np.zeros(n_fft // 2), samples, np.zeros(n_fft // 2)])
    starts = range(0, samples.size - span + 1, config.hop_samples)
    views = np.stack([samples[start + lead : start + lead + n] * window for start in starts])
    spectrum = np.abs(np.fft.rfft(views, n_fft)) ** (2 if config.spectrum == "power" else 1)
    expected = spectrum * config.spectrum_scale @ mel_bank(config).astype(np.float64)
    found = mel_spectrogram(speech_like(0), config=config)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-20 * expected.max())


@pytest.mark.parametrize(("window", "constant"), [("hamming", 0.54), ("rectangular", 1.0)])
def test_the_other_windows_are_their_formulas(window, constant):
    config = dataclasses.replace(CLASSIC, window=window)
    weights = constant - (1 - constant) * np.cos(2 * np.pi * np.arange(1024) / 1024)
    samples = noise(0, n_samples=1024)
    expected = np.abs(np.fft.rfft(samples * weights)) ** 2 @ mel_bank(CLASSIC)
    np.testing.assert_allclose(mel_spectrogram(samples, config=config)[0], expected, rtol=1e-6)


@pytest.mark.parametrize(("spectrum", "factor"), [("power", 10), ("magnitude", 20)])
def test_decibels_end_at_their_floor(spectrum, factor):
    config = dataclasses.replace(CLASSIC, log_offset=None, db_floor=1e-3, spectrum=spectrum)
    mel = np.array([[0.0, 1e-9, 1e-3, 1.0, 100.0]], np.float32)
    expected = np.array([[-3, -3, -3, 0, 2]]) * factor
    np.testing.assert_allclose(compress(mel, config=config), expected, rtol=1e-6, atol=1e-6)


def test_logarithm_of_power_and_of_magnitude():
    magnitude = dataclasses.replace(CLASSIC, spectrum="magnitude", log_offset=0.5)
    samples = noise(0, n_samples=1024)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(1025)[:-1]))
    bank = mel_bank(CLASSIC)
    np.testing.assert_allclose(log_mel(samples, config=magnitude)[0], np.log(spectrum @ bank + 0.5), rtol=1e-6)
    expected = np.log(spectrum**2 @ bank + np.exp(-10))
    np.testing.assert_allclose(log_mel(samples, config=CLASSIC)[0], expected, rtol=1e-6)


@every_kind
def test_a_batch_of_clips_is_the_clips_one_by_one(config):
    clips = np.stack([speech_like(seed) for seed in range(3)])
    alone = np.stack([log_mel(clip, config=config) for clip in clips])
    assert_same_frames(log_mel(clips, config=config), alone, config)


def test_every_second_pcen_frame_comes_from_a_smoother_that_sees_them_all():
    mel = mel_spectrogram(speech_like(0), config=COMPACT)
    assert np.array_equal(compress(mel, config=COMPACT, step=2), compress(mel, config=COMPACT)[::2])


@every_kind
def test_digital_silence_gives_finite_frames_without_contrast(config):
    frames = log_mel(np.zeros(16_000, np.float32), config=config)
    silent = np.log(config.log_offset) if config.log_offset else 10 * np.log10(config.db_floor or 1)
    np.testing.assert_allclose(frames, silent, rtol=1e-6, atol=1e-6)


def test_pcen_hardly_hears_the_volume():
    # 20 dB are a factor of 100 in power, of which a gain of .98 leaves 100 ** .02, and the root after it still less
    samples = speech_like(0)
    quiet, loud = (log_mel(np.float32(gain) * samples, config=COMPACT) for gain in (0.1, 1.0))
    assert (loud >= quiet - 1e-5).all()
    assert (loud <= 100**0.02 * quiet + 1e-5).all()


@every_kind
def test_fewer_samples_than_a_frame_are_refused_with_both_numbers(config):
    n_samples = config.least_samples - 1
    with pytest.raises(SaysoError, match=rf"{n_samples} samples.*{config.least_samples}$") as caught:
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
    unpadded = dataclasses.replace(config, framing="fft" if config.framing == "centre" else config.framing)
    expected = mel_spectrogram(samples[at * config.hop_samples - config.padding_samples :], config=unpadded)
    np.testing.assert_allclose(mel[at : at + len(expected)], expected, rtol=1e-6)
    assert len(expected) >= 3


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
