"""What the page can ask for: one method a request, over the clips, dataset, model and listener of a session.

Payloads and results are those of web/worker/protocol.js, with snake_case keys. A method that takes long is a job: a
generator of events that returns the result.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

import numpy as np

from sayso.audio.resample import resample
from sayso.audio.wav import encode_wav
from sayso.config import DetectorConfig, TrainConfig, require
from sayso.data.archive import ZipOfClips, add_file
from sayso.data.clips import CLIP_RATE_HZ, ClipSet, place
from sayso.data.sample_store import Keep, SampleStore, keep_here
from sayso.data.sprites import add_sprite, read_index
from sayso.data.take import trim_take
from sayso.errors import SaysoError
from sayso.features.log_mel import log_mel
from sayso.features.picture import picture_of
from sayso.features.presets import find_preset
from sayso.labels import commands_of
from sayso.listening.listener import Listener
from sayso.models.formats import open_model
from sayso.models.model import Model
from sayso.models.model_file import save_model
from sayso.training.adapt import adapt, adapt_config
from sayso.training.dataset import Dataset, prepare
from sayso.training.trainer import Trainer
from sayso.worker.catalogue import DEFAULT_FEATURES

Payload = dict[str, Any]
Event = tuple[str, Payload]  # type, payload
Job = Generator[Event, None, Payload]
Result = TypeVar("Result")

CHECKPOINT_S = 8.0
MAX_CLIPS_A_WORD = 1000  # of the tab's memory a clip's features take 16 kB; the browser keeps its samples, 32 kB
BUILT_IN_TITLE = "Built-in voices"  # of the pack that comes with the page: its clips are nobody's own


class Workbench:
    """The state behind a session, and what can be done with it.

    Parameters
    ----------
    keep : what keeps the samples of clips, a page at a time

    Raises
    ------
    SaysoError : every method, for a payload or a moment that does not fit
    """

    def __init__(self, *, keep: Keep = keep_here) -> None:
        self.listener: Listener | None = None
        self._keep = keep
        self._clips = self._no_clips()
        self._dataset: Dataset | None = None
        self._marked: tuple[ClipSet, Dataset | None] | None = None  # what clips.restore puts back
        self._model: Model | None = None
        self._stop_training = False

    def clips_clear(self, _: Payload) -> Payload:
        self._clips, self._dataset, self._marked = self._no_clips(), None, None
        return {}

    def clips_mark(self, _: Payload) -> Payload:
        self._marked = self._clips.copy(), self._dataset
        return {}

    def clips_restore(self, _: Payload) -> Payload:
        if self._marked is None:
            raise SaysoError("not_marked", "no clips to go back to: expected clips.mark first")
        (self._clips, self._dataset), self._marked = self._marked, None
        return {}

    def clips_add_sprite(self, payload: Payload) -> Payload:
        index = read_index(payload["index"])
        channels = payload["channels"]
        require(bool(channels), "channels", len(channels), "1 or more")
        add_sprite(self._clips, index, payload["sprite"], channels, round(payload["sample_rate_hz"]))
        if index.title == BUILT_IN_TITLE:
            self._clips.bank.add(index.source)
        self._dataset = None
        return self._clips.counts()

    def clips_add_files(self, payload: Payload) -> Job:
        with self._all_or_nothing():
            for done, file in enumerate(payload["files"], start=1):
                add_file(self._clips, file["path"], bytes(file["bytes"]))
                yield _progress("Reading recordings", done, len(payload["files"]))
        return self._clips.counts()

    def clips_add_zip(self, payload: Payload) -> Job:
        archive = ZipOfClips(payload["file"])
        if pack := archive.sprite_pack():
            index, files = pack
            contents = [{"file": name, "bytes": content} for name, content in files]
            return self._clips.counts() | {"pack": {"index": index, "files": contents}}
        with self._all_or_nothing():
            for done in archive.add_files(self._clips, archive=payload["name"]):
                yield _progress("Reading recordings", done, len(archive.entries))
        return self._clips.counts() | {"pack": None}

    def clips_prepare(self, payload: Payload) -> Job:
        features, commands = find_preset(payload["preset"]), tuple(payload["commands"])
        self._dataset = None  # the features of two would not fit
        if self._marked:
            self._marked = self._marked[0], None
        preparation = prepare(self._clips, features=features, commands=commands)
        self._dataset = yield from _reporting("Computing features", preparation)
        return self._dataset.summary()

    def clips_example(self, payload: Payload) -> Payload:
        dataset = self._require_dataset()
        label = payload.get("label")
        if label is not None and label not in dataset.labels:
            raise SaysoError("bad_label", f"label {label!r}: expected one of {', '.join(dataset.labels)}")
        chosen = [i for i, t in enumerate(dataset.targets) if label is None or dataset.labels[t] == label]
        if not chosen:
            raise SaysoError("label_empty", f"label {label!r} has no clips to hear")
        i = int(np.random.default_rng().choice(chosen))
        clip, features = dataset.clips[i], dataset.features
        samples = place(clip.samples, n_samples=features.clip_samples)
        return {
            "label": dataset.labels[dataset.targets[i]], "word": clip.word, "speaker": clip.speaker,
            "split": "test" if dataset.is_test[i] else "train", "samples": samples, "sample_rate_hz": CLIP_RATE_HZ,
            "picture": dataclasses.asdict(picture_of(log_mel(samples, config=features), features)),
        }  # fmt: skip

    def clips_encode_wav(self, payload: Payload) -> Payload:
        rate_hz, features = round(payload["sample_rate_hz"]), DEFAULT_FEATURES
        take = trim_take(np.asarray(payload["samples"], np.float32), rate_hz=rate_hz)
        frames = log_mel(resample(take.samples, from_hz=rate_hz, to_hz=features.sample_rate_hz), config=features)
        return {
            "bytes": encode_wav(take.samples, rate_hz=rate_hz),
            "duration_s": take.samples.size / rate_hz,
            "peak_dbfs": take.peak_dbfs,
            "picture": dataclasses.asdict(picture_of(frames, features)),
            "failure": take.failure and {"code": take.failure.code, "message": take.failure.message},
        }

    def train_run(self, payload: Payload) -> Job:
        self._stop_training = False
        dataset = self._require_dataset()
        name = " / ".join(commands_of(dataset.labels))
        settings = {key: value for key, value in payload.items() if key != "start_from"}
        start_from = payload.get("start_from")
        require(start_from in (None, "current"), "start_from", start_from, "null or 'current'")
        if start_from is None:
            return self._train(Trainer(dataset, TrainConfig.from_dict(settings), name=name))
        base, config = self._require_model(), adapt_config(settings)
        return self._train(Trainer(dataset, config, model=adapt(base, dataset, config, name=name)))

    def train_resume(self, payload: Payload) -> Job:
        self._stop_training = False
        checkpoint, n_iterations = bytes(payload["checkpoint"]), payload.get("n_iterations")
        return self._train(Trainer.resume(self._require_dataset(), checkpoint, n_iterations=n_iterations))

    def _train(self, trainer: Trainer) -> Job:
        reason, failure = "finished", None
        saved_s = time.perf_counter()
        try:
            for progress in trainer.run():
                yield "train.progress", dataclasses.asdict(progress)
                if time.perf_counter() - saved_s >= CHECKPOINT_S:
                    saved_s = time.perf_counter()
                    yield _checkpoint(trainer)
                if self._stop_training:
                    reason = "stopped"
                    break
            yield _checkpoint(trainer)
        except SaysoError as error:
            if error.code != "train_diverged":
                raise
            reason, failure = "diverged", {"code": error.code, "message": error.message}
            yield _checkpoint(trainer)
        evaluation = yield from _reporting("Testing", trainer.evaluate())
        self._model = trainer.model
        return {
            "reason": reason, "failure": failure, "iteration": trainer.iteration, "elapsed_s": trainer.elapsed_s,
            "evaluation": evaluation and evaluation.to_dict(), "card": trainer.model.card(),
            "bytes": save_model(trainer.model),
        }  # fmt: skip

    def train_stop(self, _: Payload) -> Payload:
        self._stop_training = True
        return {}

    def model_load(self, payload: Payload) -> Payload:
        model = open_model(bytes(payload["bytes"]))
        model.name = payload.get("name") or model.name
        self._model = model
        return model.card()

    def listen_start(self, payload: Payload) -> Payload:
        model = self._require_model()
        self.listener = Listener(model, sample_rate_hz=round(payload["sample_rate_hz"]))
        return {"card": model.card(), "detector": model.detector.to_dict(), "hop_ms": self.listener.hop_ms}

    def listen_tune(self, payload: Payload) -> Payload:
        assert self.listener is not None
        config = DetectorConfig.from_dict(self.listener.detector.config.to_dict() | payload)
        self.listener.tune(config)
        return config.to_dict()

    def listen_stop(self, _: Payload) -> Payload:
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
