"""`sayso adapt`: a model learns other words from a few recordings, or is fine-tuned."""

import pytest
from sayso.models.model_file import load_model, save_model

from .desk_files import run, write_words
from .synthetic import wav, word
from .weights_2017 import file_of, random_nodes


@pytest.fixture
def base(tmp_path, tone_model):
    path = tmp_path / "base.safetensors"
    path.write_bytes(save_model(tone_model))
    return path


@pytest.fixture
def own(tmp_path):
    """Three recordings of a word, whose names tell no speaker."""
    for n in range(3):
        path = tmp_path / "own" / "up" / f"{n}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav(word("up", 700 + n)))
    return tmp_path / "own"


def test_a_word_is_learnt_from_three_recordings_and_a_bank(capsys, base, own, tmp_path):
    bank, out = write_words(tmp_path / "bank"), tmp_path / "mine.safetensors"
    code, printed, _ = run(
        capsys, "adapt", "--model", base, "--audio", own, "--bank", bank, "--out", out, "--iterations", 20
    )
    assert code == 0
    model, optimizer = load_model(out.read_bytes())
    assert (model.name, model.labels, optimizer) == ("mine", ("up", "other", "silence"), {})
    assert model.provenance.training.own_share == 0.5
    assert "All 3 of your own recordings are trained on" in printed
    assert "tests the bank's speakers alone" in printed
    before, after = printed.index("before: "), printed.index("after: ")
    assert before < after < printed.index(f"wrote {out}")


def test_commands_and_settings_can_be_chosen(capsys, base, own, tmp_path):
    bank, out = write_words(tmp_path / "bank"), tmp_path / "x.safetensors"
    code, _, _ = run(
        capsys, "adapt", "--model", base, "--audio", own, "--bank", bank, "--out", out, "--commands", "yes", "up",
        "--name", "hers", "--iterations", 2, "--learning-rate", 1e-4, "--seed", 9,
    )  # fmt: skip
    assert code == 0
    model, _ = load_model(out.read_bytes())
    assert (model.name, model.labels) == ("hers", ("yes", "up", "other", "silence"))
    training = model.provenance.training
    assert (training.n_iterations, training.learning_rate, training.seed) == (2, 1e-4, 9)


def test_one_s_own_recordings_alone_are_not_tested_and_that_is_said(capsys, base, own, tmp_path):
    out = tmp_path / "x.safetensors"
    code, printed, _ = run(capsys, "adapt", "--model", base, "--audio", own, "--out", out, "--iterations", 2)
    assert code == 0
    assert "There are no other words" in printed
    assert "nothing is tested" in printed
    assert "before" not in printed


def test_the_weights_of_2017_are_fine_tuned_and_evaluated(capsys, tmp_path):
    (tmp_path / "2017.json").write_bytes(file_of(random_nodes()))
    folder, out = write_words(tmp_path / "words"), tmp_path / "tuned.safetensors"
    code, printed, _ = run(
        capsys, "adapt", "--model", tmp_path / "2017.json", "--audio", folder, "--commands", "yes", "no", "--out", out,
        "--iterations", 2,
    )  # fmt: skip
    assert code == 0
    assert "before: " in printed
    model, _ = load_model(out.read_bytes())
    assert (model.network.name, model.features.preset) == ("classic", "classic-2017")
    assert run(capsys, "evaluate", "--model", out, "--audio", folder)[0] == 0


def test_a_folder_without_recordings_is_refused(capsys, base, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, errors = run(capsys, "adapt", "--model", base, "--audio", tmp_path / "empty", "--out", tmp_path / "x")
    assert code == 1
    assert errors.startswith("sayso: no_clips: ")
