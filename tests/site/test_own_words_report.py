"""The report on heads: whose recordings it takes, what it counts, and the page it writes of a few synthetic words."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from reports.own_words import OTHER_SHARES, Windows, draw_examples, recalls
from sayso.models.embedding import Embedding
from sayso.models.embedding_file import write_embedding

from ..unit.synthetic import noise, tone, wav

ROOT = Path(__file__).parents[2]
PAIR = ("left", "right")


class FirstValues:
    """A network whose logits are what the first vector of each window holds."""

    def forward(self, vectors):
        return vectors[:, 0]


def windows_of(*said):
    """Windows of (speaker, word, logits of left, of right and of other)."""
    speakers, words, logits = zip(*said, strict=True)
    return Windows(np.array(logits, np.float32)[:, None], np.array(words), np.array(speakers))


@pytest.mark.parametrize(("n", "givers"), [(2, {"ann"}), (4, {"ann", "bob"}), (6, {"ann", "bob", "cy"})])
def test_examples_are_of_as_few_people_as_it_takes_and_exactly_as_many_as_asked_for(n, givers):
    takes = {"cy": 1, "ann": 3, "bob": 2}
    said = [(who, each, [0, 0, 0]) for who, n_takes in takes.items() for each in PAIR for _ in range(n_takes)]
    windows = windows_of(*said)
    examples = draw_examples(windows, PAIR, n, np.random.default_rng(0))
    for each in PAIR:
        assert len(set(examples[each].tolist())) == n
        assert set(windows.words[examples[each]]) == {each}
        assert set(windows.speakers[examples[each]]) == givers


def test_examples_that_are_not_to_be_had_are_told():
    with pytest.raises(SystemExit, match=r"1 recordings of 'right'.*expected 2"):
        draw_examples(
            windows_of(*[("ann", each, [0, 0, 0]) for each in ("left", "left", "right")]), PAIR, 2,
            np.random.default_rng(0),
        )  # fmt: skip


def test_recall_is_of_strangers_above_what_a_share_of_their_other_words_reaches():
    others = [("bob", "cat", [i, 0, 0]) for i in range(101)]  # the top 1, 3 and 5 % are ahead by more than 99, 97, 95
    ours = [("cy", "left", [ahead, 0, 0]) for ahead in (94, 96, 98, 99.5)]
    theirs = [("cy", "right", [0, 100, 0]), ("cy", "right", [100, 0, 0])]
    givers = [("ann", "left", [0, 0, 0]), ("ann", "cat", [1000, 0, 0])]
    thresholds, found = recalls(FirstValues(), windows_of(*others, *ours, *theirs, *givers), PAIR, {"ann"})
    assert thresholds.tolist() == pytest.approx([99, 97, 95])
    assert found.tolist() == pytest.approx([(left + 0.5) / 2 for left in (0.25, 0.5, 0.75)])
    _, kept = recalls(FirstValues(), windows_of(*others, *ours, *theirs), PAIR, (), np.zeros(len(OTHER_SHARES)))
    assert kept.tolist() == pytest.approx([0.75] * 3)


def test_the_page_tells_of_every_head_and_what_was_said(tmp_path):
    lists = []
    for i, name in enumerate(("left", "right", "go", "stop", "off", "cat", "dog"), start=1):
        for speaker in range(7):
            for take in range(3):
                path = tmp_path / "words" / name / f"s{speaker}_nohash_{take}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(wav(tone(300.0 * i) + noise(10 * speaker + take)))
                lists += [f"{name}/{path.name}"] if speaker else []
    (tmp_path / "words" / "validation_list.txt").write_text("\n".join(lists))
    hiss = tmp_path / "words" / "_background_noise_" / "hiss.wav"
    hiss.parent.mkdir()
    hiss.write_bytes(wav(noise(0, n_samples=160_000)))
    base, page = tmp_path / "base.safetensors", tmp_path / "page.md"
    base.write_bytes(write_embedding(Embedding((4, 4, 4, 4, 6), rng=np.random.default_rng(0)), {}))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "py"), str(ROOT / "build")))}
    command = [sys.executable, "-m", "reports.own_words", "--base", base, "--audio", tmp_path / "words", "--out", page]
    finished = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    assert "cat 18, dog 18" in text
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    assert [row[:2] for row in rows[2:]] == [[head, n] for head in ("prototypes", "logistic regression")
                                             for n in ("3", "5", "10")]  # fmt: skip
    assert {len(row) for row in rows} == {2 + 2 * len(OTHER_SHARES)}
