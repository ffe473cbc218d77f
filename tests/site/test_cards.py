"""What reports say of recordings: the words they scored, and whom attribution is owed to."""

import pytest
from engine.console import BuildError
from reports.cards import write_card
from reports.recordings import attribution_of, words_in

LABELS = ["yes", "no", "other", "silence"]


@pytest.fixture
def recordings(tmp_path):
    for name in (
        "yes/0a1b2c3d_nohash_0.flac", "go/google-go0_nohash_0.wav", "two/fsdd-ann_nohash_1.flac",
        "_background_noise_/tap.flac",
    ):  # fmt: skip
        path = tmp_path / "words" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "words" / "validation_list.txt").touch()
    return tmp_path / "words"


def scores_of(words):
    """What is collected of one seed, with these other words, all taken for "no"."""
    clean = {
        "model": {
            "labels": LABELS, "network": "compact", "preset": "compact", "n_parameters": 1, "n_multiply_adds": 2,
            "detector": {"threshold": 0.5, "offsets": None, "smoothing_ms": 300},
        },
        "labels": LABELS, "n": 14 + sum(words.values()), "balanced_accuracy": 0.5, "recall": dict.fromkeys(LABELS, 0.5),
        "confusion": [[5, 0, 0, 0], [0, 6, 0, 0], [0, sum(words.values()), 0, 0], [0, 0, 0, 3]],
        "words": {word: {"n": n, "taken_for": {"no": n}} for word, n in words.items()},
    }  # fmt: skip
    dense = {
        "miss_rate": 0.1, "false_alarms_per_hour": 1.0, "delay_s": {"median": 0.0},
        "at_false_alarms_per_hour": dict.fromkeys(("40", "10", "0.5")),
    }  # fmt: skip
    background = {"detections": [], "duration_s": 3600}
    return {"seed": 1, "clean": clean, "noisy": clean, "dense": dense, "background": background}


def card(path, words):
    write_card(path, file="m", recipe="", attribution="Ann", words=["go", "no"], scores=[scores_of(words)])
    return " ".join(path.read_text().split())


def test_a_card_names_the_words_it_was_trained_and_scored_on(tmp_path):
    text = card(tmp_path / "m.md", {"down": 2, "go": 7})
    assert "The recordings are of 2 words: go, no." in text
    assert "on 23 clips; " in text
    assert "The clips are yes 5, no 6, other 9, silence 3;" in text
    assert "clips of these words: down 2, go 7." in text
    assert '"go" has 7 clips' in text


def test_a_card_is_not_written_without_the_word_it_tells_of(tmp_path):
    with pytest.raises(BuildError, match=r'No clip of "go" was scored.*there are down'):
        card(tmp_path / "m.md", {"down": 2})
    assert not (tmp_path / "m.md").exists()


def test_words_and_collections_are_told_by_the_files_names(recordings):
    assert words_in(recordings) == ["go", "two", "yes"]
    assert attribution_of(recordings) == (
        "Speech Commands by Pete Warden (arXiv:1804.03209), CC BY 4.0; free-spoken-digit-dataset, CC BY-SA 4.0"
    )


def test_recordings_of_a_collection_that_is_not_known_are_refused_by_name(recordings):
    (recordings / "two" / "ann-0_nohash_0.flac").touch()
    with pytest.raises(BuildError, match=r"ann-0_nohash_0\.flac: expected a file of mycroft, .* or Speech Commands"):
        attribution_of(recordings)
