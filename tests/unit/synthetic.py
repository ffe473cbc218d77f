"""Audio from formulas and seeds: tones, chirps, noise, and two-tone "words" that a small network learns at once."""

from __future__ import annotations

import io
import itertools
import wave

import numpy as np
from sayso.data.clips import CLIP_RATE_HZ, ClipSet

F32 = np.ndarray
WORDS_HZ = {"yes": (500.0, 900.0), "no": (2500.0, 1500.0), "up": (4000.0, 5500.0)}  # one tone for each half of a word


def tone(f_hz: float, *, n_samples: int = 16_000, rate_hz: int = CLIP_RATE_HZ, amplitude: float = 0.5) -> F32:
    """A sine that starts at phase 0."""
    return (amplitude * np.sin(2 * np.pi * f_hz * np.arange(n_samples) / rate_hz)).astype(np.float32)


def chirp(*, n_samples: int = 16_000, rate_hz: int = CLIP_RATE_HZ, amplitude: float = 0.5) -> F32:
    """A sine that rises from 100 Hz to 90 % of the Nyquist frequency."""
    time = np.arange(n_samples) / n_samples
    phase = 2 * np.pi * n_samples / rate_hz * (100 * time + (0.45 * rate_hz - 100) * time**2 / 2)
    return (amplitude * np.sin(phase)).astype(np.float32)


def noise(seed: int, *, n_samples: int = 16_000, amplitude: float = 0.1) -> F32:
    """White noise, normal with a standard deviation of `amplitude`."""
    return np.float32(amplitude) * np.random.default_rng(seed).standard_normal(n_samples, dtype=np.float32)


def speech_like(seed: int, *, n_samples: int = 16_000, rate_hz: int = CLIP_RATE_HZ) -> F32:
    """A chirp in noise that swells and dies away, with a stretch of digital silence in it."""
    swell = np.sin(np.pi * np.arange(n_samples) / n_samples).astype(np.float32) ** 2
    samples = swell * (chirp(n_samples=n_samples, rate_hz=rate_hz) + noise(seed, n_samples=n_samples))
    samples[n_samples // 2 : n_samples // 2 + n_samples // 10] = 0
    return samples


def word(name: str, seed: int) -> F32:
    """One second with a "word" of .6 s in it: two tones, slightly out of tune, in faint noise."""
    rng = np.random.default_rng(seed)
    samples = noise(seed, amplitude=0.003)
    start, n_half = 3200 + int(rng.integers(-800, 800)), 4800
    for i, f_hz in enumerate(WORDS_HZ[name]):
        begin = start + i * n_half
        samples[begin : begin + n_half] += tone(f_hz * rng.uniform(0.95, 1.05), n_samples=n_half, amplitude=0.2)
    return samples


def words(*, n_speakers: int = 14, n_each: int = 2, names: tuple[str, ...] = ("yes", "no", "up")) -> ClipSet:
    """Clips of every word by every speaker."""
    clips = ClipSet()
    for speaker in range(n_speakers):
        for i, name in enumerate(names):
            for n in range(n_each):
                samples = word(name, 1000 * speaker + 10 * i + n)
                clips.add(samples, rate_hz=CLIP_RATE_HZ, word=name, speaker=f"s{speaker}", path=f"{name}/s{speaker}")
    assert not clips.rejected
    return clips


def random_blocks(samples: F32, seed: int, *, longest: int) -> list[F32]:
    """The samples cut at random places: empty blocks and single samples too."""
    rng = np.random.default_rng(seed)
    cuts, at = [0], 0
    while at < samples.size:
        at += int(rng.choice([0, 1, rng.integers(2, 64), rng.integers(1, longest)]))
        cuts.append(min(at, samples.size))
    return [samples[a:b] for a, b in itertools.pairwise(cuts)]


def wav(samples: F32, *, rate_hz: int = CLIP_RATE_HZ, width: int = 2, n_channels: int = 1) -> bytes:
    """A PCM WAV file of (n,) or (n, channels) samples in [-1, 1)."""
    full_scale = 2 ** (8 * width - 1)
    integers = np.clip(np.rint(samples.astype(np.float64) * full_scale), -full_scale, full_scale - 1).astype("<i4")
    if width == 1:
        integers = integers + 128
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((n_channels, width, rate_hz, 0, "NONE", ""))
        writer.writeframes(integers.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :width].tobytes())
    return file.getvalue()
