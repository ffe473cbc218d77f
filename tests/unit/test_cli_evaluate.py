"""`sayso evaluate`: a model scored on a folder of recordings."""

import json

import numpy as np
import pytest

from .desk_files import run
from .synthetic import noise, wav


def evaluate(capsys, *arguments):
    code, printed, errors = run(capsys, "evaluate", *arguments, "--json")
    assert code == 0, errors
    assert len(printed.splitlines()) == 1
    return json.loads(printed)


def write(folder, name, samples):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(wav(samples))


@pytest.mark.parametrize("option", ["--data", "--audio"])
def test_one_object_tells_the_scores(capsys, folder, model_file, option):
    scores = evaluate(capsys, "--model", model_file, option, folder)
    assert scores["labels"] == ["yes", "no", "other", "silence"]
    assert (scores["n"], scores["accuracy"], scores["balanced_accuracy"]) == (12, 1.0, 1.0)
    assert scores["recall"] == {"yes": 1.0, "no": 1.0, "other": 1.0, "silence": None}
    assert scores["confusion"] == [[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0]]
    assert scores["words"] == {"up": {"n": 4, "taken_for": {"yes": 0, "no": 0, "other": 4, "silence": 0}}}
    assert [point["threshold"] for point in scores["threshold"]["yes"]][::6] == [0.05, 0.35, 0.65, 0.95]
    assert scores["threshold"]["no"][0]["recall"] == 1.0
    assert scores["model"]["network"] == "compact"
    assert scores["rejected"] == []


def test_without_json_it_is_a_table(capsys, folder, model_file):
    (folder / "no").rename(folder / "maybe")
    code, printed, _ = run(capsys, "evaluate", "--model", model_file, "--data", folder)
    assert code == 0
    assert "12 windows, accuracy 0.6667" in printed
    assert "maybe   1.000  of 4: no 4" in printed


def test_every_usable_file_counts_and_what_is_left_out_is_told(capsys, folder, model_file):
    (folder / "README.md").write_text("About these recordings")
    (folder / "LICENSE").write_text("Free")
    (folder / "validation_list.txt").write_bytes(b"\xffyes/s0_nohash_0.wav\n")
    (folder / "empty").mkdir()
    (folder / "yes" / ".hidden.wav").write_bytes(b"")
    write(folder / "other", "a.wav", noise(1))
    write(folder / "silence", "digital.wav", np.zeros(16_000))
    write(folder / "_silence_", "long.wav", noise(2, n_samples=40_000, amplitude=0.001))
    write(folder / "_background_noise_", "hiss.wav", noise(3, n_samples=60_000, amplitude=0.01))
    (folder / "no" / "broken.wav").write_bytes(b"RIFF")
    write(folder / "no", "blip.wav", noise(4, n_samples=500))
    code, printed, errors = run(capsys, "evaluate", "--model", model_file, "--data", folder, "--json")
    scores = json.loads(printed)
    assert code == 0
    assert [sum(row) for row in scores["confusion"]] == [4, 4, 5, 1 + 2 + 3]
    assert scores["n"] == 19
    assert [left["code"] for left in scores["rejected"]] == ["audio_too_short", "audio_undecodable"]
    for name in ("blip.wav: audio_too_short", "broken.wav: audio_undecodable"):
        assert name in errors


def test_silence_alone_can_be_scored(capsys, tmp_path, model_file):
    write(tmp_path / "silence", "a.wav", np.zeros(16_000))
    scores = evaluate(capsys, "--model", model_file, "--data", tmp_path)
    assert scores["n"] == 1


def test_noise_and_gain_are_what_is_asked_for_and_repeat(capsys, folder, tmp_path, model_file):
    write(tmp_path / "street", "a.wav", noise(5, n_samples=100_000))
    asked = ["--model", model_file, "--data", folder, "--noise", tmp_path / "street", "--seed", 3]
    loud, again = (evaluate(capsys, *asked, "--snr-db", -20, "--gain-db", 6) for _ in range(2))
    assert loud == again
    assert (loud["snr_db"], loud["gain_db"], loud["seed"], loud["n"]) == (-20.0, 6.0, 3, 12)
    assert loud["accuracy"] < 1.0
    assert evaluate(capsys, *asked, "--snr-db", 60)["accuracy"] == 1.0


def test_noise_is_the_folder_s_own_unless_given(capsys, folder, model_file):
    write(folder / "_background_noise_", "hiss.wav", noise(3, n_samples=16_000))
    scores = evaluate(capsys, "--model", model_file, "--data", folder, "--snr-db", -30)
    assert scores["accuracy"] < 1.0


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--snr-db", "10"], "no_noise", "_background_noise_"),
        (["--noise", "{}"], "snr_missing", "--snr-db"),
        (["--noise", "{}/none", "--snr-db", "10"], "no_noise", "none"),
        (["--snr-db", "nan"], "bad_config", "--snr-db=nan"),
        (["--gain-db", "1000"], "bad_config", "--gain-db=1000"),
        (["--seed", "-1"], "bad_config", "--seed=-1"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line_that_says_why(capsys, folder, model_file, arguments, code, named):
    asked = [argument.format(folder) for argument in arguments]
    exit_code, printed, errors = run(capsys, "evaluate", "--model", model_file, "--data", folder, *asked, "--json")
    assert (exit_code, printed) == (1, "")
    assert errors.startswith(f"sayso: {code}: ")
    assert named in errors
    assert len(errors.splitlines()) == 1
