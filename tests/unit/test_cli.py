"""The desk: `sayso train`, `sayso features`, and errors on standard error."""

import numpy as np
import pytest
from sayso.audio.resample import resample
from sayso.audio.wav import read_wav
from sayso.features.log_mel import log_mel
from sayso.features.presets import PRESETS
from sayso.models.model_file import load_model

from .desk_files import run
from .synthetic import tone, wav


def test_train_writes_a_model_with_its_note(capsys, folder, tmp_path):
    out = tmp_path / "mine.safetensors"
    code, printed, _ = run(
        capsys, "train", "--audio", folder, "--out", out, "--network", "classic", "--iterations", 2, "--batch-size", 4,
        "--note", "made of tones",
    )  # fmt: skip
    assert code == 0
    assert f"wrote {out}" in printed
    model, optimizer = load_model(out.read_bytes())
    assert (model.name, model.network.name, model.provenance.note) == ("mine", "classic", "made of tones")
    assert model.provenance.iteration == 2
    assert optimizer == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_features_writes_the_frames_of_any_preset_at_its_own_rate(capsys, tmp_path, preset):
    content, config = wav(tone(440.0)), PRESETS[preset]
    (tmp_path / "a.wav").write_bytes(content)
    out = tmp_path / "a.npy"
    code, _, _ = run(capsys, "features", "--preset", preset, "--audio", tmp_path / "a.wav", "--out", out)
    assert code == 0
    samples = resample(read_wav(content)[0], from_hz=16_000, to_hz=config.sample_rate_hz)
    assert np.array_equal(np.load(out), log_mel(samples, config=config))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["evaluate", "--model", "{}/none", "--audio", "{}"], "file_unreadable"),
        (["evaluate", "--model", "{}/text", "--audio", "{}"], "file_not_safetensors"),
        (["stream", "--model", "{}/text", "--audio", "{}/none.wav"], "file_unreadable"),
        (["train", "--audio", "{}", "--out", "{}/x"], "no_clips"),
    ],
)
def test_errors_are_one_line_with_their_code_and_an_exit_code(capsys, tmp_path, arguments, code):
    (tmp_path / "text").write_text("a text, not a model file")
    exit_code, printed, errors = run(capsys, *(argument.format(tmp_path) for argument in arguments))
    assert exit_code == 1
    assert printed == ""
    assert errors.startswith(f"sayso: {code}: ")
    assert len(errors.splitlines()) == 1
