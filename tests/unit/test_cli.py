"""The desk's commands: train, evaluate, stream, features, and errors on standard error."""

import json

import numpy as np
import pytest
from sayso.audio import read_wav
from sayso.cli import main
from sayso.features import log_mel
from sayso.presets import PRESETS
from sayso.resample import resample
from sayso.weights import load_model, save_model

from .synthetic import noise, tone, wav, word


@pytest.fixture
def folder(tmp_path):
    """A folder of tone words by four speakers."""
    for speaker in range(4):
        for i, name in enumerate(("yes", "no", "up")):
            path = tmp_path / "words" / name / f"s{speaker}_nohash_0.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav(word(name, 100 * speaker + i)))
    return tmp_path / "words"


@pytest.fixture
def model_file(tmp_path, tone_model):
    path = tmp_path / "tones.safetensors"
    path.write_bytes(save_model(tone_model))
    return path


def run(capsys, *arguments):
    """Exit code, standard output, standard error."""
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


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


def test_evaluate_counts_as_json_and_as_a_table(capsys, folder, model_file):
    code, printed, _ = run(capsys, "evaluate", "--model", model_file, "--audio", folder, "--json")
    scores = json.loads(printed)
    assert code == 0
    assert scores["n"] == 12
    assert scores["accuracy"] == 1.0
    code, printed, _ = run(capsys, "evaluate", "--model", model_file, "--audio", folder)
    assert "12 windows, accuracy 1.0000" in printed


def test_stream_finds_the_words_of_a_recording(capsys, model_file, tmp_path):
    recording = [noise(1, amplitude=0.003), word("yes", 77_001), noise(2, amplitude=0.003), word("no", 77_002)]
    (tmp_path / "a.wav").write_bytes(wav(np.concatenate([*recording, noise(3, amplitude=0.003)])))
    code, printed, _ = run(capsys, "stream", "--model", model_file, "--audio", tmp_path / "a.wav", "--json")
    found = json.loads(printed)
    assert code == 0
    assert found["duration_s"] == 5.0
    assert [detection["label"] for detection in found["detections"]] == ["yes", "no"]


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
