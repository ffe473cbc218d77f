"""Starting from a model instead of from nothing: fine-tuning it, or teaching it other words from a few recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sayso.arrays import Floats
from sayso.config import DetectorConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.evaluation.metrics import Evaluation, evaluate
from sayso.labels import commands_of, label_of
from sayso.models.heads import HEADS
from sayso.models.model import Model, Provenance, new_model, posteriors_of
from sayso.models.model_file import fill, require_same_features
from sayso.training.trainer import Examples
from sayso.training.vector_dataset import AUGMENT_ON_BASE

# These settings did best in web/models/adaptation.md, which `python3 build adapt-report` writes.
RECIPE = TrainConfig(
    "", learning_rate=1e-3, n_iterations=300, own_share=0.5, other_weight=1.5, silence_weight=0.5, n_scenes=640
)


def adapt_config(settings: Mapping[str, Any]) -> TrainConfig:
    """The recipe for adapting with some of its settings changed; `settings` must name the network.

    Raises
    ------
    SaysoError : `bad_config`
    """
    recipe = RECIPE.to_dict()
    del recipe["network"]
    if settings["network"] in HEADS:
        recipe["augment"] = AUGMENT_ON_BASE.to_dict()
    return TrainConfig.from_dict(recipe | dict(settings))


def adapt(base: Model, dataset: Examples, config: TrainConfig, *, name: str) -> Model:
    """A model of the dataset's labels that starts from what `base` has learnt; give it to `Trainer`.

    Standardisation and body are the base's, and so are the head's weights of the labels that both have. The weights of
    new labels are random, as in a new model: at equal false alarms that did better than the mean embeddings of the
    recordings (Qi et al. 2018, "Low-shot learning with imprinted weights"), which the base has taught to look like
    "other".

    Raises
    ------
    SaysoError : `network_mismatch`, `features_mismatch`
    """
    if config.network != base.network.name:
        raise SaysoError("network_mismatch", f"the settings ask for the network {config.network!r}: the model "
                         f"{base.name!r} is {base.network.name!r}")  # fmt: skip
    require_same_features(base.features, dataset.features)
    model = new_model(name, features=base.features, labels=dataset.labels, network=base.network.name, seed=config.seed)
    network, learnt = model.network, base.network
    if network.base and learnt.base:
        fill(network.base.tensors, learnt.base.tensors)
    fill(network.standardise.state, learnt.standardise.state)
    fill(network.body.parameters | network.body.state, learnt.body.parameters | learnt.body.state)
    fill(network.head.parameters, _head_for(model, base))
    model.detector = _detector_for(model.labels, base)
    model.provenance = Provenance(note=_origin(base))
    return model


def _head_for(model: Model, base: Model) -> dict[str, Floats]:
    """The parameters of the model's head, with those of the base's where both have the label."""
    parameters = {name: parameter.copy() for name, parameter in model.network.head.parameters.items()}
    for name, parameter in parameters.items():
        for i, label in enumerate(model.labels):
            if label in base.labels:
                parameter[..., i] = base.network.head.parameters[name][..., base.labels.index(label)]
    return parameters


def _detector_for(labels: Sequence[str], base: Model) -> DetectorConfig:
    """The base's detector, with the offsets of the commands that both have."""
    if not base.detector.offsets:
        return base.detector
    offsets = dict(zip(commands_of(base.labels), base.detector.offsets, strict=True))
    return dataclasses.replace(base.detector, offsets=tuple(offsets.get(each, 0.0) for each in commands_of(labels)))


def evaluate_before(base: Model, dataset: Examples) -> Evaluation | None:
    """How the base does on the dataset's test set, before it is adapted; None when there is no test set.

    Labels of the base that the dataset does not have count as "other".
    """
    if not dataset.n_test:
        return None
    labels = dataset.labels
    meant = [labels.index(label_of(label, labels)) for label in base.labels]
    to_labels = np.eye(len(labels), dtype=np.float32)[meant]  # (base's labels, dataset's labels)
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    network = base.network.without_base()
    for frames, targets in dataset.test_batches(np.arange(dataset.n_test)):
        confusion += evaluate(posteriors_of(network, frames) @ to_labels, targets, labels).confusion
    return Evaluation(labels, confusion)


def _origin(base: Model) -> str:
    """What the note of an adapted model says of its base."""
    provenance = base.provenance
    taught = f", {provenance.iteration} iterations on audio {provenance.data_hash}" if provenance.data_hash else ""
    return f"Adapted from {base.name!r}{taught}. {provenance.note}".strip()
