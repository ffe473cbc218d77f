"""Reading and writing WAV files."""

from __future__ import annotations

import io
import math
import wave

import numpy as np

from sayso.arrays import F32
from sayso.errors import SaysoError

MAX_WAV_BYTES = 256 * 2**20


def read_wav(content: bytes, *, max_s: float = math.inf) -> tuple[F32, int]:
    """Decode a PCM WAV file of 8, 16, 24 or 32 bits; channels are averaged.

    Parameters
    ----------
    content : bytes
    max_s : float, seconds; a longer file is refused by its header

    Returns
    -------
    samples : (n_samples,) float32 in [-1, 1]
    sample_rate_hz : int

    Raises
    ------
    SaysoError : `audio_empty`, `audio_too_large`, `audio_too_long`, `audio_undecodable` (with what is wrong),
        `audio_format`
    """
    if not content:
        raise SaysoError("audio_empty", "0 bytes: expected a WAV file")
    if len(content) > MAX_WAV_BYTES:
        raise SaysoError("audio_too_large", f"{len(content)} bytes: expected at most {MAX_WAV_BYTES}")
    try:
        with wave.open(io.BytesIO(content)) as file:
            n_channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            duration_s = file.getnframes() / max(1, rate_hz)
            if duration_s > max_s:
                raise SaysoError("audio_too_long", f"{duration_s:.1f} s: expected at most {max_s:g} s")
            raw = file.readframes(file.getnframes())
            expected = file.getnframes() * n_channels * width
    except (wave.Error, EOFError, ValueError, RuntimeError) as error:
        raise SaysoError("audio_undecodable", f"not a PCM WAV file: {error or 'it ends too early'}") from error
    if len(raw) < expected:
        raise SaysoError("audio_undecodable", f"the file ends after {len(raw)} of {expected} bytes of samples")
    if width not in (1, 2, 3, 4):
        raise SaysoError("audio_format", f"{8 * width} bits a sample: expected 8, 16, 24 or 32")
    samples = _decode_pcm(raw, width)
    if n_channels > 1:
        samples = samples.reshape(-1, n_channels).mean(axis=1, dtype=np.float32)
    return samples, rate_hz


def _decode_pcm(raw: bytes, width: int) -> F32:
    """Little-endian PCM to float32 in [-1, 1); 8 bits are unsigned."""
    if width == 1:
        return (np.frombuffer(raw, np.uint8) - np.float32(128)) * np.float32(1 / 128)
    if width == 3:
        padded = np.zeros((len(raw) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return padded.view("<i4")[:, 0].astype(np.float32) * np.float32(2.0**-31)
    samples = np.frombuffer(raw, f"<i{width}").astype(np.float32)
    samples *= np.float32(2.0 ** (1 - 8 * width))
    return samples


def encode_wav(samples: F32, *, rate_hz: int) -> bytes:
    """A mono WAV file with 16 bits a sample; (n_samples,) float32 in [-1, 1), what lies outside is clipped."""
    pcm = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype("<i2")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return content.getvalue()
