"""Any microphone's rate to the features' rate, block by block, with the same numbers as all at once."""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import F32
from sayso.errors import SaysoError

N_ZERO_CROSSINGS = 24  # of the sinc, to either side
ROLLOFF = 0.95  # cutoff, as a share of the lower Nyquist frequency
KAISER_BETA = 9.0  # stop band below -90 dB
MAX_TABLE_TAPS = 4_000_000
BLOCK_OUTPUTS = 4096


class Resampler:
    """Band-limited polyphase conversion of a stream.

    Output m stands at input time m * from_hz / to_hz; the stream is taken as zero before its first sample, and, after
    `finish`, behind its last.

    Parameters
    ----------
    from_hz, to_hz : int, sample rates

    Raises
    ------
    SaysoError : `bad_sample_rate`, outside 3 kHz to 768 kHz or a ratio of too large terms

    Source
    ------
    J. O. Smith, "Digital Audio Resampling Home Page"; the windowed sinc of resampy and torchaudio.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        for rate_hz in (from_hz, to_hz):
            if not 3000 <= rate_hz <= 768_000:
                raise SaysoError("bad_sample_rate", f"{rate_hz} Hz: expected 3000 to 768000 Hz")
        divisor = math.gcd(from_hz, to_hz)
        self.up, self.down = to_hz // divisor, from_hz // divisor
        cutoff = ROLLOFF * min(1.0, to_hz / from_hz)  # as a share of the input's Nyquist frequency
        self._half = math.ceil(N_ZERO_CROSSINGS / cutoff)  # taps to either side, in input samples
        n_taps = 2 * self._half + 1
        if self.up * n_taps > MAX_TABLE_TAPS:
            raise SaysoError("bad_sample_rate", f"{from_hz} Hz to {to_hz} Hz: ratio {self.up}/{self.down} is too fine")
        # the distance of each tap from each of the `up` output phases
        offsets = np.arange(-self._half, self._half + 1) - np.arange(self.up)[:, None] / self.up  # (up, n_taps)
        taper = np.sqrt(np.maximum(0.0, 1.0 - (offsets / (self._half + 1)) ** 2))
        taps = cutoff * np.sinc(cutoff * offsets) * np.i0(KAISER_BETA * taper) / np.i0(KAISER_BETA)
        self._phases = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
        self._held = np.zeros(self._half, np.float32)  # input from absolute index _first on
        self._first = -self._half
        self._n_in = 0
        self._n_out = 0

    def accept(self, samples: F32) -> F32:
        """Take (n,) float32 samples; return the (m,) float32 samples that are now determined."""
        if self.up == self.down:
            return samples
        self._held = np.concatenate([self._held, samples])
        self._n_in += samples.size
        # output m needs input up to floor(m down / up) + half
        return self._emit((self._n_in - self._half - 1) * self.up // self.down + 1)

    def finish(self) -> F32:
        """The rest of the output, ceil(n_in to_hz / from_hz) samples in all; the stream ends here."""
        if self.up == self.down:
            return np.zeros(0, np.float32)
        self._held = np.concatenate([self._held, np.zeros(self._half + 1, np.float32)])
        return self._emit(-(-self._n_in * self.up // self.down))

    def _emit(self, end: int) -> F32:
        """The outputs from _n_out up to `end`, a bounded number at a time."""
        if end <= self._n_out:
            return np.zeros(0, np.float32)
        resampled = np.empty(end - self._n_out, np.float32)
        n_taps = 2 * self._half + 1
        for begin in range(self._n_out, end, BLOCK_OUTPUTS):
            # int64: times down, they leave the tab's 32 bits within minutes
            outputs = np.arange(begin, min(begin + BLOCK_OUTPUTS, end), dtype=np.int64)
            starts = outputs * self.down // self.up - self._half - self._first
            held = self._held[starts[0] : starts[-1] + n_taps]
            windows = np.lib.stride_tricks.sliding_window_view(held, n_taps)[starts - starts[0]]
            phases = self._phases[outputs * self.down % self.up]
            resampled[begin - self._n_out :][: outputs.size] = np.einsum("ok,ok->o", windows, phases)
        self._n_out = end
        next_start = end * self.down // self.up - self._half
        self._held = self._held[next_start - self._first :]
        self._first = next_start
        return resampled


def resample(samples: F32, *, from_hz: int, to_hz: int) -> F32:
    """A whole clip, (n,) float32, at another rate: (ceil(n to_hz / from_hz),) float32."""
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate([resampler.accept(samples), resampler.finish()])
