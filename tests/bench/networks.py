"""The networks that are raced: what each contestant reads of them, written as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sayso.arrays import Floats
from sayso.features.presets import find_preset
from sayso.models.model import Model, new_model
from sayso.models.model_file import save_model
from sayso.models.networks import ARCHITECTURES, build_network
from sayso.models.plan import is_planned
from sayso.models.safetensors import write_tensors
from sayso.nn.layers import Layer
from sayso.nn.stack import Residual, Stack

from tests.bench.contestant import N_CHECKED, POSTERIORS, Contestant

NETWORKS = ("classic", "compact", "residual")
LABELS = ("yes", "no", "other", "silence")
BATCH = 64
SEED = 4

Plan = list[dict[str, Any]]


def write_race(network: str, folder: Path) -> None:
    """Write the network to `folder`: .model.safetensors, .plan.json, .batch.safetensors and .expected.safetensors.

    Expected is what Sayso computes on the desk, posteriors by the plain forward pass.
    """

    def write(kind: str, tensors: dict[str, Floats]) -> None:
        (folder / f"{network}.{kind}.safetensors").write_bytes(write_tensors(tensors, {}))

    model = _random_model(network)
    (folder / f"{network}.model.safetensors").write_bytes(save_model(model))
    parameters = list(model.network.parameters)
    plan = {"plan": plan_of(model.network.stack), "parameters": parameters, "nLabels": len(LABELS)}
    (folder / f"{network}.plan.json").write_text(json.dumps(plan))
    rng = np.random.default_rng([SEED, 1])
    frames = rng.standard_normal((BATCH, *model.features.image_shape), dtype=np.float32)
    write("batch", {"frames": frames, "targets": rng.integers(len(LABELS), size=BATCH).astype(np.float32)})
    posteriors = {POSTERIORS: model.posteriors(frames[:N_CHECKED])}
    write("expected", Contestant(str(folder), network).results() | posteriors)


def tell_plans() -> Iterator[str]:
    """Tell of every network of the package whether it is planned: if it is, listening recognises a window quickly."""
    for name, architecture in ARCHITECTURES.items():
        shape = find_preset(architecture.preset).image_shape
        planned = is_planned(build_network(name, input_shape=shape, n_labels=len(LABELS), seed=None))
        how = "planned" if planned else "not planned, so that a window takes the whole forward pass"
        yield f"inference of one window, {name}: {how}."


def _random_model(network: str) -> Model:
    """Random weights, and random statistics too, so that nothing multiplies by one or adds zero."""
    features = find_preset(ARCHITECTURES[network].preset)
    model = new_model(network, features=features, labels=LABELS, network=network, seed=SEED)
    rng = np.random.default_rng(SEED)
    for name, tensor in model.network.tensors.items():
        if name.endswith((".scale", ".std", ".variance")):
            tensor[...] = rng.uniform(0.5, 2, tensor.shape)
        elif not name.endswith(".weight"):
            tensor[...] = rng.normal(0, 0.1, tensor.shape)
    return model


def plan_of(stack: Stack, prefix: str = "") -> Plan:
    """The layers of a stack: kind, name (that of its tensors, without their last part), and what is not a tensor."""
    steps: Plan = []
    for name, layer in stack.layers.items():
        step: dict[str, Any] = {"kind": type(layer).__name__, "name": prefix + name, **_settings(layer)}
        if isinstance(layer, Residual):
            step["branch"] = plan_of(layer.branch, f"{prefix}{name}.")
            step["skip"] = plan_of(layer.skip, f"{prefix}{name}.skip.")
        steps.append(step)
    return steps


def _settings(layer: Layer) -> dict[str, int]:
    return {name: getattr(layer, name) for name in ("stride", "pad") if hasattr(layer, name)}
