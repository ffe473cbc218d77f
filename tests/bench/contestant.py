"""Sayso's side of the races: the same work on the desk and in the tab, from the same files."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sayso.arrays import F32, I64, Floats
from sayso.models.model_file import load_model
from sayso.models.plan import recogniser_of
from sayso.models.safetensors import read_tensors
from sayso.nn.layers import Dropout
from sayso.nn.losses import softmax_cross_entropy
from sayso.training.optim import AdamW

LABEL_SMOOTHING, WEIGHT_DECAY, LEARNING_RATE = 0.1, 1e-2, 1e-4
# Results are compared on few windows: where a ReLU's input is within rounding of zero, one contestant lets it pass and
# another does not, and their gradients rightly differ by percents; in a whole batch there are such inputs.
N_CHECKED = 8
LOSS, POSTERIORS = "loss", "posteriors"  # names of results; gradients bear their parameters' names


class Contestant:
    """A network, a batch for it, and the optimiser's state."""

    def __init__(self, folder: str, network: str) -> None:
        def path(kind: str) -> Path:
            return Path(folder, f"{network}.{kind}.safetensors")

        model, _ = load_model(path("model").read_bytes())
        self.network = model.network
        self._recognise = recogniser_of(self.network)  # the listener recognises windows in the same way
        for layer in self.network.body.layers.values():
            if isinstance(layer, Dropout):
                layer.share = 0.0  # the contestants would draw different random numbers
        self._optimizer = AdamW(self.network.parameters, weight_decay=WEIGHT_DECAY)
        batch, _ = read_tensors(path("batch").read_bytes())
        self._frames, self._targets = batch["frames"], batch["targets"].astype(np.int64)
        self._rng = np.random.default_rng(0)
        self._expected_file = path("expected")

    def results(self) -> dict[str, Floats]:
        """What all must agree on: posteriors as in listening, then the loss and its gradients as in training."""
        frames, targets = self._frames[:N_CHECKED], self._targets[:N_CHECKED]
        posteriors = np.stack([self._recognise(window) for window in frames])
        loss, gradients = self._gradients(frames, targets)
        return {POSTERIORS: posteriors, LOSS: np.array([loss], np.float32), **gradients}

    def deviations(self) -> dict[str, float]:
        """How far each of `results` is from the one in the file, as a share of the largest value there; by name."""
        expected, _ = read_tensors(self._expected_file.read_bytes())
        results = self.results()
        return {
            name: float(np.abs(results[name] - wanted).max() / np.abs(wanted).max())
            for name, wanted in expected.items()
        }

    def train(self, n_steps: int) -> float:
        """Seconds that `n_steps` whole steps take."""
        return _seconds(self._step, n_steps)

    def infer(self, n_windows: int) -> float:
        """Seconds that `n_windows` windows take, one at a time."""
        window: F32 = self._frames[0].copy()
        return _seconds(lambda: self._recognise(window), n_windows)

    def _gradients(self, frames: Floats, targets: I64) -> tuple[float, dict[str, Floats]]:
        logits = self.network.forward(frames, self._rng)
        loss, dlogits = softmax_cross_entropy(logits, targets, label_smoothing=LABEL_SMOOTHING)
        return loss, self.network.backward(dlogits)

    def _step(self) -> None:
        _, gradients = self._gradients(self._frames, self._targets)
        self._optimizer.step(self.network.parameters, gradients, rate=LEARNING_RATE)


def _seconds(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began
