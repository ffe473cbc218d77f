"""WAV files: every width, and every kind of broken file."""

import io
import wave

import numpy as np
import pytest
from sayso.audio.wav import MAX_WAV_BYTES, encode_wav, read_wav
from sayso.errors import SaysoError

from .errors import refused
from .synthetic import noise, tone, wav


@pytest.mark.parametrize(("width", "step"), [(1, 2**-7), (2, 2**-15), (3, 2**-23), (4, 2**-24)])
def test_every_width_of_pcm_is_read_to_within_half_a_step(width, step):
    samples = noise(0, n_samples=500)
    decoded, rate_hz = read_wav(wav(samples, width=width))
    assert rate_hz == 16_000
    assert decoded.dtype == np.float32
    assert np.abs(decoded - samples).max() <= step / 2


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_full_scale_is_one(width):
    extremes = np.array([-1.0, 0.0, 1.0])
    decoded, _ = read_wav(wav(extremes, width=width))
    np.testing.assert_allclose(decoded, [-1, 0, 1 - 2.0 ** (1 - 8 * width)], atol=2**-24)


def test_channels_are_averaged():
    left, right = tone(440.0), noise(0)
    decoded, _ = read_wav(wav(np.stack([left, right], axis=1), n_channels=2))
    assert decoded.shape == (16_000,)
    np.testing.assert_allclose(decoded, (left + right) / 2, atol=2**-15)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
def test_the_rate_is_told(rate_hz):
    assert read_wav(wav(noise(0), rate_hz=rate_hz))[1] == rate_hz


def test_one_sample_is_read():
    assert read_wav(wav(np.array([0.5])))[0].tolist() == [0.5]


def test_an_empty_file_is_refused():
    with refused("audio_empty", "0 bytes"):
        read_wav(b"")


def test_an_oversized_file_is_refused_unread():
    class Huge(bytes):
        def __len__(self):
            return MAX_WAV_BYTES + 1

    with refused("audio_too_large", MAX_WAV_BYTES + 1, MAX_WAV_BYTES):
        read_wav(Huge(b"RIFF"))


def test_an_hour_is_refused_by_its_header_before_it_is_decoded():
    hour = wav(np.zeros(1), width=1, rate_hz=16_000)
    n_samples = 3600 * 16_000
    hour = hour[:40] + n_samples.to_bytes(4, "little")  # the data chunk announces an hour and holds a sample
    with refused("audio_too_long", "3600", "600"):
        read_wav(hour, max_s=600)


@pytest.mark.parametrize("n_bytes", [1, 8, 12, 20, 36, 40, 43])
def test_a_file_that_ends_in_its_header_is_refused(n_bytes):
    with refused("audio_undecodable", "WAV"):
        read_wav(wav(noise(0))[:n_bytes])


@pytest.mark.parametrize("n_bytes", [44, 45, 1044, 32_043])
def test_a_file_that_ends_in_its_samples_is_refused_with_both_lengths(n_bytes):
    with refused("audio_undecodable", n_bytes - 44, 32_000):
        read_wav(wav(noise(0))[:n_bytes])


@pytest.mark.parametrize(
    "content",
    [b"fLaC\0\0\0\x22" + bytes(100), b"OggS" + bytes(100), b"ID3\x03" + bytes(100), b"RIFX" + wav(noise(0))[4:],
     b"<!DOCTYPE html>", bytes(100), b"RIFF\xff\xff\xff\xffWAVE"],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(content):
    with refused("audio_undecodable", "not a PCM WAV file"):
        read_wav(content)


def test_samples_in_floating_point_are_refused_by_their_format():
    content = bytearray(wav(noise(0), width=4))
    content[20:22] = (3).to_bytes(2, "little")  # the code of IEEE's floating point
    with refused("audio_undecodable", 3):
        read_wav(bytes(content))


def test_a_width_that_no_recorder_writes_is_refused():
    content = bytearray(wav(noise(0, n_samples=8), width=4))
    content[32:36] = (8).to_bytes(2, "little") + (64).to_bytes(2, "little")  # bytes a frame, bits a sample
    with refused("audio_format", 64):
        read_wav(bytes(content))


def test_any_damaged_byte_of_the_header_is_refused_or_read():
    original = wav(noise(0, n_samples=50), n_channels=1)
    for position in range(44):
        for value in (0, 1, 0x7F, 0xFF):
            damaged = bytearray(original)
            damaged[position] = value
            try:
                samples, _ = read_wav(bytes(damaged))
            except SaysoError as error:
                assert error.code.startswith("audio_"), error  # noqa: PT017  some damage is harmless and read
            else:
                assert np.isfinite(samples).all()


def test_a_file_with_chunks_before_and_behind_the_samples_is_read():
    samples = noise(0, n_samples=100)
    plain = wav(samples)
    extra = b"LIST" + (4).to_bytes(4, "little") + b"INFO"
    content = plain[:12] + extra + plain[12:] + extra
    content = content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:]
    with wave.open(io.BytesIO(content)) as file:
        assert file.getnframes() == 100
    assert np.array_equal(read_wav(content)[0], read_wav(plain)[0])


def test_what_is_written_is_read_to_within_half_a_step_and_clipped():
    samples = noise(0, n_samples=500)
    decoded, rate_hz = read_wav(encode_wav(samples, rate_hz=22_050))
    assert rate_hz == 22_050
    assert np.abs(decoded - samples).max() <= 2**-16
    assert read_wav(encode_wav(np.array([2, -2], np.float32), rate_hz=16_000))[0].tolist() == [1 - 2**-15, -1]
