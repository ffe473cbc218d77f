"""`sayso stream` and `sayso synth-stream`: what is recognised in a recording, against what is said in it."""

import json

import numpy as np
import pytest
from sayso.audio.wav import read_wav

from .desk_files import run
from .synthetic import noise, wav, word


@pytest.fixture
def recording(tmp_path):
    parts = [noise(1, amplitude=0.003), word("yes", 77_001), noise(2, amplitude=0.003), word("no", 77_002)]
    (tmp_path / "a.wav").write_bytes(wav(np.concatenate([*parts, noise(3, amplitude=0.003)])))
    return tmp_path / "a.wav"


def printed_by(capsys, *arguments):
    code, printed, errors = run(capsys, *arguments)
    assert code == 0, errors
    return printed


def test_stream_finds_the_words_of_a_recording(capsys, model_file, recording):
    asked = ["stream", "--model", model_file, "--audio", recording]
    found = json.loads(printed_by(capsys, *asked, "--json"))
    assert found["duration_s"] == 5.0
    assert [detection["label"] for detection in found["detections"]] == ["yes", "no"]
    assert all(set(detection) == {"time_s", "label", "confidence"} for detection in found["detections"])
    assert [line.split()[-1] for line in printed_by(capsys, *asked).splitlines()] == ["yes", "no"]


def test_stream_scores_against_the_truth(capsys, model_file, recording, tmp_path):
    (tmp_path / "a.csv").write_text("start_s,end_s,label\n1.2,1.8,yes\n3.2,3.8,up\n4.5,4.9,no\n")
    asked = ["stream", "--model", model_file, "--audio", recording, "--truth", tmp_path / "a.csv"]
    score = json.loads(printed_by(capsys, *asked, "--json"))
    assert {name: score[name] for name in ("n_commands", "hits", "misses", "swaps", "false_alarms", "miss_rate")} == {
        "n_commands": 2, "hits": 1, "misses": 1, "swaps": 0, "false_alarms": 1, "miss_rate": 0.5,
    }  # fmt: skip
    assert score["false_alarms_per_hour"] == 720.0
    assert score["delay_s"]["median"] == pytest.approx(score["detections"][0]["time_s"] - 1.8)
    assert [(found["outcome"], found["said"]) for found in score["detections"]] == [
        ("hit", "yes"),
        ("false alarm", "up"),
    ]
    assert score["missed"] == [{"start_s": 4.5, "end_s": 4.9, "label": "no", "word": "", "speaker": ""}]
    assert set(score["at_false_alarms_per_hour"]) == {"40", "10", "0.5"}
    assert {"threshold", "miss_rate", "false_alarms_per_hour", "swaps"} == set(score["operating_points"][0])
    table = printed_by(capsys, *asked)
    assert "2 commands in 5.0 s: 1 hits, 1 misses, 0 swaps, 1 false alarms (720.0 an hour)" in table
    assert "false alarm (up was said)" in table


def synth(capsys, folder, street, out, *more):
    asked = ["--data", folder, "--noise", street, "--minutes", 2, "--snr-db", 20, "--out", out, "--json"]
    return json.loads(printed_by(capsys, "synth-stream", *asked, *more))


@pytest.fixture
def street(tmp_path):
    (tmp_path / "street").mkdir()
    (tmp_path / "street" / "a.wav").write_bytes(wav(noise(5, n_samples=100_000)))
    return tmp_path / "street"


def test_a_stream_that_was_made_is_scored(capsys, folder, street, model_file, tmp_path):
    summary = synth(capsys, folder, street, tmp_path / "made.wav", "--snr-max-db", 30)
    assert (summary["audio"], summary["truth"]) == (str(tmp_path / "made.wav"), str(tmp_path / "made.csv"))
    assert (summary["duration_s"], summary["n_commands"], summary["n_others"]) == (120.0, 8, 23)
    asked = ["--model", model_file, "--audio", tmp_path / "made.wav", "--truth", tmp_path / "made.csv", "--json"]
    score = json.loads(printed_by(capsys, "stream", *asked))
    assert score["n_commands"] == 8
    assert score["hits"] >= 6


def test_the_same_seed_writes_the_same_bytes(capsys, folder, street, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        synth(capsys, folder, street, tmp_path / f"{name}.wav", "--seed", seed)
    for suffix in (".wav", ".csv"):
        first, again, other = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "abc")
        assert first == again != other


def test_the_test_part_has_test_speakers_only(capsys, folder, street, tmp_path):
    (folder / "validation_list.txt").write_text("yes/s2_nohash_0.wav\n")
    synth(capsys, folder, street, tmp_path / "a.wav", "--part", "test")
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert rows[0] == "start_s,end_s,label,word,speaker"
    assert {row.split(",")[-1] for row in rows[1:]} == {"s2"}


def test_background_alone(capsys, folder, street, tmp_path):
    none = ["--commands-per-hour", 0, "--others-per-hour", 0]
    summary = synth(capsys, folder, street, tmp_path / "a.wav", *none)
    assert (summary["n_commands"], summary["n_others"]) == (0, 0)
    samples, rate_hz = read_wav((tmp_path / "a.wav").read_bytes())
    assert (samples.size, rate_hz) == (120 * 16_000, 16_000)
    assert np.abs(samples).max() > 0.01


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["stream", "--truth", "{}/none.csv"], "file_unreadable", "none.csv"),
        (["stream", "--truth", "{}/a.wav"], "bad_truth", "a.wav"),
        (["stream", "--truth", "{}/bad.csv"], "bad_truth", "bad.csv: line 2: start_s 'soon'"),
        (["stream", "--truth", "{}/late.csv"], "bad_truth", "late.csv: line 1: start_s 700"),
        (["stream", "--audio", "{}/none.wav"], "file_unreadable", "none.wav"),
        (["stream", "--audio", "{}/empty.wav"], "audio_empty", "0 samples"),
        (["synth-stream", "--minutes", "0.03", "--out", "{}/x.wav"], "stream_too_short", "0.03 minutes"),
        (["synth-stream", "--minutes", "1", "--out", "{}/none/x.wav"], "file_unreadable", "none"),
        (["synth-stream", "--minutes", "1", "--out", "{}/x.csv"], "bad_config", "x.csv"),
        (["synth-stream", "--minutes", "1", "--out", "{}/x.wav", "--commands", "maybe"], "label_empty", "maybe"),
        (["synth-stream", "--minutes", "1", "--out", "{}/x.wav", "--noise", "{}/none"], "no_noise", "none"),
    ],
)
def test_errors_are_one_line(capsys, folder, street, model_file, recording, tmp_path, arguments, code, named):
    (tmp_path / "bad.csv").write_text("start_s,label\nsoon,yes\n")
    (tmp_path / "empty.wav").write_bytes(wav(np.zeros(0)))
    (tmp_path / "late.csv").write_text("700,yes\n")
    command, *asked = [argument.format(tmp_path) for argument in arguments]
    needed = {
        "stream": ["--model", model_file, "--audio", recording],
        "synth-stream": ["--data", folder, "--noise", street, "--snr-db", 10, "--commands-per-hour", 600],
    }
    exit_code, printed, errors = run(capsys, command, *needed[command], *asked)
    assert (exit_code, printed) == (1, "")
    assert errors.startswith(f"sayso: {code}: ")
    assert named in errors
    assert len(errors.splitlines()) == 1
