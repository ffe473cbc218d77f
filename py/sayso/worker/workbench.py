"""What the page can ask for: one method a request, over the clips, dataset, model and listener of a session.

Results are those of web/worker/protocol.js, with snake_case keys. A method that takes long is a job: a generator of
events that returns the result.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, TypeVar, cast

import numpy as np

from sayso.config import DetectorConfig, TrainConfig, require
from sayso.data.archive import ZipOfClips, add_file
from sayso.data.clips import ClipSet
from sayso.data.sample_store import Keep, SampleStore, keep_here
from sayso.data.sprites import add_sprite, read_index
from sayso.data.take import check_take
from sayso.errors import SaysoError
from sayso.features.presets import find_preset
from sayso.labels import commands_of
from sayso.listening.listener import Listener
from sayso.models.formats import open_model
from sayso.models.model import Model
from sayso.models.model_file import load_model, require_same_features, save_model
from sayso.models.networks import Network
from sayso.training.adapt import adapt, adapt_config
from sayso.training.dataset import Dataset, prepare
from sayso.training.trainer import Examples, Trainer
from sayso.training.vector_dataset import examples_for
from sayso.worker.catalogue import DEFAULT_FEATURES
from sayso.worker.payloads import (
    Checkpoint,
    ClipArchive,
    ClipFiles,
    DecodedSprite,
    DetectorChanges,
    ExampleChoice,
    MicrophoneRate,
    ModelFile,
    Preparation,
    RecordedTake,
    TrainSettings,
)
from sayso.worker.requests import Event, Job, Message, Nothing, request

Result = TypeVar("Result")

# a clip takes 16 kB of the tab's memory for its features; its 32 kB of samples are kept by the browser
MAX_CLIPS_A_WORD = 1000
BUILT_IN_TITLE = "Built-in voices"  # clips of the pack with this title come with the page and are nobody's own


class Workbench:
    """The state behind a session, and what can be done with it.

    Parameters
    ----------
    keep : keeps the samples of clips, a page at a time

    Raises
    ------
    SaysoError : every method, for a value or a moment that does not fit
    """

    def __init__(self, *, keep: Keep = keep_here) -> None:
        self.listener: Listener | None = None
        self._keep = keep
        self._clips = self._no_clips()
        self._dataset: Dataset | None = None
        self._marked: tuple[ClipSet, Dataset | None] | None = None  # what clips.restore puts back
        self._model: Model | None = None
        self._stop_training = False

    @request("clips.clear", "idle", "listening", payload=Nothing)
    def clips_clear(self, _: Nothing) -> Message:
        self._clips, self._dataset, self._marked = self._no_clips(), None, None
        return {}

    @request("clips.mark", "idle", payload=Nothing)
    def clips_mark(self, _: Nothing) -> Message:
        self._marked = self._clips.copy(), self._dataset
        return {}

    @request("clips.restore", "idle", payload=Nothing)
    def clips_restore(self, _: Nothing) -> Message:
        if self._marked is None:
            raise SaysoError("not_marked", "no clips to go back to: expected clips.mark first")
        (self._clips, self._dataset), self._marked = self._marked, None
        return {}

    @request("clips.add_sprite", "idle", payload=DecodedSprite)
    def clips_add_sprite(self, decoded: DecodedSprite) -> Message:
        index = read_index(decoded.index)
        require(bool(decoded.channels), "channels", len(decoded.channels), "1 or more")
        add_sprite(self._clips, index, decoded.sprite, decoded.channels, round(decoded.sample_rate_hz))
        if index.title == BUILT_IN_TITLE:
            self._clips.bank.add(index.source)
        self._dataset = None
        return self._clips.counts()

    @request("clips.add_files", "idle", payload=ClipFiles)
    def clips_add_files(self, added: ClipFiles) -> Job:
        with self._all_or_nothing():
            for done, file in enumerate(added.files, start=1):
                add_file(self._clips, file.path, bytes(file.bytes))
                yield _progress("Reading recordings", done, len(added.files))
        return self._clips.counts()

    @request("clips.add_zip", "idle", payload=ClipArchive)
    def clips_add_zip(self, added: ClipArchive) -> Job:
        archive = ZipOfClips(cast(BinaryIO, added.file))
        if pack := archive.sprite_pack():
            index, files = pack
            contents = [{"file": name, "bytes": content} for name, content in files]
            return self._clips.counts() | {"pack": {"index": index, "files": contents}}
        with self._all_or_nothing():
            for done in archive.add_files(self._clips, archive=added.name):
                yield _progress("Reading recordings", done, len(archive.entries))
        return self._clips.counts() | {"pack": None}

    @request("clips.prepare", "idle", payload=Preparation)
    def clips_prepare(self, wanted: Preparation) -> Job:
        features = find_preset(wanted.preset)
        self._dataset = None  # memory has no room for the features of two datasets
        if self._marked:
            self._marked = self._marked[0], None
        preparation = prepare(self._clips, features=features, commands=wanted.commands)
        self._dataset = yield from _reporting("Computing features", preparation)
        return self._dataset.summary()

    @request("clips.example", "idle", "training", "listening", payload=ExampleChoice)
    def clips_example(self, chosen: ExampleChoice) -> Message:
        example = self._require_dataset().example(chosen.label)
        return vars(example) | {"picture": vars(example.picture)}

    @request("take.check", "idle", payload=RecordedTake)
    def take_check(self, take: RecordedTake) -> Message:
        samples = np.asarray(take.samples, np.float32)
        checked = check_take(samples, rate_hz=round(take.sample_rate_hz), features=DEFAULT_FEATURES)
        failure = checked.failure and checked.failure.to_dict()
        return vars(checked) | {"picture": vars(checked.picture), "failure": failure}

    @request("train.run", "idle", payload=TrainSettings, runs_as="training")
    def train_run(self, settings: TrainSettings) -> Job:
        self._stop_training = False
        dataset = self._require_dataset()
        name = " / ".join(commands_of(dataset.labels))
        recipe = settings.to_dict()
        del recipe["start_from"]
        if settings.start_from is None:
            return self._train(Trainer(dataset, TrainConfig.from_dict(recipe), name=name))
        base, config = self._require_model(), adapt_config(recipe)
        require_same_features(base.features, dataset.features)

        def adapted(examples: Examples) -> Trainer:
            return Trainer(examples, config, model=adapt(base, examples, config, name=name))

        return self._train_on(base.network, dataset, config, adapted)

    @request("train.resume", "idle", payload=Checkpoint, runs_as="training")
    def train_resume(self, saved: Checkpoint) -> Job:
        self._stop_training = False
        dataset, checkpoint = self._require_dataset(), bytes(saved.checkpoint)
        model, _ = load_model(checkpoint)
        config = model.provenance.training or TrainConfig(model.network.name)

        def resumed(examples: Examples) -> Trainer:
            return Trainer.resume(examples, checkpoint, n_iterations=saved.n_iterations)

        return self._train_on(model.network, dataset, config, resumed)

    def _train_on(
        self, network: Network, dataset: Dataset, config: TrainConfig, trainer_for: Callable[[Examples], Trainer]
    ) -> Job:
        """Train on the dataset, or where the network stands on a base on what that hears of it."""
        if network.base is None:
            return self._train(trainer_for(dataset))

        def hear_and_train() -> Job:
            hearing = examples_for(network, dataset, config)
            examples = yield from _reporting("Hearing examples", self._unless_stopped(hearing))
            return (yield from self._train(trainer_for(examples)))

        return hear_and_train()

    def _unless_stopped(
        self, job: Generator[tuple[int, int], None, Result]
    ) -> Generator[tuple[int, int], None, Result]:
        """Carry out what precedes the first iteration, and end as if cancelled when training is to stop."""
        while True:
            if self._stop_training:
                raise SaysoError("cancelled", "training was stopped before its first iteration")
            try:
                done = next(job)
            except StopIteration as finished:
                result: Result = finished.value
                return result
            yield done

    def _train(self, trainer: Trainer) -> Job:
        reason, failure = "finished", None
        try:
            for progress in trainer.run():
                yield "train.progress", dataclasses.asdict(progress)
                if trainer.checkpoint_is_due():
                    yield _checkpoint(trainer)
                if self._stop_training:
                    reason = "stopped"
                    break
            yield _checkpoint(trainer)
        except SaysoError as error:
            if error.code != "train_diverged":
                raise
            reason, failure = "diverged", error.to_dict()
            yield _checkpoint(trainer)
        evaluation = yield from _reporting("Testing", trainer.evaluate())
        self._model = trainer.model
        return {
            "reason": reason, "failure": failure, "iteration": trainer.iteration, "elapsed_s": trainer.elapsed_s,
            "evaluation": evaluation and evaluation.to_dict(), "card": trainer.model.card(),
            "bytes": save_model(trainer.model),
        }  # fmt: skip

    @request("train.stop", "training", payload=Nothing)
    def train_stop(self, _: Nothing) -> Message:
        self._stop_training = True
        return {}

    @request("model.load", "idle", payload=ModelFile)
    def model_load(self, file: ModelFile) -> Message:
        model = open_model(bytes(file.bytes))
        model.name = file.name or model.name
        self._model = model
        return model.card()

    @request("listen.start", "idle", payload=MicrophoneRate)
    def listen_start(self, microphone: MicrophoneRate) -> Message:
        model = self._require_model()
        self.listener = Listener(model, sample_rate_hz=round(microphone.sample_rate_hz))
        return {"card": model.card(), "detector": model.detector.to_dict(), "hop_ms": self.listener.hop_ms}

    @request("listen.tune", "listening", payload=DetectorChanges)
    def listen_tune(self, changes: DetectorChanges) -> Message:
        assert self.listener is not None
        changed = {name: value for name, value in vars(changes).items() if value is not None}
        config = DetectorConfig.from_dict(self.listener.detector.config.to_dict() | changed)
        self.listener.tune(config)
        return config.to_dict()

    @request("listen.stop", "listening", payload=Nothing)
    def listen_stop(self, _: Nothing) -> Message:
        listener, self.listener = self.listener, None
        assert listener is not None
        return {"n_samples": listener.n_samples, "n_dropped": listener.n_dropped, "n_detections": listener.n_detections}

    def _no_clips(self) -> ClipSet:
        return ClipSet(max_clips_a_word=MAX_CLIPS_A_WORD, store=SampleStore(self._keep))

    def _require_dataset(self) -> Dataset:
        if self._dataset is None:
            raise SaysoError("not_prepared", "no training audio is prepared: expected clips.prepare first")
        return self._dataset

    def _require_model(self) -> Model:
        if self._model is None:
            raise SaysoError("no_model", "no model is loaded or trained: expected model.load or train.run first")
        return self._model

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Put the clips, and what was prepared of them, back as they were when an addition fails or is cancelled."""
        before, dataset = self._clips.copy(), self._dataset
        self._dataset = None
        try:
            yield
        except BaseException:  # a cancelled generator ends with GeneratorExit
            self._clips, self._dataset = before, dataset
            raise


def _reporting(label: str, job: Generator[tuple[int, int], None, Result]) -> Generator[Event, None, Result]:
    """Turn a generator of (done, total) into one of job.progress events."""
    while True:
        try:
            done, total = next(job)
        except StopIteration as finished:
            result: Result = finished.value
            return result
        yield _progress(label, done, total)


def _progress(label: str, done: int, total: int) -> Event:
    return "job.progress", {"label": label, "done": done, "total": total}


def _checkpoint(trainer: Trainer) -> Event:
    return "train.checkpoint", {"bytes": trainer.checkpoint(), "iteration": trainer.iteration}
