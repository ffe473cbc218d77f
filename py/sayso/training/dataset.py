"""Clips to examples: mel power of every clip, the split by speaker, batches for training and windows for testing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sayso.arrays import F32, I64, Rng
from sayso.config import AugmentConfig, FeatureConfig, TrainConfig
from sayso.data.clips import CLIP_RATE_HZ, I16, Clip, ClipSet, from_pcm, place
from sayso.data.noise import babble, made_noise, recorded_noise
from sayso.data.split import UNKNOWN
from sayso.errors import SaysoError
from sayso.features.log_mel import compress, log_mel, mel_spectrogram
from sayso.features.picture import Picture, picture_of
from sayso.labels import OTHER, SILENCE, label_of, labels_for
from sayso.models.model import INFERENCE_BATCH
from sayso.models.networks import Network
from sayso.random_streams import Stream, generator_of
from sayso.training.augment import make_silence
from sayso.training.sampling import draw_clips
from sayso.training.scene import images, silence_scenes, word_scenes

PROGRESS_EVERY = 16  # clips between two reports of progress
FLOOR_SHARE = 0.08  # the floor is the level that 8 % of a clip's frames stay under, in each band
SILENCE_SEED = 20_171  # noise, babble and test silence are drawn alike for every run, whatever the run's seed
N_STANDARDISE = 512  # the standardisation is fitted to at least so many examples


@dataclass(frozen=True)
class Example:
    """A clip of a dataset as its network hears it: `samples`, (clip_samples,) float32, and their frames as an image.

    `split` is "train" or "test".
    """

    label: str
    word: str
    speaker: str
    split: str
    samples: F32
    sample_rate_hz: int
    picture: Picture


@dataclass
class Dataset:
    """Every clip as mel power, and who is in which part.

    `targets` and `is_test` are (N,). Silence has no clips: it is made from noise frames.
    """

    features: FeatureConfig
    labels: tuple[str, ...]
    clips: list[Clip]
    mel: list[F32]  # (T, M) each; were it one array, the tab's memory would lack room for another of a few clips more
    floor: F32  # (N, M) mel power of what each clip sounds like between words
    targets: I64
    is_test: npt.NDArray[np.bool_]
    n_of_word: npt.NDArray[np.float64]  # (N,) how many training clips there are of each clip's word, at least 1
    noise: F32  # (n_frames, M) mel power of noise of unit RMS, for training
    test_silence: F32  # (n_silence, T, M) mel power
    data_hash: str  # digest of the audio and of who is in which part
    warnings: list[str] = field(default_factory=list)
    bank: frozenset[str] = frozenset()  # the sources whose clips are not one's own

    @cached_property
    def is_own(self) -> npt.NDArray[np.bool_]:
        """(N,) whether a clip is one's own, not the bank's."""
        return np.array([clip.source not in self.bank for clip in self.clips])

    @property
    def n_test(self) -> int:
        """Windows in the test set, silence included; 0 when there is no second speaker."""
        return int(self.is_test.sum()) + len(self.test_silence)

    def frames_of(self, chosen: I64) -> F32:
        """Mel power of clips by index, (B, T, M)."""
        frames = np.empty((len(chosen), self.features.n_frames, self.features.n_mels), np.float32)
        for clip, i in zip(frames, chosen.tolist(), strict=True):
            clip[...] = self.mel[i]
        return frames

    def test_batch(self, chosen: I64) -> tuple[F32, I64]:
        """Windows of the test set by index: frames as the network sees them, (B, T, M), and targets, (B,)."""
        words = np.flatnonzero(self.is_test)
        is_word = chosen < len(words)
        mel = np.concatenate([self.frames_of(words[chosen[is_word]]), self.test_silence[chosen[~is_word] - len(words)]])
        silences = np.full(int((~is_word).sum()), self.labels.index(SILENCE))
        targets = np.concatenate([self.targets[words[chosen[is_word]]], silences])
        return compress(mel, config=self.features, step=self.features.frame_step), targets

    def test_batches(self, chosen: I64) -> Iterator[tuple[F32, I64]]:
        """Windows of the test set by index, in batches of `test_batch` that take little memory."""
        for start in range(0, len(chosen), INFERENCE_BATCH):
            yield self.test_batch(chosen[start : start + INFERENCE_BATCH])

    def train_batch(self, config: TrainConfig, rng: Rng, network: Network | None = None) -> tuple[F32, I64]:
        """A random batch of varied training examples: (B, T, M) frames, (B,) targets; whatever the network knows.

        Labels are drawn by the weights of the configuration, then a clip of that label by `draw_clips`.
        """
        weights = np.array([{OTHER: config.other_weight, SILENCE: config.silence_weight}.get(label, 1.0)
                            for label in self.labels])  # fmt: skip
        by_label = [np.flatnonzero((self.targets == i) & ~self.is_test) for i in range(len(self.labels))]
        silence = self.labels.index(SILENCE)
        weights *= [bool(len(members)) or i == silence for i, members in enumerate(by_label)]
        targets = np.sort(rng.choice(len(self.labels), config.batch_size, p=weights / weights.sum()))
        weights_of_words = self.n_of_word**-config.word_balance
        words = np.concatenate([
            draw_clips(
                members, int((targets == i).sum()), weights=weights_of_words, is_own=self.is_own,
                own_share=config.own_share, rng=rng,
            )
            for i, members in enumerate(by_label) if i != silence
        ]).astype(np.int64)  # fmt: skip
        others = rng.choice(np.flatnonzero(~self.is_test), len(words))
        scenes = word_scenes(
            self.frames_of(words), self.floor[words], self.frames_of(others), self.noise,
            features=self.features, config=config.augment, rng=rng,
        )  # fmt: skip
        n_silence = config.batch_size - len(words)
        silences = silence_scenes(n_silence, self.noise, features=self.features, config=config.augment, rng=rng)
        assert silence == len(self.labels) - 1  # the targets are sorted, so silence comes last there and in the rows
        scenes = np.concatenate([scenes, silences])
        return images(scenes, features=self.features, config=config.augment, rng=rng), targets

    def standardisation(self, config: TrainConfig) -> tuple[F32, F32]:
        """Mean and standard deviation of each band over varied training examples, (M,) each."""
        rng = generator_of(Stream.STANDARDISATION, config.seed)
        n_batches = -(-N_STANDARDISE // config.batch_size)
        batches = np.empty((n_batches, config.batch_size, *self.features.image_shape), np.float32)
        for batch in batches:
            batch[...], _ = self.train_batch(config, rng)
        frames = batches.reshape(-1, *self.features.image_shape)
        return frames.mean(axis=(0, 1)), np.maximum(frames.std(axis=(0, 1)), np.float32(1e-3))

    def example(self, label: str | None = None) -> Example:
        """A random clip to hear and see: of a label, or of any where it is None.

        Raises
        ------
        SaysoError : `bad_label`, no label of the dataset; `label_empty`, a label without clips
        """
        if label is not None and label not in self.labels:
            raise SaysoError("bad_label", f"label {label!r}: expected one of {', '.join(self.labels)}")
        candidates = [i for i, target in enumerate(self.targets) if label in (None, self.labels[target])]
        if not candidates:
            raise SaysoError("label_empty", f"label {label!r} has no clips to hear")
        i = int(np.random.default_rng().choice(candidates))
        clip, features = self.clips[i], self.features
        samples = place(clip.samples, n_samples=features.clip_samples)
        return Example(
            label=self.labels[self.targets[i]],
            word=clip.word,
            speaker=clip.speaker,
            split="test" if self.is_test[i] else "train",
            samples=samples,
            sample_rate_hz=CLIP_RATE_HZ,
            picture=picture_of(log_mel(samples, config=features), features),
        )

    def summary(self) -> dict[str, Any]:
        """Counts of each label, for the page and the desk."""
        rows = []
        for i, label in enumerate(self.labels[:-1]):
            parts = {part: self.is_test == (part == "test") for part in ("train", "test")}
            row: dict[str, Any] = {"label": label}
            for part, members in parts.items():
                chosen = np.flatnonzero(members & (self.targets == i))
                row[f"n_{part}"] = len(chosen)
                row[f"n_{part}_speakers"] = len({self.clips[j].speaker for j in chosen})
            rows.append(row)
        silence = {"label": SILENCE, "n_train": 0, "n_test": len(self.test_silence)}
        rows.append(silence | {"n_train_speakers": 0, "n_test_speakers": 0})
        return {
            "labels": rows, "preset": self.features.preset, "n_frames": self.features.image_shape[0],
            "n_mels": self.features.n_mels, "warnings": self.warnings, "data_hash": self.data_hash,
        }  # fmt: skip


def prepare(
    clips: ClipSet, *, features: FeatureConfig, commands: Sequence[str]
) -> Generator[tuple[int, int], None, Dataset]:
    """Turn clips into a dataset, a few at a time; yields (clips done, clips in all).

    Raises
    ------
    SaysoError : `no_clips`; `label_empty`, a command without clips; `bad_label`; `rate_mismatch`
    """
    labels = labels_for(commands)
    words = {clip.word for clip in clips.clips}
    if not words:
        raise SaysoError("no_clips", "0 clips: expected training audio to be loaded first")
    label = {word: label_of(word, commands) for word in words}
    if missing := [command for command in commands if command not in label.values()]:
        available = ", ".join(sorted(words)[:20])
        raise SaysoError("label_empty", f"command {missing[0]!r} has no clips: there are clips of {available}")
    if features.sample_rate_hz != CLIP_RATE_HZ:
        raise SaysoError("rate_mismatch", f"preset {features.preset!r} is at {features.sample_rate_hz} Hz: "
                         f"training audio is kept at {CLIP_RATE_HZ} Hz")  # fmt: skip
    # noise is made first, before the clips' mel power takes up memory
    noise, test_noise, warnings = _noise_frames(clips, features)
    test_speakers = clips.test_speakers()
    is_test = np.array([clip.speaker in test_speakers for clip in clips.clips])
    digest = hashlib.blake2b(digest_size=8)  # BLAKE2b takes half of SHA-256's time in the tab
    mel: list[F32] = []
    floor = np.empty((len(clips.clips), features.n_mels), np.float32)
    quiet = round(FLOOR_SHARE * (features.n_frames - 1))
    for i, clip in enumerate(clips.clips):
        pcm = clip.pcm
        _hash_clip(digest, clip, pcm, tested=bool(is_test[i]))
        mel.append(mel_spectrogram(place(from_pcm(pcm), n_samples=features.clip_samples), config=features))
        # powers are not negative, so their bits are ordered like integers, and integers compare quicker
        floor[i] = np.partition(mel[i].view(np.int32), quiet, axis=0)[quiet].view(np.float32)
        if i % PROGRESS_EVERY == PROGRESS_EVERY - 1 or i == len(floor) - 1:
            yield i + 1, len(floor)

    targets = np.array([labels.index(label[clip.word]) for clip in clips.clips])
    n_clips = Counter(clip.word for clip, tested in zip(clips.clips, is_test, strict=True) if not tested)
    n_of_word = np.array([max(1.0, n_clips[clip.word]) for clip in clips.clips])
    talk = np.flatnonzero((targets == labels.index(OTHER)) & ~is_test)
    noise = np.concatenate([noise, babble(mel, talk, level=float(noise.mean()), seed=SILENCE_SEED)])
    n_silence = int(is_test.sum()) // (len(labels) - 1)
    test_silence = make_silence(
        n_silence, test_noise, n_frames=features.n_frames, config=AugmentConfig(),
        rng=np.random.default_rng(SILENCE_SEED), spectrum=features.spectrum,
    )  # fmt: skip
    for recording in clips.noise:
        digest.update(recording.read().data)
    dataset = Dataset(
        features, labels, list(clips.clips), mel, floor, targets, is_test, n_of_word, noise, test_silence,
        digest.hexdigest(), warnings, frozenset(clips.bank),
    )  # fmt: skip
    _check_parts(dataset)
    return dataset


def _noise_frames(clips: ClipSet, features: FeatureConfig) -> tuple[F32, F32, list[str]]:
    """Mel frames of noise for training and for testing, with a warning when there was none to test on.

    Training hears coloured noise beside the recordings: few places sound like the few that were recorded.
    """
    made, made_test = _made_noise_frames(features)
    if clips.noise:
        recorded, test = _joined_frames(recorded_noise(recording.read() for recording in clips.noise), features)
        if min(len(recorded), len(test)) >= features.n_frames:
            return np.concatenate([recorded, made]), test, []
    found = "Too little" if clips.noise else "No"
    warning = (
        f"{found} background noise was loaded (a folder _background_noise_): silence is taught with coloured noise."
    )
    return made, made_test, [warning]


@lru_cache(maxsize=1)
def _made_noise_frames(features: FeatureConfig) -> tuple[F32, F32]:
    """Mel frames of coloured noise for training and for testing, the same for all clips."""
    return _joined_frames(made_noise(seed=SILENCE_SEED), features)


def _joined_frames(pairs: Iterable[tuple[F32, F32]], features: FeatureConfig) -> tuple[F32, F32]:
    """Mel frames of pairs of recordings, for training and for testing; none of what is too short for one."""

    def frames(recording: F32) -> F32:
        if recording.size < features.least_samples:
            return np.zeros((0, features.n_mels), np.float32)
        return mel_spectrogram(recording, config=features)

    train, test = zip(*((frames(train), frames(test)) for train, test in pairs), strict=True)
    return np.concatenate(train), np.concatenate(test)


def _check_parts(dataset: Dataset) -> None:
    """Warn of labels that cannot be trained or tested; refuse a command that only test speakers said."""
    for i, label in enumerate(dataset.labels[:-1]):
        members = dataset.targets == i
        n_train, n_test = int((members & ~dataset.is_test).sum()), int((members & dataset.is_test).sum())
        if n_train == 0 and label != OTHER:
            raise SaysoError("label_empty", f"command {label!r} has 0 clips by training speakers and {n_test} by test "
                             "speakers: expected more speakers")  # fmt: skip
        if n_train == 0:
            dataset.warnings.append("There are no other words: the network cannot learn what to ignore.")
        elif n_test == 0 and dataset.n_test:
            dataset.warnings.append(f"No test speaker said {label!r}: its accuracy is not measured.")
    n_unknown = sum(clip.speaker == UNKNOWN for clip in dataset.clips)
    if n_unknown:
        dataset.warnings.append(
            f"{n_unknown} clips do not name their speaker, as anna_nohash_1.wav does: none is tested."
        )
    if not dataset.n_test:
        dataset.warnings.append("There is no second speaker to test on: accuracy is not measured.")


def _hash_clip(digest: hashlib.blake2b, clip: Clip, pcm: I16, *, tested: bool) -> None:
    """Let the digest know of a clip: its word, its speaker, its part and its samples, (n_samples,)."""
    digest.update(f"{clip.word}\0{clip.speaker}\0{int(tested)}\0{pcm.size}\0".encode())
    digest.update(pcm.data)
