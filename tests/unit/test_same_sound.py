"""A word that sounds as a command does counts as that command in training, in every score and in streams made of clips.

"know" is recorded here with the sound of "no": only the folder's name is another.
"""

import itertools
import json

import numpy as np
import pytest
from sayso.data.clips import CLIP_RATE_HZ, ClipSet
from sayso.evaluation.clip_score import judge
from sayso.evaluation.stream_score import score_stream
from sayso.evaluation.synth_stream import StreamConfig, synth_stream
from sayso.evaluation.truth import Event
from sayso.evaluation.tuning import choose_detector
from sayso.features.presets import CLASSIC, COMPACT
from sayso.labels import OTHER, SAME_SOUND, label_of
from sayso.listening.detector import Detection
from sayso.listening.replay import Heard
from sayso.training.adapt import evaluate_before
from sayso.training.dataset import prepare

from .desk_files import run, write_words
from .errors import refused
from .generators import finish
from .synthetic import noise, wav, word, words

COMMANDS = ("yes", "no")


@pytest.fixture
def clips():
    """Clips of "yes", of "know" and of "up", and none of "no"."""
    return renamed(words(n_speakers=4, n_each=1))


def renamed(clips):
    found = ClipSet()
    for clip in clips.clips:
        name = "know" if clip.word == "no" else clip.word
        found.add(clip.samples, rate_hz=CLIP_RATE_HZ, word=name, speaker=clip.speaker, path=name)
    return found


@pytest.fixture
def folder(tmp_path):
    """The same as files; "know" has a folder of its own, and "no" has none."""
    write_words(tmp_path / "words")
    return (tmp_path / "words" / "no").rename(tmp_path / "words" / "know").parent


def test_no_word_is_in_two_groups_so_that_it_has_one_sound():
    every = list(itertools.chain.from_iterable(SAME_SOUND))
    assert len(every) == len(set(every))


def test_a_command_s_own_clips_come_before_those_of_its_homophone():
    assert [label_of(name, ("know", "no")) for name in ("no", "know", " No ", "up")] == ["no", "know", "no", OTHER]


def test_training_takes_it_for_the_command_even_where_the_command_has_no_folder(clips):
    dataset = finish(prepare(clips, features=CLASSIC, commands=COMMANDS))[1]
    labels = {clip.word: dataset.labels[target] for clip, target in zip(dataset.clips, dataset.targets, strict=True)}
    assert labels == {"yes": "yes", "know": "no", "up": "other"}


def test_a_command_that_nothing_sounds_like_has_no_clips(clips):
    with refused("label_empty", "'go'", "know, up, yes"):
        finish(prepare(clips, features=CLASSIC, commands=("yes", "go")))


def test_a_model_before_its_adaptation_is_scored_on_it_too(tone_model):
    dataset = finish(prepare(renamed(words(n_speakers=8)), features=COMPACT, commands=("know", "up")))[1]
    row = evaluate_before(tone_model, dataset).confusion[dataset.labels.index("know")]
    assert row.tolist() == [row.sum(), 0, 0, 0]  # the base says "no", which is what a "know" sounds like
    assert row.sum() > 0


def test_clips_of_it_are_judged_as_the_command(tone_model, clips):
    judgement = judge(tone_model, clips, part="all")
    assert judgement.evaluation.confusion.tolist() == [[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0], [0, 0, 0, 0]]
    assert list(judgement.other_words()) == ["up"]


def test_evaluate_finds_no_false_command_in_it(capsys, folder, model_file):
    code, printed, _ = run(capsys, "evaluate", "--model", model_file, "--data", folder, "--json")
    scores = json.loads(printed)
    assert code == 0
    assert (scores["accuracy"], scores["recall"]["no"], list(scores["words"])) == (1.0, 1.0, ["up"])


def test_a_detection_where_it_was_said_is_a_hit_and_a_silence_there_a_miss():
    truth = [Event(1.0, 1.5, "know"), Event(5.0, 5.5, "Know"), Event(9.0, 9.5, "now")]
    detections = [Detection("no", 0.9, 1.6), Detection("no", 0.9, 9.6)]
    score = score_stream(detections, truth, commands=COMMANDS, duration_s=60.0)
    assert [outcome.kind for outcome in score.outcomes] == ["hit", "false alarm"]
    assert score.missed == [truth[1]]
    assert score.n_commands == 2


def test_another_command_where_it_was_said_is_a_swap():
    score = score_stream([Detection("yes", 0.9, 1.6)], [Event(1.0, 1.5, "know")], commands=COMMANDS, duration_s=60.0)
    assert [outcome.kind for outcome in score.outcomes] == ["swap"]


def test_stream_scores_a_truth_that_spells_it_otherwise(capsys, model_file, tmp_path):
    (tmp_path / "a.wav").write_bytes(wav(np.concatenate([noise(1, amplitude=0.003), word("no", 77_002)] * 2)))
    (tmp_path / "a.csv").write_text("start_s,end_s,label\n1.2,1.8,know\n3.2,3.8,no\n")
    code, printed, _ = run(
        capsys, "stream", "--model", model_file, "--audio", tmp_path / "a.wav", "--truth", tmp_path / "a.csv", "--json"
    )
    score = json.loads(printed)
    assert code == 0
    assert (score["n_commands"], score["hits"], score["false_alarms"]) == (2, 2, 0)
    assert [row["said"] for row in score["detections"]] == ["know", "no"]


def test_a_stream_made_of_clips_has_it_among_the_commands(clips):
    config = StreamConfig(minutes=2.0, snr_min_db=20.0, snr_max_db=20.0)
    _, truth = synth_stream(clips.clips, [noise(1, n_samples=100_000)], config)
    assert {(event.label, event.word) for event in truth} == {("yes", "yes"), ("no", "know"), ("other", "up")}


def test_synth_stream_writes_the_command_and_the_word(capsys, folder, tmp_path):
    (tmp_path / "street").mkdir()
    (tmp_path / "street" / "a.wav").write_bytes(wav(noise(5, n_samples=100_000)))
    code, printed, errors = run(
        capsys, "synth-stream", "--data", folder, "--noise", tmp_path / "street", "--minutes", 2, "--snr-db", 20,
        "--out", tmp_path / "made.wav", "--json",
    )  # fmt: skip
    assert code == 0, errors
    summary = json.loads(printed)
    assert (summary["n_commands"], summary["n_others"]) == (8, 23)
    rows = [row.split(",") for row in (tmp_path / "made.csv").read_text().splitlines()[1:]]
    assert {(label, said) for _, _, label, said, _ in rows} == {("yes", "yes"), ("no", "know"), ("other", "up")}


def test_a_detector_is_tuned_so_that_it_is_not_missed(tone_model):
    """Every "know" reaches .7, and every other word .9: a budget of false alarms is spent on not missing "know"."""
    heard, truth = Heard(600.0), []
    for turn in range(100):
        said, level = (("know", 0.7), ("up", 0.9))[turn % 2]
        truth.append(Event(6.0 * turn, 6.0 * turn + 1, said))
        for window in range(60):
            is_heard = 8 <= window < 16
            heard.times_s.append(6.0 * turn + 0.1 * window)
            heard.posteriors.append(np.array([0, level * is_heard, 1 - level * is_heard, 0], np.float32))
    _, config = finish(choose_detector(tone_model, [(heard, truth)], false_alarms_per_hour=3600))
    assert config.threshold + config.offsets[1] <= 0.7
