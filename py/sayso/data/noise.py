"""Background noise: recordings brought to unit RMS, or coloured noise where there are no recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sayso.arrays import F32, I64
from sayso.data.clips import CLIP_RATE_HZ

COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}  # power falls as 1 / f ** exponent
COLOURED_S = 15.0
N_TALKERS = 6
BABBLE_WORDS = 60  # how many words each talker says
TEST_NOISE_SHARE = 0.2  # this share of each recording, its end, is kept for testing


def coloured_noise(exponent: float, *, n_samples: int, seed: int) -> F32:
    """Noise of unit RMS, (n_samples,) float32, whose power falls with frequency as 1 / f ** exponent.

    Source
    ------
    Timmer & König 1995, "On generating power law noise", section 3.
    """
    rng = np.random.default_rng([seed, round(10 * exponent)])
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    spectrum[1:] *= np.arange(1, spectrum.size) ** (-exponent / 2)
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, n_samples)
    unit: F32 = (noise / noise.std()).astype(np.float32)
    return unit


def made_noise(*, seed: int) -> Iterator[tuple[F32, F32]]:
    """Noise of each colour, for training and for testing: (COLOURED_S * CLIP_RATE_HZ,) float32 each, of unit RMS.

    The two parts are of different seeds. Each pair is made when it is asked for: all at once would take much memory.
    """
    n_samples = int(COLOURED_S * CLIP_RATE_HZ)
    for exponent in COLOURS.values():
        train, test = (coloured_noise(exponent, n_samples=n_samples, seed=seed + part) for part in range(2))
        yield train, test


def recorded_noise(recordings: Iterable[F32]) -> Iterator[tuple[F32, F32]]:
    """Each recording, brought to unit RMS, as the stretch for training and the rest, for testing."""
    for recording in recordings:
        rms = np.sqrt(np.mean(recording**2, dtype=np.float64)).astype(np.float32)
        (train,), (test,) = split_noise([recording / rms])
        yield train, test


def split_noise(recordings: list[F32]) -> tuple[list[F32], list[F32]]:
    """Split each recording in time: the first parts are for training, the rests for testing."""
    cuts = [int(recording.size * (1 - TEST_NOISE_SHARE)) for recording in recordings]
    train = [recording[:cut] for recording, cut in zip(recordings, cuts, strict=True)]
    return train, [recording[cut:] for recording, cut in zip(recordings, cuts, strict=True)]


def babble(mel: Sequence[F32], members: I64, *, level: float, seed: int) -> F32:
    """Mel power of N_TALKERS people who talk at once, none of them to the machine.

    Parameters
    ----------
    mel : (T, M) float32 mel power of each clip
    members : (n,) indices of the clips to draw from: words that are no commands
    level : float, mean power of the result
    seed : int

    Returns
    -------
    (n_frames, M) float32; no frames where there are no members
    """
    rng = np.random.default_rng(seed)
    n_frames, n_mels = mel[0].shape
    # the clips' quiet ends are cut off, so that word follows word
    spoken = slice(n_frames // 5, n_frames - n_frames // 5)
    if not len(members):
        return np.zeros((0, n_mels), np.float32)
    mixed = np.zeros((BABBLE_WORDS * (spoken.stop - spoken.start), n_mels), np.float32)
    for _ in range(N_TALKERS):
        words = members[rng.integers(0, len(members), BABBLE_WORDS)]
        voice = np.concatenate([mel[i][spoken] for i in words])
        voice /= max(float(voice.mean()), 1e-20)
        mixed += voice
    mixed /= N_TALKERS
    mixed *= np.float32(level)
    return mixed
