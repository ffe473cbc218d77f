"""Training: it learns, repeats, resumes with the very same step, and gives back good weights when it diverges."""

import dataclasses

import numpy as np
import pytest
from sayso.config import TrainConfig
from sayso.features.presets import CLASSIC
from sayso.models.model_file import load_model, save_model
from sayso.training.dataset import prepare
from sayso.training.trainer import Trainer

from .errors import refused
from .generators import finish
from .synthetic import words

NETWORKS = ["classic", "compact"]
OPTIMIZERS = ["adamw", "sgd"]


@pytest.fixture
def dataset(request, compact_dataset, classic_dataset):
    """The dataset that suits the test's `network`."""
    return {"compact": compact_dataset, "classic": classic_dataset}[request.getfixturevalue("network")]


@pytest.fixture
def network():
    return "classic"


def config(network="classic", **changes):
    settings = {"learning_rate": 1e-3, "batch_size": 16, "n_iterations": 8, "evaluate_every": 3, "n_evaluate": 8}
    return TrainConfig(network, **(settings | changes))


def tensors_of(trainer):
    return {name: tensor.tobytes() for name, tensor in trainer.model.network.tensors.items()}


def optimizer_of(trainer):
    return {name: value.tobytes() for name, value in trainer.state.items()}


def numbers(progress):
    """Progress without what a clock measured."""
    return [(p.iteration, p.n_iterations, p.loss, p.accuracy, p.learning_rate) for p in progress]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_learns_to_tell_two_tones_apart(network, dataset):
    trainer = Trainer(dataset, config(network, n_iterations=30, batch_size=16, learning_rate=2e-3))
    progress = list(trainer.run())
    assert progress[-1].loss < 0.6 * progress[0].loss
    _, evaluation = finish(trainer.evaluate())
    assert evaluation.accuracy >= 0.8


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_seeded_run_repeats_bit_for_bit(network, optimizer, dataset):
    settings = config(network, optimizer=optimizer, n_iterations=4)
    first, again = Trainer(dataset, settings), Trainer(dataset, settings)
    assert numbers(first.run()) == numbers(again.run())
    assert tensors_of(first) == tensors_of(again)


def test_another_seed_gives_another_run(classic_dataset):
    first, other = (Trainer(classic_dataset, config(n_iterations=2, seed=seed)) for seed in (1, 2))
    assert numbers(first.run()) != numbers(other.run())


@pytest.mark.parametrize("at", [1, 4])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_resumed_run_takes_the_very_same_steps(network, optimizer, at, dataset):
    settings = config(network, optimizer=optimizer, n_iterations=6)
    whole = Trainer(dataset, settings)
    run = whole.run()
    for _ in range(at):
        next(run)
    resumed = Trainer.resume(dataset, whole.checkpoint())
    assert (resumed.iteration, resumed.elapsed_s) == (at, whole.elapsed_s)
    assert numbers(resumed.run()) == numbers(run)
    assert tensors_of(resumed) == tensors_of(whole)
    assert optimizer_of(resumed) == optimizer_of(whole)
    ends = [load_model(trainer.checkpoint())[0].provenance for trainer in (resumed, whole)]
    assert ends[0].curve == ends[1].curve
    assert [iteration for iteration, _, _ in ends[0].curve] == [3, 6]


def test_no_two_iterations_draw_the_same_batch(classic_dataset, monkeypatch):
    batches, draw = [], classic_dataset.train_batch
    trainer = Trainer(classic_dataset, config(n_iterations=3))
    monkeypatch.setattr(classic_dataset, "train_batch", lambda *drawn: batches.append(draw(*drawn)) or batches[-1])
    list(trainer.run())
    frames = [batch[0].tobytes() for batch in batches]
    assert len(set(frames)) == len(frames) == 3


def test_frames_are_standardised_as_the_training_set_asks(classic_dataset):
    tensors = Trainer(classic_dataset, config()).model.network.tensors
    mean, std = classic_dataset.standardisation(config())
    assert np.array_equal(tensors["standardise.mean"], mean)
    assert np.array_equal(tensors["standardise.std"], std)


def test_the_model_is_the_running_average_of_the_weights_that_are_trained(classic_dataset):
    trainer = Trainer(classic_dataset, config(averaging=0.2))
    averages = {name: tensor.astype(np.float64) for name, tensor in trainer.network.tensors.items()}
    for progress in trainer.run():
        step = progress.iteration - 1
        keep = min(0.2, (1 + step) / (10 + step))
        for name, tensor in trainer.network.tensors.items():
            averages[name] = keep * averages[name] + (1 - keep) * tensor
    for name, tensor in trainer.model.network.tensors.items():
        np.testing.assert_allclose(tensor, averages[name], rtol=1e-4, atol=1e-6)
    assert not np.array_equal(trainer.model.network.tensors["dense.weight"], trainer.network.tensors["dense.weight"])


def test_without_averaging_the_model_is_what_is_trained(classic_dataset):
    trainer = Trainer(classic_dataset, config(averaging=0.0))
    assert trainer.model.network is trainer.network
    assert trainer.state.keys() == trainer.optimizer.state.keys()


def test_a_resumed_run_that_diverges_goes_back_to_its_checkpoint(classic_dataset):
    trainer = Trainer(classic_dataset, config())
    next(trainer.run())
    resumed = Trainer.resume(classic_dataset, trainer.checkpoint())
    resumed.network.parameters["dense.weight"] *= 1e30
    with refused("train_diverged", "back at iteration 1"):
        list(resumed.run())
    assert tensors_of(resumed) == tensors_of(trainer)


def test_a_run_can_be_resumed_before_its_first_step(classic_dataset):
    whole = Trainer(classic_dataset, config(n_iterations=2))
    resumed = Trainer.resume(classic_dataset, whole.checkpoint())
    assert numbers(resumed.run()) == numbers(whole.run())


def test_a_finished_run_can_be_given_more_iterations(classic_dataset):
    trainer = Trainer(classic_dataset, config(n_iterations=2))
    list(trainer.run())
    resumed = Trainer.resume(classic_dataset, trainer.checkpoint(), n_iterations=4)
    assert [p.iteration for p in resumed.run()] == [3, 4]


def test_a_checkpoint_does_not_disturb_the_run(classic_dataset):
    undisturbed, checked = (Trainer(classic_dataset, config(n_iterations=4)) for _ in range(2))
    list(undisturbed.run())
    for _ in checked.run():
        checked.checkpoint()
    assert tensors_of(checked) == tensors_of(undisturbed)


def test_a_checkpoint_is_a_model_file_with_its_training_written_down(classic_dataset):
    trainer = Trainer(classic_dataset, config(n_iterations=3), name="mine")
    list(trainer.run())
    model, optimizer = load_model(trainer.checkpoint())
    assert model.name == "mine"
    assert model.provenance.iteration == 3
    assert model.provenance.training == trainer.config
    assert model.provenance.data_hash == classic_dataset.data_hash
    assert [iteration for iteration, _, _ in model.provenance.curve] == [3]
    assert optimizer.keys() == trainer.state.keys()


def test_accuracy_is_measured_at_intervals_and_at_the_end(classic_dataset):
    progress = list(Trainer(classic_dataset, config(n_iterations=8, evaluate_every=3)).run())
    assert [p.iteration for p in progress if p.accuracy is not None] == [3, 6, 8]
    assert all(p.examples_per_second > 0 and p.elapsed_s > 0 for p in progress)


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("adamw", 100.0), ("adamw", 10.0), ("sgd", 100.0), ("sgd", 10.0)]
)
def test_divergence_stops_and_gives_back_the_last_good_weights(classic_dataset, optimizer, learning_rate):
    settings = config(optimizer=optimizer, learning_rate=learning_rate, warmup_share=0)
    trainer = Trainer(classic_dataset, settings)
    before = tensors_of(trainer), optimizer_of(trainer)
    with refused("train_diverged", f"learning rate {learning_rate:g}", "iteration 0", "the loss is"):
        list(trainer.run())
    assert (tensors_of(trainer), optimizer_of(trainer)) == before
    assert trainer.iteration == 0


def test_divergence_in_the_middle_goes_back_to_the_last_evaluation(classic_dataset):
    trainer = Trainer(classic_dataset, config(n_iterations=8, evaluate_every=3))
    run = trainer.run()
    for _ in range(3):
        next(run)
    good = tensors_of(trainer), optimizer_of(trainer)
    next(run)
    trainer.network.parameters["dense.weight"] *= 1e30
    with refused("train_diverged", "at iteration 4", "back at iteration 3"):
        next(run)
    assert (tensors_of(trainer), optimizer_of(trainer)) == good
    assert trainer.iteration == 3
    resumed = Trainer.resume(classic_dataset, trainer.checkpoint())
    assert [p.iteration for p in resumed.run()] == [4, 5, 6, 7, 8]


def test_activations_that_overflow_show_in_the_very_next_loss(compact_dataset):
    trainer = Trainer(compact_dataset, config("compact", evaluate_every=8))
    run = trainer.run()
    next(run)
    trainer.network.parameters["conv2.weight"] *= np.float32(1e37)  # the batch norm behind it then computes inf - inf
    with refused("train_diverged", "the loss is nan", "at iteration 1", "back at iteration 0"):
        next(run)


def test_weights_that_are_no_numbers_are_never_kept_as_good(classic_dataset):
    trainer = Trainer(classic_dataset, config(n_iterations=8, evaluate_every=3))
    run = trainer.run()
    next(run)
    next(run)
    trainer.network.parameters["conv1.bias"][0] = np.nan
    with refused("train_diverged", "back at iteration 0"):
        next(run)
    assert all(np.isfinite(tensor).all() for tensor in trainer.model.network.tensors.values())


def test_spoilt_weights_are_never_saved(classic_dataset):
    trainer = Trainer(classic_dataset, config())
    good = tensors_of(trainer)
    next(trainer.run())
    trainer.network.parameters["dense.weight"][0, 0] = np.inf
    with refused("train_diverged", "dense.weight", "at iteration 1", "back at iteration 0"):
        trainer.checkpoint()
    assert tensors_of(trainer) == good
    assert load_model(trainer.checkpoint())[0].provenance.iteration == 0


def test_the_whole_test_set_is_evaluated(compact_dataset):
    trainer = Trainer(compact_dataset, config("compact", n_iterations=1))
    yielded, evaluation = finish(trainer.evaluate())
    assert yielded[-1] == (compact_dataset.n_test, compact_dataset.n_test)
    assert evaluation.n == compact_dataset.n_test
    expected = np.bincount(compact_dataset.test_batch(np.arange(compact_dataset.n_test))[1])
    assert evaluation.confusion.sum(axis=1).tolist() == expected.tolist()
    assert trainer.model.provenance.accuracy == evaluation.accuracy


def test_one_speaker_s_clips_train_without_a_test_set():
    dataset = finish(prepare(words(n_speakers=1, n_each=3), features=CLASSIC, commands=("yes", "no")))[1]
    trainer = Trainer(dataset, config(n_iterations=2))
    assert [p.accuracy for p in trainer.run()] == [None, None]
    assert finish(trainer.evaluate()) == ([], None)


def test_an_unknown_network_is_refused(classic_dataset):
    with refused("unknown_network", "'resnet'"):
        Trainer(classic_dataset, config("resnet"))


def test_a_model_without_an_optimiser_s_state_is_no_checkpoint(classic_dataset):
    trainer = Trainer(classic_dataset, config(), name="mine")
    with refused("not_a_checkpoint", "'mine'"):
        Trainer.resume(classic_dataset, save_model(trainer.model))


def test_a_checkpoint_of_other_features_is_refused_by_name_and_values(classic_dataset, compact_dataset):
    with refused("features_mismatch", "preset", "'classic'", "'compact'"):
        Trainer.resume(compact_dataset, Trainer(classic_dataset, config()).checkpoint())


def test_a_checkpoint_of_other_labels_is_refused_with_both(classic_dataset):
    other = finish(prepare(words(n_speakers=3), features=CLASSIC, commands=("yes", "up")))[1]
    with refused("labels_mismatch", "'no'", "'up'"):
        Trainer.resume(other, Trainer(classic_dataset, config()).checkpoint())


def test_a_checkpoint_of_other_audio_is_refused_by_both_hashes(classic_dataset):
    other = finish(prepare(words(n_speakers=3), features=CLASSIC, commands=("yes", "no")))[1]
    with refused("data_mismatch", classic_dataset.data_hash, other.data_hash):
        Trainer.resume(other, Trainer(classic_dataset, config()).checkpoint())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_checkpoint_whose_optimiser_state_does_not_fit_is_refused(classic_dataset, optimizer):
    trainer = Trainer(classic_dataset, config(optimizer=optimizer))
    state = trainer.state
    name = next(name for name in state if name.endswith("dense.bias"))
    for wrong, code in [
        ({k: v for k, v in state.items() if k != name}, "model_shape"),
        (state | {name: np.zeros(1, np.float32)}, "model_shape"),
        (state | {name: np.full_like(state[name], np.nan)}, "model_not_finite"),
        ({"n_steps": np.zeros(1), "velocity": np.zeros(1)}, "model_shape"),
    ]:
        with refused(code):
            Trainer.resume(classic_dataset, save_model(trainer.model, optimizer=wrong))


def test_a_spoilt_checkpoint_leaves_nothing_behind(classic_dataset):
    content = Trainer(classic_dataset, config()).checkpoint()
    with refused("file_truncated"):
        Trainer.resume(classic_dataset, content[:-100])


def test_a_number_of_iterations_out_of_range_is_refused_on_resuming(classic_dataset):
    with refused("bad_config", "n_iterations=0"):
        Trainer.resume(classic_dataset, Trainer(classic_dataset, config()).checkpoint(), n_iterations=0)


def test_a_long_run_s_curve_is_thinned_for_the_file(classic_dataset):
    trainer = Trainer(classic_dataset, config())
    trainer._curve = [(i, 1.0, 0.5) for i in range(5000)]
    curve = load_model(trainer.checkpoint())[0].provenance.curve
    assert 200 <= len(curve) <= 400
    assert len(trainer._curve) == 5000
    assert dataclasses.is_dataclass(trainer.model.provenance)
