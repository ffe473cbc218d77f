"""What a room and a microphone make of a voice, drawn at random.

Augmentation while training works on mel power, frame by frame, and cannot do this: an echo reaches over frames.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pack import SAMPLE_RATE_HZ
from scipy.signal import fftconvolve

F32 = NDArray[np.float32]

DECAYS_S: Final = (0.1, 0.5)  # time until echoes have a thousandth of the voice's sound pressure
DELAYS_S: Final = (0.001, 0.01)  # delay of the first echo behind the voice
ECHOES_DB: Final = (-18, 3)  # level of all echoes together, relative to the voice
LONGEST_ECHO_S: Final = 0.35

FILTER_SAMPLES: Final = 512
BANDS_HZ: Final = np.maximum(np.fft.rfftfreq(FILTER_SAMPLES, 1 / SAMPLE_RATE_HZ), 60)
TILTS_DB: Final = (-2.7, 2.7)  # slope of the spectrum, dB an octave
RIPPLE_DB: Final = 4.0  # standard deviation of the ripples
N_RIPPLES: Final = 8
LOW_CUTS_HZ, LOW_CUT_DB = (60, 400), 12  # below a frequency drawn from here, each octave loses this
HIGH_CUTS_HZ, HIGH_CUT_DB = (3000, 8000), 24  # above a frequency drawn from here, each octave loses this
CUT_SHARE: Final = 0.5  # probability of each cut
GAINS_DB: Final = (-60, 30)  # bounds of the whole filter's gain


def draw_log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def in_room(samples: F32, random: np.random.Generator) -> F32:
    """The samples with echoes, which are noise that decays exponentially; the echoes outlast the samples.

    Source
    ------
    Moorer 1979, "About this reverberation business": the response of a hall sounds as exponentially decaying noise.
    """
    decay_s = draw_log_uniform(*DECAYS_S, random)
    times_s = np.arange(round(min(0.7 * decay_s, LONGEST_ECHO_S) * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    response = random.standard_normal(len(times_s)) * 10 ** (-3 * times_s / decay_s)
    response[times_s < random.uniform(*DELAYS_S)] = 0
    response *= 10 ** (random.uniform(*ECHOES_DB) / 20) / np.linalg.norm(response)
    response[0] = 1
    return np.asarray(fftconvolve(samples, response), np.float32)


def at_microphone(samples: F32, random: np.random.Generator) -> F32:
    """The samples through a random filter without delay: a tilt, ripples and, at times, cut ends of the spectrum."""
    octaves = np.log2(BANDS_HZ)
    gains_db = random.uniform(*TILTS_DB) * (octaves - np.log2(1000))
    ripples_db = random.normal(scale=RIPPLE_DB, size=N_RIPPLES)
    gains_db += np.interp(octaves, np.linspace(octaves[0], octaves[-1], N_RIPPLES), ripples_db)
    if random.random() < CUT_SHARE:
        gains_db -= LOW_CUT_DB * np.maximum(0, np.log2(draw_log_uniform(*LOW_CUTS_HZ, random)) - octaves)
    if random.random() < CUT_SHARE:
        gains_db -= HIGH_CUT_DB * np.maximum(0, octaves - np.log2(draw_log_uniform(*HIGH_CUTS_HZ, random)))
    response = np.fft.fftshift(np.fft.irfft(10 ** (np.clip(gains_db, *GAINS_DB) / 20)))
    return np.asarray(fftconvolve(samples, response * np.hanning(FILTER_SAMPLES + 1)[:-1], "same"), np.float32)
