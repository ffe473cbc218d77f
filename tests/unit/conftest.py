"""Training audio made from formulas, prepared once: tests must not change it."""

import sys

import pytest
from sayso.config import TrainConfig
from sayso.features.presets import CLASSIC, COMPACT
from sayso.models.model_file import save_model
from sayso.training.dataset import prepare
from sayso.training.trainer import Trainer

from .desk_files import write_words
from .generators import finish
from .page import SETTINGS, Page, recordings
from .synthetic import words

# These tests need a browser's `js` module, which Pyodide alone has, or SciPy, which Pyodide lacks.
NEED_BROWSER = ["test_session.py", "test_javascript.py"]
NEED_SCIPY = ["test_cli_alarms.py", "test_alarms.py", "test_intervals.py"]
collect_ignore = NEED_SCIPY if sys.platform == "emscripten" else NEED_BROWSER


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


@pytest.fixture
def folder(tmp_path):
    """Tone words by four speakers, one folder a word."""
    return write_words(tmp_path / "words")


@pytest.fixture
def model_file(tmp_path, tone_model):
    path = tmp_path / "tones.safetensors"
    path.write_bytes(save_model(tone_model))
    return path


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def prepared(page):
    page.ask("clips.add_files", files=recordings(n_speakers=3))
    page.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    return page


@pytest.fixture
def trained(prepared):
    prepared.ask("train.run", **SETTINGS | {"network": "classic", "n_iterations": 1, "batch_size": 4})
    return prepared
