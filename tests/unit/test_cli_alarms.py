"""`sayso alarms`: false alarms in folders of recordings, and commands missed among single words."""

import json
import sys

import numpy as np
import pytest
from sayso.evaluation.stream_score import OPERATING_THRESHOLDS

from .desk_files import run
from .synthetic import noise, wav, word


@pytest.fixture
def streams(tmp_path):
    """Sound of two kinds, one of them two folders down, and a recording beside the kinds."""
    spoken = np.concatenate(
        [noise(1, amplitude=0.003), word("yes", 77_001), noise(2, n_samples=32_000, amplitude=0.003)]
    )
    for name, samples in (("talk/one/a.wav", spoken), ("talk/two/b.wav", spoken), ("hiss/a.wav", noise(3)),
                          ("loose.wav", noise(4, n_samples=32_000))):  # fmt: skip
        path = tmp_path / "streams" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav(samples))
    (tmp_path / "streams" / "README.md").write_text("About these recordings")
    return tmp_path / "streams"


@pytest.fixture
def alarms(capsys, model_file, streams):
    def ask(*arguments):
        code, printed, errors = run(capsys, "alarms", "--model", model_file, "--audio", streams, *arguments)
        assert code == 0, errors
        return printed, errors

    return ask


def test_false_alarms_are_told_by_the_first_folder(alarms):
    printed, errors = alarms("--json")
    assert (len(printed.splitlines()), errors) == (1, "")
    result = json.loads(printed)
    assert result.keys() == {"model", "part", "confidence", "quiet", "at_threshold", "curve", "rejected"}
    kinds = result["at_threshold"]["false_alarms"]["kinds"]
    assert {kind: (row["n_recordings"], row["n"]) for kind, row in kinds.items()} == {
        "talk": (2, 2), "hiss": (1, 0), "streams": (1, 0),
    }  # fmt: skip
    low, high = kinds["talk"]["interval"]
    assert kinds["talk"]["per_hour"] == pytest.approx(2 * 3600 / 8)
    assert low < kinds["talk"]["per_hour"] < high
    assert kinds["talk"]["commands"]["yes"]["n"] == 2
    assert result["at_threshold"]["threshold"] == result["model"]["detector"]["threshold"]
    assert {*OPERATING_THRESHOLDS} <= {point["threshold"] for point in result["curve"]}
    assert (result["at_threshold"]["words"], result["confidence"], result["rejected"]) == (None, 0.95, [])


def test_commands_among_words_are_told_as_missed_or_not(alarms, folder):
    (folder / "no" / "s3_nohash_0.wav").write_bytes((folder / "up" / "s3_nohash_0.wav").read_bytes())
    result = json.loads(alarms("--words", folder, "--json")[0])
    words = result["at_threshold"]["words"]
    counts = {command: (row["n"], row["missed"]) for command, row in words["commands"].items()}
    assert counts == {"yes": (4, 0), "no": (4, 1)}
    assert words["total"]["miss_rate"] == 1 / 8
    assert result["quiet"] == {"before_s": 2.0, "after_s": 2.0, "level_dbfs": -70.0}


def test_the_test_part_has_listed_speakers_only(alarms, folder):
    (folder / "validation_list.txt").write_text("yes/s2_nohash_0.wav\n")
    result = json.loads(alarms("--words", folder, "--part", "test", "--json")[0])
    assert result["at_threshold"]["words"]["total"]["n"] == 2
    assert result["part"] == "test"


def test_without_json_it_is_a_table(alarms, folder):
    (folder / "no").rename(folder / "maybe")
    printed, _ = alarms("--words", folder)
    lines = printed.splitlines()
    assert lines[0] == "false alarms at the threshold 0.6, with 95 % intervals"
    assert "  900.0 (109.0 to 3251.1)  yes 900.0, no 0.0" in next(line for line in lines if line.startswith("talk"))
    assert "0 of 4" in next(line for line in lines if line.startswith("yes"))
    assert "no recordings" in next(line for line in lines if line.startswith("no "))
    assert lines[-1].split()[0] == "0.999"
    assert len({len(line) for line in lines[-13:]}) == 1
    assert "missed" not in alarms()[0]


def test_what_cannot_be_used_is_left_out_and_told(alarms, streams, folder):
    (streams / "hiss" / "blip.wav").write_bytes(wav(noise(5, n_samples=8_000)))
    (streams / "hiss" / "broken.wav").write_bytes(b"RIFF")
    (folder / "yes" / "silent.wav").write_bytes(wav(np.zeros(16_000)))
    printed, errors = alarms("--words", folder, "--json")
    result = json.loads(printed)
    assert [each["code"] for each in result["rejected"]] == ["audio_too_short", "audio_undecodable", "audio_silent"]
    assert result["at_threshold"]["false_alarms"]["kinds"]["hiss"]["n_recordings"] == 1
    assert result["at_threshold"]["words"]["commands"]["yes"]["n"] == 4
    for name in ("blip.wav: audio_too_short", "broken.wav: audio_undecodable", "silent.wav: audio_silent"):
        assert name in errors


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--audio", "{}/none"], "file_unreadable", "none is not there"),
        (["--audio", "{}/empty"], "no_clips", "empty: expected recordings"),
        (["--audio", "{}/short"], "no_clips", "audio_too_short: 0.50 s"),
        (["--words", "{}/none"], "file_unreadable", "none is not there"),
        (["--words", "{}/empty"], "no_clips", "empty: expected folders of recordings"),
        (["--words", "{}/streams"], "label_empty", "0 recordings of yes, no"),
        (["--words", "{}/silent"], "no_clips", "none of 1 recordings can be used, the first by audio_silent"),
        (["--words", "{}/silent", "--part", "test"], "no_clips", "by test speakers"),
    ],
)
def test_errors_are_one_line(capsys, streams, model_file, tmp_path, arguments, code, named):
    for name in ("empty", "short", "silent/yes"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "empty" / "README.md").write_text("Nothing here")
    (tmp_path / "short" / "a.wav").write_bytes(wav(noise(5, n_samples=8_000)))
    (tmp_path / "silent" / "yes" / "a.wav").write_bytes(wav(np.zeros(16_000)))
    asked = [argument.format(tmp_path) for argument in arguments]
    exit_code, printed, errors = run(capsys, "alarms", "--model", model_file, "--audio", streams, *asked)
    assert (exit_code, printed) == (1, "")
    assert errors.startswith(f"sayso: {code}: ")
    assert named in errors
    assert len(errors.splitlines()) == 1


def test_without_scipy_nothing_is_heard(capsys, monkeypatch, streams, model_file):
    monkeypatch.setitem(sys.modules, "scipy", None)
    code, printed, errors = run(capsys, "alarms", "--model", model_file, "--audio", streams)
    assert (code, printed) == (1, "")
    assert errors.startswith("sayso: scipy_missing: ")
