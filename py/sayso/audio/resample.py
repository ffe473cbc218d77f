"""Resampling from any microphone's rate to the features' rate, with the same numbers in blocks as all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sayso.arrays import F32
from sayso.errors import SaysoError

N_ZERO_CROSSINGS = 24  # zero crossings of the sinc on either side of its peak
ROLLOFF = 0.95  # the filter's cutoff as a share of the lower of the two Nyquist frequencies
KAISER_BETA = 9.0  # shape of the Kaiser window: its stop band lies below -90 dB
MAX_TABLE_TAPS = 4_000_000  # the most taps that all phases may have together; finer ratios are refused
BLOCK_OUTPUTS = 4096  # outputs computed at a time, to bound the memory
GROUP_OUTPUTS = 16  # the fewest outputs that one row of a product gives
UNIT_OUTPUTS = 256  # outputs that one product gives, about
MAX_GROUP_TAPS = 1_000_000  # the most values of a product's weight; finer ratios are computed output by output


class Resampler:
    """Band-limited polyphase conversion of a stream.

    Output m stands at the time of input sample m * from_hz / to_hz. The stream is taken as zero before its first
    sample, and, at `finish`, after its last.

    Parameters
    ----------
    from_hz, to_hz : int, sample rates from 3 kHz to 768 kHz

    Raises
    ------
    SaysoError : `bad_sample_rate`, a rate out of range, or a ratio of too large terms

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
        cutoff = ROLLOFF * min(1.0, to_hz / from_hz)  # the cutoff as a share of the input's Nyquist frequency
        self._half = math.ceil(N_ZERO_CROSSINGS / cutoff)  # input samples that an output reaches to either side
        if self.up * (2 * self._half + 1) > MAX_TABLE_TAPS:
            raise SaysoError("bad_sample_rate", f"{from_hz} Hz to {to_hz} Hz: ratio {self.up}/{self.down} is too fine")
        self._phases, self._product = _filter(self.up, self.down, self._half, cutoff)
        self._held = np.zeros(self._half, np.float32)  # the input from absolute index _first on
        self._first = -self._half
        self._n_in = 0
        self._n_out = 0

    def accept(self, samples: F32) -> F32:
        """Take (n,) float32 samples of the stream; return the (m,) float32 outputs that they complete."""
        if self.up == self.down:
            return samples
        self._held = np.concatenate([self._held, samples])
        self._n_in += samples.size
        # output m needs input up to floor(m down / up) + half
        return self._emit((self._n_in - self._half - 1) * self.up // self.down + 1)

    def count_needed(self, n_outputs: int) -> int:
        """How many samples of the stream `accept` must take to have given n_outputs, 1 or more."""
        return n_outputs if self.up == self.down else -(-(n_outputs - 1) * self.down // self.up) + self._half + 1

    def finish(self) -> F32:
        """The rest of the output, (m,) float32, ceil(n_in to_hz / from_hz) samples in all; the stream ends here."""
        if self.up == self.down:
            return np.zeros(0, np.float32)
        self._held = np.concatenate([self._held, np.zeros(self._half + 1, np.float32)])
        return self._emit(-(-self._n_in * self.up // self.down))

    def _emit(self, end: int) -> F32:
        """The outputs from _n_out up to `end`, computed a bounded number at a time."""
        if end <= self._n_out:
            return np.zeros(0, np.float32)
        resampled = np.empty(end - self._n_out, np.float32)
        for begin in range(self._n_out, end, BLOCK_OUTPUTS):
            stop = min(begin + BLOCK_OUTPUTS, end)
            resampled[begin - self._n_out : stop - self._n_out] = self._outputs(begin, stop)
        self._n_out = end
        next_start = self._input_of(end)
        self._held = self._held[next_start - self._first :]
        self._first = next_start
        return resampled

    def _input_of(self, output: int) -> int:
        """The absolute index of the first input sample that this output or a later one needs."""
        if self._product is not None:
            output -= output % self._product.n_outputs
        return output * self.down // self.up - self._half

    def _outputs(self, begin: int, end: int) -> F32:
        held = self._held[self._input_of(begin) - self._first :]
        if self._product is not None:
            return self._product.outputs(held, begin % self._product.n_outputs, end - begin)
        # int64, since the products with `down` outgrow the tab's 32-bit integers within minutes
        outputs = np.arange(begin, end, dtype=np.int64)
        starts = outputs * self.down // self.up
        windows = np.lib.stride_tricks.sliding_window_view(held, self._phases.shape[1])[starts - starts[0]]
        resampled: F32 = np.einsum("ok,ok->o", windows, self._phases[outputs * self.down % self.up])
        return resampled


@dataclass(frozen=True)
class Product:
    """The filter as a matrix that turns a stretch of input into many outputs at once.

    Outputs come in units of a fixed number from the stream's beginning, each by a product of the same shape, so that an
    output's bits do not depend on where the stream was cut; the last unit takes zeros for what has not come yet.
    """

    weight: F32  # (K, G), turns K inputs into G outputs; 0 at inputs that an output does not reach
    n_step: int  # inputs from the beginning of one row of K inputs to that of the next
    n_rows: int  # rows in a unit, each of which gives G outputs

    @property
    def n_outputs(self) -> int:
        """The number of outputs in a unit."""
        n_group: int = self.weight.shape[1]
        return self.n_rows * n_group

    def outputs(self, held: F32, skip: int, n: int) -> F32:
        """Outputs `skip` to skip + n - 1 of the units that `held` begins with, (n,)."""
        n_units = -(-(skip + n) // self.n_outputs)
        n_inputs = (n_units * self.n_rows - 1) * self.n_step + len(self.weight)
        padded = np.zeros(n_inputs, np.float32)
        padded[: held.size] = held[:n_inputs]
        size, step = padded.itemsize, self.n_step * padded.itemsize
        rows = np.ndarray(
            (n_units, self.n_rows, len(self.weight)), np.float32, padded, strides=(self.n_rows * step, step, size)
        )
        outputs = np.ascontiguousarray(rows) @ self.weight  # (n_units, n_rows, G)
        return outputs.reshape(-1)[skip : skip + n]


@lru_cache(maxsize=1)
def _filter(up: int, down: int, half: int, cutoff: float) -> tuple[F32, Product | None]:
    """The taps of each phase, (up, 2 half + 1), and their matrix, if it is not too large."""
    # distances of the taps from an output at each of the `up` phases, in input samples
    offsets = np.arange(-half, half + 1) - np.arange(up)[:, None] / up  # (up, n_taps)
    taper = np.sqrt(np.maximum(0.0, 1.0 - (offsets / (half + 1)) ** 2))
    taps = cutoff * np.sinc(cutoff * offsets) * np.i0(KAISER_BETA * taper) / np.i0(KAISER_BETA)
    phases = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    phases.flags.writeable = False  # the cache gives one array to all resamplers of these rates
    return phases, _product_of(phases, up, down)


def _product_of(phases: F32, up: int, down: int) -> Product | None:
    """The matrix of a filter's phases, (up, n_taps), or None if the ratio's terms make it too large."""
    n_outputs = up * -(-GROUP_OUTPUTS // up)
    starts = np.arange(n_outputs, dtype=np.int64) * down // up
    n_inputs = int(starts[-1]) + phases.shape[1]
    if n_inputs * n_outputs > MAX_GROUP_TAPS:
        return None
    weight = np.zeros((n_inputs, n_outputs), np.float32)
    for output, start in enumerate(starts):
        weight[start : start + phases.shape[1], output] = phases[output * down % up]
    weight.flags.writeable = False
    return Product(weight, n_outputs // up * down, max(1, UNIT_OUTPUTS // n_outputs))


def resample(samples: F32, *, from_hz: int, to_hz: int) -> F32:
    """A whole clip at another sample rate.

    Parameters
    ----------
    samples : (n,) float32
    from_hz, to_hz : int, sample rates from 3 kHz to 768 kHz

    Returns
    -------
    (ceil(n to_hz / from_hz),) float32

    Raises
    ------
    SaysoError : `bad_sample_rate`, as in `Resampler`

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.audio.resample import Resampler, resample
    >>> second = np.sin(np.arange(44_100, dtype=np.float32))
    >>> whole = resample(second, from_hz=44_100, to_hz=16_000)
    >>> whole.shape
    (16000,)
    >>> resampler = Resampler(44_100, 16_000)
    >>> parts = [resampler.accept(block) for block in np.split(second, 100)]
    >>> bool(np.array_equal(np.concatenate([*parts, resampler.finish()]), whole))  # equal to the last bit
    True
    """
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate([resampler.accept(samples), resampler.finish()])
