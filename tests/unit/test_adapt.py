"""Starting from a model: what is kept, what is new, and runs that go on where they left off."""

import dataclasses

import numpy as np
import pytest
from sayso.data.clips import CLIP_RATE_HZ, ClipSet
from sayso.features.presets import CLASSIC_2017, COMPACT
from sayso.models.formats import open_model
from sayso.models.model import new_model
from sayso.models.model_file import load_model, save_model
from sayso.training.adapt import adapt, adapt_config, evaluate_before
from sayso.training.dataset import prepare
from sayso.training.sampling import draw_clips
from sayso.training.trainer import Trainer

from .errors import refused
from .generators import finish
from .synthetic import word, words
from .weights_2017 import file_of, random_nodes


def with_own(*names, n_each=3, names_of_bank=("yes", "no", "up")):
    """A bank of tone words by many speakers, and a few recordings by one more."""
    clips = words(n_speakers=8, names=names_of_bank)
    clips.bank = {clip.source for clip in clips.clips}
    for i, name in enumerate(names):
        for n in range(n_each):
            clips.add(word(name, 50_000 + 10 * i + n), rate_hz=CLIP_RATE_HZ, word=name, speaker="me",
                      path=f"{name}/me", source="own")  # fmt: skip
    return clips


def prepared(clips, *commands, features=COMPACT):
    return finish(prepare(clips, features=features, commands=commands))[1]


def settings(**changes):
    return adapt_config({"network": "compact", "batch_size": 16, "n_iterations": 4} | changes)


@pytest.fixture(scope="module")
def other_words():
    """Commands of which the base knows one: "yes" stays, "up" is new, "no" becomes another word."""
    return prepared(with_own("up"), "up", "yes")


def column(model, label):
    i = model.labels.index(label)
    return [model.network.parameters[f"dense.{name}"][..., i] for name in ("weight", "bias")]


def test_with_the_same_labels_all_weights_are_kept(tone_model, compact_dataset):
    model = adapt(tone_model, compact_dataset, settings(), name="again")
    assert model.network.tensors.keys() == tone_model.network.tensors.keys()
    for name, tensor in model.network.tensors.items():
        np.testing.assert_array_equal(tensor, tone_model.network.tensors[name], err_msg=name)
    assert (model.name, model.labels) == ("again", tone_model.labels)


def test_with_other_labels_the_layers_and_what_both_have_are_kept(tone_model, other_words):
    model = adapt(tone_model, other_words, settings(), name="")
    assert model.labels == ("up", "yes", "other", "silence")
    for name, tensor in model.network.tensors.items():
        if not name.startswith("dense."):
            np.testing.assert_array_equal(tensor, tone_model.network.tensors[name], err_msg=name)
    for label in ("yes", "other", "silence"):
        for found, expected in zip(column(model, label), column(tone_model, label), strict=True):
            np.testing.assert_array_equal(found, expected, err_msg=label)
    fresh = new_model("", features=COMPACT, labels=model.labels, network="compact", seed=1)
    for found, expected in zip(column(model, "up"), column(fresh, "up"), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_base_is_left_as_it_was(tone_model, other_words):
    before = save_model(tone_model)
    list(Trainer(other_words, settings(), model=adapt(tone_model, other_words, settings(), name="")).run())
    assert save_model(tone_model) == before


def test_it_says_where_it_comes_from_and_decides_as_its_base_did(tone_model, other_words):
    base = dataclasses.replace(tone_model, detector=dataclasses.replace(tone_model.detector, threshold=0.83))
    base.provenance = dataclasses.replace(base.provenance, note="Tones, public domain.")
    model = adapt(base, other_words, settings(), name="mine")
    assert model.detector.threshold == 0.83
    assert (model.provenance.iteration, model.provenance.curve) == (0, [])
    note = f"Adapted from '', 60 iterations on audio {base.provenance.data_hash}. Tones, public domain."
    assert model.provenance.note == note
    trainer = Trainer(other_words, settings(n_iterations=1), model=model)
    list(trainer.run())
    loaded, _ = load_model(trainer.checkpoint())
    assert (loaded.provenance.note, loaded.name) == (note, "mine")
    assert loaded.provenance.data_hash == other_words.data_hash


def test_a_few_recordings_teach_a_word_without_forgetting_the_others(tone_model, other_words):
    config = settings(n_iterations=60)
    trainer = Trainer(other_words, config, model=adapt(tone_model, other_words, config, name=""))
    list(trainer.run())
    before, after = evaluate_before(tone_model, other_words), finish(trainer.evaluate())[1]
    assert before.labels == after.labels == ("up", "yes", "other", "silence")
    assert before.recall[0] == 0.0  # the base never heard of "up"
    assert before.recall[1:3] == [1.0, 1.0]  # the base's "no" counts as "other" here
    assert min(after.recall) >= 0.75


def test_half_of_a_command_s_examples_are_one_s_own(other_words, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "sayso.training.dataset.draw_clips", lambda *a, **k: drawn.append(draw_clips(*a, **k)) or drawn[-1]
    )
    for seed in range(8):
        other_words.train_batch(adapt_config({"network": "compact"}), np.random.default_rng(seed))
    clips = np.concatenate(drawn)
    assert not other_words.is_test[clips].any()
    assert other_words.is_own[clips[other_words.targets[clips] == 0]].mean() == pytest.approx(0.5, abs=0.15)
    assert not other_words.is_own[clips[other_words.targets[clips] != 0]].any()  # one's own recordings are all of "up"


@pytest.mark.parametrize("at", [0, 2])
def test_a_resumed_run_takes_the_very_same_steps_without_the_base(tone_model, other_words, at):
    config = settings()
    whole = Trainer(other_words, config, model=adapt(tone_model, other_words, config, name="mine"))
    run = whole.run()
    for _ in range(at):
        next(run)
    resumed = Trainer.resume(other_words, whole.checkpoint())
    assert resumed.config == config
    assert [p.loss for p in resumed.run()] == [p.loss for p in run]
    for name, tensor in resumed.model.network.tensors.items():
        np.testing.assert_array_equal(tensor, whole.model.network.tensors[name], err_msg=name)


def test_features_or_a_network_other_than_the_model_s_are_refused(tone_model, compact_dataset, classic_dataset):
    with refused("features_mismatch", "'compact'", "'classic'"):
        adapt(tone_model, classic_dataset, settings(), name="")
    with refused("network_mismatch", "'classic'", "'compact'"):
        adapt(tone_model, compact_dataset, settings(network="classic"), name="")


def test_without_a_test_set_there_is_no_before(tone_model):
    alone = prepared(words(n_speakers=1), "yes", "no")
    assert evaluate_before(tone_model, alone) is None


def test_the_model_of_2017_is_fine_tuned_and_saved_as_any_other():
    base = open_model(file_of(random_nodes()))
    dataset = prepared(words(n_speakers=5), "yes", "no", features=CLASSIC_2017)
    config = settings(network="classic", n_iterations=8)
    trainer = Trainer(dataset, config, model=adapt(base, dataset, config, name="2017, tuned"))
    *_, last = trainer.run()
    assert last.iteration == 8
    again = open_model(save_model(trainer.model))
    assert (again.network.name, again.labels, again.features) == ("classic", base.labels, CLASSIC_2017)
    assert "2017 demo" in again.provenance.note
    assert "Apache-2.0" in again.provenance.note
    np.testing.assert_array_equal(again.network.tensors["standardise.std"], 1)  # the demo did not standardise
    moved = again.network.parameters["conv1.weight"] - base.network.parameters["conv1.weight"]
    assert 0 < np.abs(moved).max() < 0.1


def test_a_bank_s_clips_of_a_command_are_the_command_s_and_of_its_homophone_too():
    clips = ClipSet(bank={"bank"})
    for name, source in (("no", "own"), ("no", "bank"), ("know", "bank"), ("No", "bank"), ("up", "bank")):
        clips.add(word("no", 1), rate_hz=CLIP_RATE_HZ, word=name, speaker="me", path=name, source=source)
    dataset = prepared(clips, "no")
    assert [dataset.labels[target] for target in dataset.targets] == ["no", "no", "no", "no", "other"]
    assert dataset.is_own.tolist() == [True, False, False, False, False]
