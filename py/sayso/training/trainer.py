"""Training: one iteration at a time, with checkpoints from which the very next step can be taken again."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from sayso.arrays import F32, I64, Floats, Rng
from sayso.config import FeatureConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.evaluation.metrics import Evaluation, evaluate
from sayso.models.model import Model, Provenance, new_model, posteriors_of
from sayso.models.model_file import fill, load_model, require_same_features, save_model
from sayso.models.networks import Network
from sayso.nn.losses import softmax_cross_entropy
from sayso.random_streams import Stream, generator_of
from sayso.training.optim import learning_rate, make_optimizer

MAX_LOSS = 200.0  # in nats: below this loss, a spike of a rash learning rate may heal; above it, none does
MAX_CURVE_POINTS = 400  # evaluations that a model file lists; of more it lists every second, every third, ...
SPEED_WINDOW_S = 2.0  # the speed is averaged over so long
CHECKPOINT_S = 8.0  # seconds of training that a crash may cost
TRAINED = "trained."  # prefix of the names of trained tensors in a checkpoint whose model holds their average


@dataclass(frozen=True)
class TrainProgress:
    """One finished iteration."""

    iteration: int  # number of finished iterations
    n_iterations: int
    loss: float  # nats
    accuracy: float | None  # 0 to 1, on a random subset of the test set; None after most iterations
    examples_per_second: float
    elapsed_s: float  # time spent training, including the time before a checkpoint
    learning_rate: float


class Examples(Protocol):
    """What is trained and tested on: `Dataset`, or for a network on a base `VectorDataset`."""

    features: FeatureConfig
    labels: tuple[str, ...]
    data_hash: str

    @property
    def n_test(self) -> int: ...

    def train_batch(self, config: TrainConfig, rng: Rng, network: Network) -> tuple[F32, I64]: ...

    def test_batches(self, chosen: I64) -> Iterator[tuple[F32, I64]]: ...

    def standardisation(self, config: TrainConfig) -> tuple[F32, F32]: ...


class Trainer:
    """Trains a model on a dataset: a new one, unless `model` says which. A base stays as it is.

    With `averaging`, `model` holds the running average of the weights that are trained, which recognises better than
    any of them; a checkpoint holds both.

    Every random choice of iteration i comes from a generator seeded with the seed and i, so a run repeats bit for bit
    on one machine, and a checkpoint needs no generator's state.

    Raises
    ------
    SaysoError : `unknown_network`

    Examples
    --------
    >>> import numpy as np
    >>> from sayso.config import TrainConfig
    >>> from sayso.data.clips import ClipSet
    >>> from sayso.features.presets import CLASSIC
    >>> from sayso.jobs import result_of
    >>> from sayso.training.dataset import prepare
    >>> from sayso.training.trainer import Trainer
    >>> clips = ClipSet()
    >>> for word, f_hz in (("low", 300), ("high", 3000)):
    ...     samples = np.sin(2 * np.pi * f_hz * np.arange(16_000) / 16_000).astype(np.float32)
    ...     clips.add(samples, rate_hz=16_000, word=word, speaker="anna", path="")
    >>> dataset = result_of(prepare(clips, features=CLASSIC, commands=["low", "high"]))
    >>> trainer = Trainer(dataset, TrainConfig("classic", learning_rate=3e-3, batch_size=16, n_iterations=20))
    >>> progress = list(trainer.run())
    >>> progress[-1].loss < 0.5 * progress[0].loss
    True
    """

    def __init__(self, dataset: Examples, config: TrainConfig, *, name: str = "", model: Model | None = None) -> None:
        self.dataset, self.config = dataset, config
        self.model = model or _untrained(dataset, config, name)
        behind = self.model.network.without_base()
        self.network = copy.deepcopy(behind) if config.averaging else behind
        self.optimizer = make_optimizer(config, self.network.parameters)
        provenance = self.model.provenance
        self.iteration, self.elapsed_s = provenance.iteration, provenance.elapsed_s
        self._curve = list(provenance.curve)
        self._good = self._save()
        self._kept_s = time.perf_counter()

    @classmethod
    def resume(cls, dataset: Examples, checkpoint: bytes, *, n_iterations: int | None = None) -> Trainer:
        """Go on from `checkpoint()`'s bytes, with the step that would have come next.

        Raises
        ------
        SaysoError : the codes of `load_model`; `not_a_checkpoint`; `features_mismatch`, `labels_mismatch` or
            `data_mismatch`, audio other than what it was trained on
        """
        model, optimizer_state = load_model(checkpoint)
        config = model.provenance.training
        if config is None or not optimizer_state:
            raise SaysoError("not_a_checkpoint", f"model {model.name!r} holds weights but no training to go on with")
        require_same_features(model.features, dataset.features)
        if model.labels != dataset.labels:
            theirs, ours = list(model.labels), list(dataset.labels)
            raise SaysoError("labels_mismatch", f"its labels are {theirs}: the audio's {ours}")
        if model.provenance.data_hash != dataset.data_hash:
            raise SaysoError("data_mismatch", f"it was trained on audio {model.provenance.data_hash}: "
                             f"this is {dataset.data_hash}")  # fmt: skip
        if n_iterations is not None:
            config = dataclasses.replace(config, n_iterations=n_iterations)
        trainer = cls(dataset, config, model=model)
        fill(trainer.state, optimizer_state)
        trainer._good = checkpoint
        return trainer

    def run(self) -> Iterator[TrainProgress]:
        """Train to n_iterations; yields after each iteration, and may be left at any yield.

        Raises
        ------
        SaysoError : `train_diverged`; the model is back at its last good weights
        """
        speed = _Speed()
        while self.iteration < self.config.n_iterations:
            started_s = time.perf_counter()
            rate = learning_rate(self.config, self.iteration)
            loss = self._step(rate)
            self.iteration += 1
            last = self.iteration == self.config.n_iterations
            accuracy = None
            if last or self.iteration % self.config.evaluate_every == 0:
                self._good = self._save_finite()
                accuracy = self._subset_accuracy()
            took_s = time.perf_counter() - started_s
            self.elapsed_s += took_s
            if accuracy is not None:
                self._curve.append((self.iteration, loss, accuracy))
            yield TrainProgress(
                self.iteration, self.config.n_iterations, loss, accuracy,
                speed.measure(self.config.batch_size, took_s), self.elapsed_s, rate,
            )  # fmt: skip

    def checkpoint_is_due(self) -> bool:
        """Whether so much was learnt since the last checkpoint that a crash should not cost it."""
        return time.perf_counter() - self._kept_s >= CHECKPOINT_S

    def checkpoint(self) -> bytes:
        """Weights, optimiser, iteration and configuration, as the bytes of a model file.

        Raises
        ------
        SaysoError : `train_diverged`, the weights are spoilt; the model is back at its last good ones
        """
        self._kept_s = time.perf_counter()
        return self._save_finite()

    def _save_finite(self) -> bytes:
        for name, tensor in self.network.tensors.items():
            if not np.isfinite(tensor).all():
                self._diverged(f"{name} holds NaN or infinity")
        return self._save()

    def evaluate(self) -> Generator[tuple[int, int], None, Evaluation | None]:
        """Evaluate on the whole test set, a batch at a time; yields (windows done, in all).

        Returns
        -------
        Evaluation, or None when there is no test set
        """
        n_test = self.dataset.n_test
        if not n_test:
            return None
        confusion = np.zeros((len(self.model.labels),) * 2, np.int64)
        for batch in self._evaluate(np.arange(n_test)):
            confusion += batch.confusion
            yield int(confusion.sum()), n_test
        evaluation = Evaluation(self.model.labels, confusion)
        self._describe(accuracy=evaluation.accuracy)
        return evaluation

    # an overflow shows in the loss and the weights; the tab, where NumPy never warns of one, relies on that too
    @np.errstate(over="ignore", invalid="ignore")
    def _step(self, rate: float) -> float:
        """Take the next step; returns its loss, in nats."""
        rng = generator_of(Stream.STEP, self.config.seed, self.iteration)
        network = self.network
        frames, targets = self.dataset.train_batch(self.config, rng, network)
        logits = network.forward(frames, rng)
        loss, dlogits = softmax_cross_entropy(logits, targets, label_smoothing=self.config.label_smoothing)
        if not math.isfinite(loss) or loss > MAX_LOSS:
            self._diverged(f"the loss is {loss:g}")
        gradients: dict[str, Floats] = network.backward(dlogits)
        self.optimizer.step(network.parameters, gradients, rate=rate)
        if self.config.averaging:
            averages = self.model.network.tensors
            # the decay is less at first, so that the initial weights are soon forgotten
            keep = min(self.config.averaging, (1 + self.iteration) / (10 + self.iteration))
            for name, tensor in network.tensors.items():
                averages[name] += (1 - keep) * (tensor - averages[name])
        return loss

    @property
    def state(self) -> dict[str, Floats]:
        """What a checkpoint holds beside the model. Write into the arrays to restore it."""
        if not self.config.averaging:
            return self.optimizer.state
        return self.optimizer.state | {TRAINED + name: tensor for name, tensor in self.network.tensors.items()}

    def _save(self) -> bytes:
        self._describe()
        return save_model(self.model, optimizer=self.state)

    def _diverged(self, what: str) -> None:
        failed = self.iteration
        model, optimizer_state = load_model(self._good)
        fill(self.model.network.tensors, model.network.tensors)
        fill(self.state, optimizer_state)
        self.iteration = model.provenance.iteration
        raise SaysoError(
            "train_diverged",
            f"{what} at iteration {failed}, learning rate {self.config.learning_rate:g}: "
            f"the weights are back at iteration {self.iteration}",
        )

    def _subset_accuracy(self) -> float | None:
        n_test = self.dataset.n_test
        if not n_test:
            return None
        rng = generator_of(Stream.SUBSET, self.config.seed, self.iteration)
        chosen = rng.choice(n_test, min(self.config.n_evaluate, n_test), replace=False)
        confusion: I64 = np.sum([batch.confusion for batch in self._evaluate(chosen)], axis=0)
        return Evaluation(self.model.labels, confusion).accuracy

    def _evaluate(self, chosen: I64) -> Iterator[Evaluation]:
        """Evaluations of windows of the test set, by index, a batch at a time."""
        # layers keep their input: that of a copy is freed with the copy
        network, labels = copy.deepcopy(self.model.network.without_base()), self.model.labels
        for frames, targets in self.dataset.test_batches(chosen):
            yield evaluate(posteriors_of(network, frames), targets, labels)

    def _describe(self, accuracy: float | None = None) -> None:
        """Bring the model's provenance up to date."""
        stride = -(-len(self._curve) // MAX_CURVE_POINTS) or 1
        self.model.provenance = Provenance(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            iteration=self.iteration,
            elapsed_s=self.elapsed_s,
            accuracy=accuracy,
            data_hash=self.dataset.data_hash,
            training=self.config,
            curve=self._curve[::stride],
            note=self.model.provenance.note,
        )


def _untrained(dataset: Examples, config: TrainConfig, name: str) -> Model:
    """A new model whose standardisation is fitted to the dataset."""
    model = new_model(name, features=dataset.features, labels=dataset.labels, network=config.network, seed=config.seed)
    standardise = model.network.standardise.state
    standardise["mean"][...], standardise["std"][...] = dataset.standardisation(config)
    return model


class _Speed:
    """Examples per second over about the last SPEED_WINDOW_S."""

    def __init__(self) -> None:
        self._n_examples, self._s = 0.0, 0.0

    def measure(self, n_examples: int, took_s: float) -> float:
        keep = max(0.0, 1 - took_s / SPEED_WINDOW_S)
        self._n_examples = keep * self._n_examples + n_examples
        self._s = keep * self._s + took_s
        return self._n_examples / max(self._s, 1e-9)
