"""What there is to choose from, as the page is told when Python is up."""

from __future__ import annotations

import functools
import platform
from typing import Any

import numpy as np

from sayso import __version__
from sayso.config import TrainConfig
from sayso.data.clips import CLIP_RATE_HZ
from sayso.features.presets import DESCRIPTIONS, PRESETS
from sayso.labels import labels_for
from sayso.models.networks import ARCHITECTURES, Architecture, build_network
from sayso.training.adapt import RECIPE

DEFAULT_COMMANDS = ("yes", "no")
DEFAULT_NETWORK = "compact"
DEFAULT_FEATURES = PRESETS[ARCHITECTURES[DEFAULT_NETWORK].preset]
SETTINGS = ("network", "optimizer", "learning_rate", "batch_size", "n_iterations", "seed")
"""Settings of a training that the page can change."""


@functools.cache  # cached, because it builds every network to count its parameters
def introduction() -> dict[str, Any]:
    """What boot.ready tells the page: versions, what there is to choose from, and sensible choices."""
    return {
        "versions": {"sayso": __version__, "numpy": np.__version__, "python": platform.python_version()},
        "presets": [
            {"name": name, "title": DESCRIPTIONS[name][0], "description": DESCRIPTIONS[name][1]}
            for name, features in PRESETS.items()
            # Clips hold nothing above half their rate, a microphone does: at a higher rate the two would differ.
            if features.sample_rate_hz == CLIP_RATE_HZ
        ],
        "networks": [_introduce(architecture) for architecture in ARCHITECTURES.values()],
        "defaults": {
            "commands": list(DEFAULT_COMMANDS),
            "network": DEFAULT_NETWORK,
            "preset": DEFAULT_FEATURES.preset,
            "settings": {name: _settings(architecture) for name, architecture in ARCHITECTURES.items()},
            "adapt": {name: getattr(RECIPE, name) for name in SETTINGS if name != "network"},
        },
    }


def _introduce(architecture: Architecture) -> dict[str, Any]:
    shape = PRESETS[architecture.preset].image_shape
    network = build_network(architecture.name, input_shape=shape, n_labels=len(labels_for(DEFAULT_COMMANDS)), seed=0)
    return {
        "name": architecture.name,
        "title": architecture.title,
        "description": architecture.description,
        "preset": architecture.preset,
        "n_parameters": network.n_parameters,
        "n_multiply_adds": network.n_multiply_adds,
    }


def _settings(architecture: Architecture) -> dict[str, Any]:
    config = TrainConfig(
        architecture.name, learning_rate=architecture.learning_rate, n_iterations=architecture.n_iterations
    )
    return {name: getattr(config, name) for name in SETTINGS}
