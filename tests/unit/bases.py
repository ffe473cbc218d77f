"""Bases with random weights, and models that stand on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sayso.config import DetectorConfig
from sayso.features.presets import EMBEDDING
from sayso.labels import labels_for
from sayso.models.embedding import Embedding
from sayso.models.model import Model, new_model

LABELS = labels_for(["yes", "no"])


def scramble(tensors: dict[str, np.ndarray], seed: int = 1) -> None:
    """Give biases and normalisation other values than those they start with, so that no layer is without effect."""
    rng = np.random.default_rng(seed)
    for name, tensor in tensors.items():
        if name.endswith(("bias", "shift", "mean")):
            tensor += rng.normal(0, 0.1, tensor.shape)
        elif name.endswith(("scale", "variance", "std")):
            tensor *= rng.uniform(0.5, 2, tensor.shape)


def embedding_of(widths: Sequence[int], seed: int = 1) -> Embedding:
    """An embedding with random weights."""
    embedding = Embedding(widths, rng=np.random.default_rng(seed))
    scramble(embedding.tensors, seed)
    return embedding


def model_on_base(network: str, *, seed: int = 1, hop_ms: float = 80.0) -> Model:
    """A model whose base is as wide as Google's; its weights are those that a file of halves can hold."""
    model = new_model("on a base", features=EMBEDDING, labels=LABELS, network=network, seed=seed)
    model.detector = DetectorConfig(hop_ms=hop_ms)
    assert model.network.base is not None
    for name, tensor in embedding_of(model.network.base.widths, seed).tensors.items():
        model.network.base.tensors[name][...] = tensor.astype(np.float16)
    scramble(model.network.without_base().tensors, seed)
    return model
