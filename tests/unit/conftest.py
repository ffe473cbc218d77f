"""Training audio made from formulas, prepared once: tests must not change it."""

import pytest
from sayso.dataset import prepare
from sayso.presets import CLASSIC, COMPACT

from .generators import finish
from .synthetic import words


@pytest.fixture(scope="session")
def compact_dataset():
    return finish(prepare(words(), features=COMPACT, commands=("yes", "no")))[1]


@pytest.fixture(scope="session")
def classic_dataset():
    return finish(prepare(words(), features=CLASSIC, commands=("yes", "no")))[1]
