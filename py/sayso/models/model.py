"""A network with everything needed to use it: features, labels, detector, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sayso.arrays import F32
from sayso.config import DetectorConfig, FeatureConfig, TrainConfig
from sayso.models.networks import Network, build_network
from sayso.models.plan import is_planned
from sayso.nn.losses import softmax

INFERENCE_BATCH = 64  # windows that go through a network at once: more would take more memory


@dataclass(frozen=True)
class Provenance:
    """How a model came about; all of it is written to its file."""

    created: str = ""  # when training last saved or tested the model; ISO 8601, UTC
    iteration: int = 0
    elapsed_s: float = 0.0
    accuracy: float | None = None  # 0 to 1, on the test set when training ended; None where it was not measured
    data_hash: str = ""  # digest of the audio it was trained on
    training: TrainConfig | None = None
    curve: list[tuple[int, float, float]] = field(default_factory=list)  # (iteration, loss, accuracy) of evaluations
    note: str = ""


@dataclass
class Model:
    """What recognises words: frames in, posteriors out."""

    name: str
    features: FeatureConfig
    labels: tuple[str, ...]
    network: Network
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    provenance: Provenance = field(default_factory=Provenance)

    def posteriors(self, frames: F32) -> F32:
        """Class probabilities of windows.

        Parameters
        ----------
        frames : (B, T, M) float32, every features.frame_step-th frame of each window

        Returns
        -------
        (B, L) float32, in the order of `labels`
        """
        return posteriors_of(self.network, frames)

    @cached_property  # cached, because it takes as long as preparing to listen
    def planned(self) -> bool:
        """Whether what stands behind the base, or the whole network, is recognised by a plan while listening; without
        one it takes several times as long.
        """
        return is_planned(self.network.without_base())

    def card(self) -> dict[str, Any]:
        """What the page and the desk show of a model: its provenance, its size, and whether it is `planned`."""
        return {
            "name": self.name,
            "labels": list(self.labels),
            "network": self.network.name,
            "preset": self.features.preset,
            "n_parameters": self.network.n_parameters,
            "n_multiply_adds": self.network.n_multiply_adds,
            "planned": self.planned,
            "iteration": self.provenance.iteration,
            "accuracy": self.provenance.accuracy,
            "created": self.provenance.created,
            "detector": self.detector.to_dict(),
        }


def posteriors_of(network: Network, inputs: F32) -> F32:
    """Class probabilities, (B, L) float32, of what a network sees, (B, *network.input_shape)."""
    batches = [inputs[i : i + INFERENCE_BATCH] for i in range(0, len(inputs), INFERENCE_BATCH)]
    logits = [network.forward(batch) for batch in batches]
    n_labels = network.head.parameters["bias"].size
    return softmax(np.concatenate(logits)) if logits else np.zeros((0, n_labels), np.float32)


def new_model(name: str, *, features: FeatureConfig, labels: Sequence[str], network: str, seed: int | None) -> Model:
    """An untrained model; with no seed, for a file to fill, its weights are 0.

    Raises
    ------
    SaysoError : `unknown_network`
    """
    built = build_network(network, input_shape=features.image_shape, n_labels=len(labels), seed=seed)
    return Model(name, features, tuple(labels), built)
