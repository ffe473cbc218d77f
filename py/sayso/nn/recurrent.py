"""A recurrent layer: its answer to a frame depends on the frames before."""

from __future__ import annotations

import math

import numpy as np

from sayso.arrays import F32, Floats, Rng, Shape
from sayso.nn.layers import Gradients, Layer


class Gru(Layer):
    """Gated recurrent units over the frames, (B, T, M) to their states, (B, T, H), from a state of zeros.

    With the reset gate r, the update gate z and the candidate n of frame x and state h:

        r = sigmoid(x Wr + br + h Ur + cr)
        z = sigmoid(x Wz + bz + h Uz + cz)
        n = tanh(x Wn + bn + r (h Un + cn))
        h' = (1 - z) n + z h

    `input.weight` (M, 3 H) and `input.bias` (3 H,) hold W and b of r, z and n side by side, `state.weight` (H, 3 H) and
    `state.bias` (3 H,) hold U and c.

    Source
    ------
    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", eq. 5 to 8, in the form and with the
    initial weights of torch.nn.GRU: r scales what the state contributes to the candidate, not the state itself.
    """

    def __init__(self, n_in: int, n_units: int, rng: Rng | None) -> None:
        super().__init__()
        self.n_units = n_units
        bound = 1 / math.sqrt(n_units)
        self.parameters = {
            "input.weight": _uniform(rng, (n_in, 3 * n_units), bound),
            "input.bias": np.zeros(3 * n_units, np.float32),
            "state.weight": _uniform(rng, (n_units, 3 * n_units), bound),
            "state.bias": np.zeros(3 * n_units, np.float32),
        }

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], self.n_units

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * (self.parameters["input.weight"].size + self.parameters["state.weight"].size)

    def forward(self, x: Floats, rng: Rng | None = None) -> Floats:
        (batch, n_frames, _), n = x.shape, self.n_units
        self._x = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(n_frames * batch, -1)  # (T B, M)
        from_input = self._x @ self.parameters["input.weight"]
        from_input += self.parameters["input.bias"]
        self._gates = from_input.reshape(n_frames, batch, 3 * n)  # x W + b, which the loop turns into r, z and n
        self._recalled = np.empty((n_frames, batch, n), x.dtype)  # h Un + cn of every frame
        self._states = np.zeros((n_frames + 1, batch, n), x.dtype)  # h: the zeros before the first frame, then each h'
        for gates, recalled, before, after in zip(
            self._gates, self._recalled, self._states, self._states[1:], strict=False
        ):
            from_state = before @ self.parameters["state.weight"]
            from_state += self.parameters["state.bias"]
            gates[:, : 2 * n] += from_state[:, : 2 * n]
            gates[:, : 2 * n] = _sigmoid(gates[:, : 2 * n])
            reset, update, candidate = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
            recalled[...] = from_state[:, 2 * n :]
            candidate += reset * recalled
            np.tanh(candidate, out=candidate)
            after[...] = candidate + update * (before - candidate)
        return self._states[1:].swapaxes(0, 1)

    def backward(self, dy: Floats) -> tuple[Floats, Gradients]:
        dinput, gradients = self._through_time(dy)
        dx = (dinput @ self.parameters["input.weight"].T).reshape(dy.shape[1], dy.shape[0], -1)  # (T, B, M)
        return dx.swapaxes(0, 1), gradients

    def gradients(self, dy: Floats) -> Gradients:
        return self._through_time(dy)[1]

    def _through_time(self, dy: Floats) -> tuple[Floats, Gradients]:
        """The gradients at x W + b of all frames, (T B, 3 H), and at the parameters, from the last frame back.

        With dh, the gradient at h', those at x W + b are

            dn = dh (1 - z) (1 - n^2)
            dz = dh (h - n) z (1 - z)
            dr = dn (h Un + cn) r (1 - r)

        At h U + c they are dr, dz and dn r; at h, these times U^T, and dh z.
        """
        n = self.n_units
        dinput, dstate = np.empty_like(self._gates), np.empty_like(self._gates)
        dh = np.zeros_like(self._states[0])
        for t in reversed(range(len(self._gates))):
            reset, update, candidate = (self._gates[t, :, i : i + n] for i in (0, n, 2 * n))
            dh = dh + dy[:, t]
            dcandidate = dh * (1 - update) * (1 - candidate * candidate)
            dinput[t, :, :n] = dcandidate * self._recalled[t] * reset * (1 - reset)
            dinput[t, :, n : 2 * n] = dh * (self._states[t] - candidate) * update * (1 - update)
            dinput[t, :, 2 * n :] = dcandidate
            dstate[t] = dinput[t]
            dstate[t, :, 2 * n :] *= reset
            dh = dh * update + dstate[t] @ self.parameters["state.weight"].T
        flat_input, flat_state = dinput.reshape(-1, 3 * n), dstate.reshape(-1, 3 * n)
        return flat_input, {
            "input.weight": self._x.T @ flat_input,
            "input.bias": flat_input.sum(axis=0),
            "state.weight": self._states[:-1].reshape(-1, n).T @ flat_state,
            "state.bias": flat_state.sum(axis=0),
        }


def _sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without an exponential that could overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)  # type: ignore[no-any-return]  # NumPy's stub: Any


def _uniform(rng: Rng | None, shape: Shape, bound: float) -> F32:
    """Initial weights, uniform between -bound and bound; zeros where there is no generator."""
    if rng is None:
        return np.zeros(shape, np.float32)
    return (2 * rng.random(shape, dtype=np.float32) - 1) * np.float32(bound)
