"""The models that ship with the page: they load as they are, and know silence when they hear it."""

import json
from pathlib import Path

import numpy as np
import pytest
from sayso.features.log_mel import log_mel
from sayso.models.model_file import load_model

MODELS = Path(__file__).parents[2] / "web" / "models"
INDEX = json.loads((MODELS / "index.json").read_text())


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["file"])
def test_a_shipped_model_loads_and_hears_nothing_in_silence(entry):
    model, optimizer = load_model((MODELS / entry["file"]).read_bytes())
    assert optimizer == {}
    assert model.labels == ("yes", "no", "other", "silence")
    silence = np.zeros(model.features.clip_samples, np.float32)
    frames = log_mel(silence, config=model.features)[:: model.features.frame_step]
    (posteriors,) = model.posteriors(frames[None])
    assert model.labels[int(posteriors.argmax())] == "silence"


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["file"])
def test_a_shipped_model_is_planned_so_that_listening_is_quick(entry):
    model, _ = load_model((MODELS / entry["file"]).read_bytes())
    assert model.card()["planned"]


@pytest.mark.parametrize("entry", INDEX, ids=lambda entry: entry["file"])
def test_a_shipped_model_has_its_card(entry):
    assert (MODELS / entry["card"]).is_file()
