"""Training behind a base: what it draws from, that it repeats and resumes, and that the base stays."""

import dataclasses
import itertools

import numpy as np
import pytest
from sayso.config import TrainConfig
from sayso.features.presets import COMPACT, EMBEDDING
from sayso.models.model_file import save_model
from sayso.models.networks import Network
from sayso.training.adapt import adapt, adapt_config, evaluate_before
from sayso.training.dataset import prepare
from sayso.training.trainer import Trainer
from sayso.training.vector_dataset import (
    AUGMENT_ON_BASE,
    N_CANDIDATES,
    examples_for,
    new_model_on_base,
    prepare_vectors,
    vectors_of,
)

from .bases import LABELS, model_on_base
from .errors import refused
from .generators import finish
from .synthetic import noise, words

N_VECTORS, WIDTH = 16, 96
CONFIG = TrainConfig("temporal", learning_rate=3e-3, batch_size=32, n_iterations=30, n_scenes=100,
                     evaluate_every=10, augment=AUGMENT_ON_BASE)  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return model_on_base("temporal").network.base


@pytest.fixture(scope="module")
def dataset():
    return finish(prepare(words(n_speakers=6, n_each=1), features=EMBEDDING, commands=("yes", "no")))[1]


@pytest.fixture(scope="module")
def background(base):
    return {"other": [vectors_of(noise(seed, n_samples=80_000), base, EMBEDDING) for seed in (1, 2)]}


@pytest.fixture(scope="module")
def vectors(dataset, base, background):
    return finish(prepare_vectors(dataset, base, CONFIG, background))[1]


def trainer_of(vectors, base, config=CONFIG):
    return Trainer(vectors, config, model=new_model_on_base(vectors, base, config, name=""))


def test_scenes_and_test_windows_are_what_the_base_hears_of_those_of_the_dataset(dataset, base, vectors):
    assert vectors.scenes.shape == (128, N_VECTORS, WIDTH)  # as many whole batches as it takes
    assert set(vectors.targets.tolist()) == {0, 1, 2, 3}
    frames, targets = next(dataset.test_batches(np.arange(dataset.n_test)))
    np.testing.assert_array_equal(vectors.test[: len(frames)], base.forward(frames))
    np.testing.assert_array_equal(vectors.test_targets[: len(frames)], targets)
    assert vectors.n_test == dataset.n_test


def test_progress_is_told_to_the_end(dataset, base):
    reports, _ = finish(prepare_vectors(dataset, base, CONFIG, {}))
    assert all(done <= total for done, total in reports)
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)
    assert reports[-1] == (128 + dataset.n_test,) * 2


def test_the_same_seed_hears_the_same_scenes_and_another_one_others(dataset, base, vectors):
    again = finish(prepare_vectors(dataset, base, CONFIG, {}))[1]
    assert np.array_equal(again.scenes, vectors.scenes)
    other = finish(prepare_vectors(dataset, base, dataclasses.replace(CONFIG, seed=2), {}))[1]
    assert not np.array_equal(other.scenes, vectors.scenes)


class Judge(Network):
    """A network that is surest of a command where the first number of a window's first vector is largest."""

    def __init__(self):
        network = model_on_base("logistic").network.without_base()
        super().__init__("", network.standardise, network.body, network.head, input_shape=(N_VECTORS, WIDTH))

    def forward(self, x, rng=None):
        logits = np.zeros((len(x), len(LABELS)), np.float32)
        logits[:, 0] = x[:, 0, 0] / 200  # so small that no two posteriors are rounded to 1
        return logits


def test_a_batch_has_its_share_of_the_background_half_of_it_what_the_network_is_most_wrong_of(vectors):
    # each vector begins with its own number, so that a window tells where it was cut
    numbered = [np.zeros((n, WIDTH), np.float32) for n in (30, 200)]
    for i, recording in enumerate(numbered):
        recording[:, 0] = 1000 * i + np.arange(len(recording))
    known = dataclasses.replace(vectors, background=[(numbered[0], 2), (numbered[1], 3)])
    config = dataclasses.replace(CONFIG, batch_size=200, background_share=0.4)
    windows, targets = known.train_batch(config, np.random.default_rng(1), Judge())
    assert windows.shape == (200, N_VECTORS, WIDTH)
    firsts, of_background = windows[120:, 0, 0], targets[120:]
    assert np.array_equal(of_background, np.where(firsts < 1000, 2, 3))
    assert firsts[firsts < 1000].max(initial=0) <= 30 - N_VECTORS
    assert firsts.max() <= 1000 + 200 - N_VECTORS
    np.testing.assert_array_equal(windows[120:, :, 0], firsts[:, None] + np.arange(N_VECTORS))
    random, hard = firsts[:40], firsts[40:]
    assert (random < 1000).any()  # a 13th of all windows
    assert np.quantile(random, 0.4) < hard.min()
    assert hard.min() > 1185 * (1 - 2 / N_CANDIDATES)


def test_without_background_a_batch_is_of_scenes_alone(dataset, base):
    alone = finish(prepare_vectors(dataset, base, CONFIG, {}))[1]
    windows, targets = alone.train_batch(CONFIG, np.random.default_rng(1), Judge())
    scenes = {scene.tobytes(): int(target) for scene, target in zip(alone.scenes, alone.targets, strict=True)}
    assert all(scenes[window.tobytes()] == target for window, target in zip(windows, targets, strict=True))


def test_recordings_shorter_than_a_window_are_passed_over(dataset, base):
    background = {"other": [vectors_of(noise(1, n_samples=30_000), base, EMBEDDING)]}
    assert not finish(prepare_vectors(dataset, base, CONFIG, background))[1].background


def test_background_that_does_not_fit_is_refused(dataset, base):
    with refused("bad_label", "music", "silence"):
        finish(prepare_vectors(dataset, base, CONFIG, {"music": []}))
    with refused("features_mismatch", 5, WIDTH):
        finish(prepare_vectors(dataset, base, CONFIG, {"other": [np.zeros((40, 5), np.float32)]}))
    narrow = finish(prepare(words(n_speakers=2, n_each=1), features=COMPACT, commands=("yes", "no")))[1]
    with refused("bad_config", "image_shape"):
        finish(prepare_vectors(narrow, base, CONFIG, {}))


def test_the_digest_knows_the_audio_and_the_background(dataset, base, background, vectors):
    digests = {vectors.data_hash, dataset.data_hash}
    for changed in ({}, {"other": background["other"][:1]}, {"silence": background["other"]}):
        digests.add(finish(prepare_vectors(dataset, base, CONFIG, changed))[1].data_hash)
    assert len(digests) == 5


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_training_learns_and_leaves_the_base_as_it_is(vectors, base, averaging):
    config = dataclasses.replace(CONFIG, averaging=averaging)
    before = {name: tensor.copy() for name, tensor in base.tensors.items()}
    trainer = trainer_of(vectors, base, config)
    progress = list(trainer.run())
    assert progress[-1].loss < 0.8 * progress[0].loss
    for name, tensor in before.items():
        np.testing.assert_array_equal(trainer.model.network.base.tensors[name], tensor)
    evaluation = finish(trainer.evaluate())[1]
    assert evaluation.confusion.sum() == vectors.n_test


def test_a_training_goes_on_from_its_checkpoint_with_the_step_that_would_have_come(vectors, base):
    whole = trainer_of(vectors, base)
    losses = [each.loss for each in whole.run()]
    first = trainer_of(vectors, base)
    list(itertools.islice(first.run(), 12))
    resumed = Trainer.resume(vectors, first.checkpoint())
    assert [each.loss for each in resumed.run()] == losses[12:]
    for name, tensor in whole.model.network.tensors.items():
        np.testing.assert_array_equal(resumed.model.network.tensors[name], tensor)


def test_a_network_without_a_base_is_trained_on_the_dataset_itself(dataset):
    reports, examples = finish(examples_for(model_on_base("temporal").network.without_base(), dataset, CONFIG))
    assert examples is dataset
    assert not reports


def test_a_model_on_a_base_learns_other_words_and_keeps_its_base_and_what_it_knew_of_the_rest(base):
    learnt = model_on_base("temporal")
    clips = words(n_speakers=6, n_each=1, names=("yes", "up", "no"))
    dataset = finish(prepare(clips, features=EMBEDDING, commands=("yes", "up")))[1]
    config = adapt_config({"network": "temporal", "n_scenes": 64, "n_iterations": 2})
    assert config.augment == AUGMENT_ON_BASE
    examples = finish(examples_for(learnt.network, dataset, config))[1]
    model = adapt(learnt, examples, config, name="mine")
    assert model.labels == ("yes", "up", "other", "silence")
    assert save_model(model) != save_model(learnt)
    for name, tensor in learnt.network.base.tensors.items():
        np.testing.assert_array_equal(model.network.base.tensors[name], tensor)
    for label in ("yes", "other", "silence"):
        mine, theirs = (m.network.head.parameters["weight"][:, m.labels.index(label)] for m in (model, learnt))
        np.testing.assert_array_equal(mine, theirs)
    assert evaluate_before(learnt, examples).confusion.sum() == examples.n_test
    assert list(Trainer(examples, config, model=model).run())[-1].iteration == 2
