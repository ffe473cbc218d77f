"""The comparison of networks, on a handful of synthetic words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..unit.synthetic import wav, word

ROOT = Path(__file__).parents[2]


@pytest.fixture
def recordings(tmp_path):
    for name in ("yes", "no", "up"):
        for speaker in range(8):
            path = tmp_path / "words" / name / f"s{speaker}_nohash_0.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav(word(name, speaker)))
    return tmp_path / "words"


def compare(*arguments):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "py"), str(ROOT / "build")))}
    command = [sys.executable, "-m", "reports.compare", *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_the_networks_are_compared_in_one_table(recordings, tmp_path):
    page = tmp_path / "networks.md"
    options = ("--networks", "cnn-one-fstride4", "compact", "--iterations", 2, "--out", page)
    finished = compare("--audio", recordings, *options)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout in page.read_text()
    header, rule, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in finished.stdout.splitlines())
    assert header[7:11] == ["yes", "no", "other", "silence"]
    assert {len(header)} == {len(row) for row in (rule, *rows)}
    by_name = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_name.keys() == {"cnn-one-fstride4", "compact"}
    assert by_name["compact"]["features"] == "compact"
    assert by_name["cnn-one-fstride4"]["multiply-adds"] == "503,104"
    assert all(float(row["ms a window"]) > 0 for row in by_name.values())
    balanced = [float(row["balanced accuracy"]) for row in by_name.values()]
    assert balanced == sorted(balanced, reverse=True)
    assert '"Other" are clips of these words: up 2.' in page.read_text()


def test_a_comparison_says_what_failed(tmp_path):
    finished = compare("--audio", tmp_path / "nowhere", "--networks", "compact", "--out", tmp_path / "networks.md")
    assert finished.returncode == 1
    assert "nowhere" in finished.stderr
    assert "The network compact: sayso train failed" in finished.stderr
