"""Training audio made from formulas, prepared once: tests must not change it."""

import sys

import pytest
from sayso.config import TrainConfig
from sayso.dataset import prepare
from sayso.presets import CLASSIC, COMPACT
from sayso.trainer import Trainer

from .generators import finish
from .synthetic import words

collect_ignore = [] if sys.platform == "emscripten" else ["test_session.py"]  # its subject imports `js`


@pytest.fixture(scope="session")
def compact_dataset():
    return finish(prepare(words(), features=COMPACT, commands=("yes", "no")))[1]


@pytest.fixture(scope="session")
def classic_dataset():
    return finish(prepare(words(), features=CLASSIC, commands=("yes", "no")))[1]


@pytest.fixture(scope="session")
def tone_model(compact_dataset):
    """A model that tells the two-tone words apart."""
    trainer = Trainer(compact_dataset, TrainConfig("compact", n_iterations=60, batch_size=32, evaluate_every=60))
    *_, last = trainer.run()
    assert last.accuracy >= 0.95
    return trainer.model
