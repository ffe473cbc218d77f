"""What is trained on a base: its vectors of a dataset's scenes, and of recordings in which nobody says a command.

A base takes far longer than what stands behind it. So it hears each scene once, before training, and training draws
from the vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sayso.arrays import F32, I64, Rng
from sayso.config import AugmentConfig, DetectorConfig, FeatureConfig, TrainConfig
from sayso.errors import SaysoError
from sayso.features.log_mel import log_mel
from sayso.labels import OTHER, commands_of
from sayso.models.embedding import Embedding
from sayso.models.model import INFERENCE_BATCH, Model, new_model, posteriors_of
from sayso.models.model_file import fill
from sayso.models.networks import Network
from sayso.random_streams import Stream, generator_of
from sayso.training.dataset import Dataset

# A scene is two seconds, with a word of one in its middle: it ends up to .9 s before its window does, or just then.
# Nothing is blanked, since a base was not trained on frames with holes.
AUGMENT_ON_BASE = AugmentConfig(shift_ms=450.0, neighbour_share=0.2, mask_ms=0.0, mask_share=0.0)

HOP_MS, SMOOTHING_MS = 80.0, 240.0  # a base has a vector every 80 ms, and three posteriors are averaged
N_CANDIDATES = 8  # windows of the background that the network judges, for each that is kept as a hard one

Background = Mapping[str, Sequence[F32]]  # vectors of recordings, (n, D) each, by the label that they count as


@dataclass
class VectorDataset:
    """Vectors of windows, and what each window is: what `Trainer` needs to train what stands behind a base."""

    features: FeatureConfig
    labels: tuple[str, ...]
    scenes: F32  # (N, n_vectors, D)
    targets: I64  # (N,)
    test: F32  # (n_test, n_vectors, D)
    test_targets: I64  # (n_test,)
    background: list[tuple[F32, int]]  # recordings, (n, D) with n >= n_vectors, and the label of each
    data_hash: str  # digest of the audio, of who is in which part, and of the background

    @property
    def n_test(self) -> int:
        """Windows in the test set; 0 when there is no second speaker."""
        return len(self.test)

    def train_batch(self, config: TrainConfig, rng: Rng, network: Network) -> tuple[F32, I64]:
        """A batch: (B, n_vectors, D) vectors and (B,) targets; the last are of the background, if there is any.

        Scenes are drawn at random. Of the background's windows half are, and half are those of N_CANDIDATES times as
        many that `network` is surest are commands: an hour of talk has few moments that sound like one.

        Source
        ------
        Shrivastava, Gupta & Girshick 2016, "Training region-based object detectors with online hard example mining".
        """
        n_background = round(config.background_share * config.batch_size) if self.background else 0
        n_hard = n_background // 2
        chosen = rng.integers(0, len(self.scenes), config.batch_size - n_background)
        windows, targets = self._draw_background(n_background - n_hard + N_CANDIDATES * n_hard, rng)
        if n_hard:
            n_random = n_background - n_hard
            posteriors = posteriors_of(network, windows[n_random:])
            danger = posteriors[:, : len(commands_of(self.labels))].max(axis=1)
            kept = np.concatenate([np.arange(n_random), n_random + np.argsort(-danger, kind="stable")[:n_hard]])
            windows, targets = windows[kept], targets[kept]
        return np.concatenate([self.scenes[chosen], windows]), np.concatenate([self.targets[chosen], targets])

    def _draw_background(self, n: int, rng: Rng) -> tuple[F32, I64]:
        """Windows of the background, (n, n_vectors, D), each as likely as any other, and their targets, (n,)."""
        n_vectors = self.scenes.shape[1]
        windows, targets = np.empty((n, *self.scenes.shape[1:]), np.float32), np.empty(n, np.int64)
        if not n:
            return windows, targets
        ends = np.cumsum([len(vectors) - n_vectors + 1 for vectors, _ in self.background])
        places = rng.integers(0, ends[-1], n)
        recordings = np.searchsorted(ends, places, side="right")
        starts = places - np.concatenate([[0], ends])[recordings]
        for i, (recording, start) in enumerate(zip(recordings.tolist(), starts.tolist(), strict=True)):
            vectors, targets[i] = self.background[recording]
            windows[i] = vectors[start : start + n_vectors]
        return windows, targets

    def test_batches(self, chosen: I64) -> Iterator[tuple[F32, I64]]:
        """Windows of the test set by index, in batches."""
        for start in range(0, len(chosen), INFERENCE_BATCH):
            batch = chosen[start : start + INFERENCE_BATCH]
            yield self.test[batch], self.test_targets[batch]

    def standardisation(self, config: TrainConfig) -> tuple[F32, F32]:
        """Mean and standard deviation of each number of a vector, over all scenes, (D,) each."""
        values = self.scenes.reshape(-1, self.scenes.shape[2])
        return values.mean(axis=0), np.maximum(values.std(axis=0), np.float32(1e-3))


def vectors_of(samples: F32, base: Embedding, features: FeatureConfig) -> F32:
    """The vectors, (n, D), of a recording, (n_samples,) at features.sample_rate_hz.

    Raises
    ------
    SaysoError : `audio_too_short`, `audio_not_finite`
    """
    return base.frames_to_vectors(log_mel(samples, config=features))


def prepare_vectors(
    dataset: Dataset, base: Embedding, config: TrainConfig, background: Background
) -> Generator[tuple[int, int], None, VectorDataset]:
    """Let a base hear config.n_scenes scenes of a dataset, and its test set; yields (windows done, in all).

    Parameters
    ----------
    dataset : Dataset, of features that the base can hear
    base : Embedding
    config : TrainConfig, whose seed decides which scenes are drawn
    background : recordings that training is to know beside the scenes; those shorter than a window are passed over

    Raises
    ------
    SaysoError : `bad_label`, a background of no label of the dataset; `features_mismatch`
    """
    n_vectors, width = base.output_shape(dataset.features.image_shape)
    n_batches = -(-config.n_scenes // config.batch_size)
    n_all = n_batches * config.batch_size + dataset.n_test
    scenes = np.empty((n_batches * config.batch_size, n_vectors, width), np.float32)
    targets = np.empty(len(scenes), np.int64)
    for i in range(n_batches):
        rows = slice(i * config.batch_size, (i + 1) * config.batch_size)
        frames, targets[rows] = dataset.train_batch(config, generator_of(Stream.SCENES, config.seed, i))
        scenes[rows] = base.forward(frames)
        yield rows.stop, n_all
    test = np.empty((dataset.n_test, n_vectors, width), np.float32)
    test_targets = np.empty(len(test), np.int64)
    done = 0
    for frames, of_batch in dataset.test_batches(np.arange(dataset.n_test)):
        rows = slice(done, done + len(frames))
        test[rows], test_targets[rows] = base.forward(frames), of_batch
        done = rows.stop
        yield len(scenes) + done, n_all
    digest = hashlib.blake2b(dataset.data_hash.encode(), digest_size=8)
    recordings = []
    for label, of_label in background.items():
        if label not in dataset.labels:
            raise SaysoError("bad_label", f"background that counts as {label!r:.60}: expected {OTHER!r} or another of "
                             f"{', '.join(dataset.labels)}")  # fmt: skip
        for vectors in of_label:
            if vectors.shape[1:] != (width,):
                raise SaysoError("features_mismatch", f"background of shape {vectors.shape}: expected (n, {width})")
            digest.update(f"{label}\0{len(vectors)}\0".encode())
            digest.update(np.ascontiguousarray(vectors).data)
            if len(vectors) >= n_vectors:
                recordings.append((vectors, dataset.labels.index(label)))
    return VectorDataset(
        dataset.features, dataset.labels, scenes, targets, test, test_targets, recordings, digest.hexdigest()
    )


def examples_for(
    network: Network, dataset: Dataset, config: TrainConfig, background: Background | None = None
) -> Generator[tuple[int, int], None, Dataset | VectorDataset]:
    """What `network` is trained on: the dataset, or where it stands on a base what `prepare_vectors` makes of that.

    Raises
    ------
    SaysoError : the codes of `prepare_vectors`
    """
    if network.base is None:
        return dataset
    return (yield from prepare_vectors(dataset, network.base, config, background or {}))


def new_model_on_base(vectors: VectorDataset, base: Embedding, config: TrainConfig, *, name: str) -> Model:
    """An untrained model that stands on a base, its standardisation fitted to the vectors; give it to `Trainer`."""
    model = new_model(name, features=vectors.features, labels=vectors.labels, network=config.network, seed=config.seed)
    assert model.network.base is not None, "the network of the configuration stands on no base"
    fill(model.network.base.tensors, base.tensors)
    standardise = model.network.standardise.state
    standardise["mean"][...], standardise["std"][...] = vectors.standardisation(config)
    model.detector = DetectorConfig(smoothing_ms=SMOOTHING_MS, hop_ms=HOP_MS)
    return model
