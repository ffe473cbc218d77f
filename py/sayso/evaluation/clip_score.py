"""A model scored on labelled recordings: confusion, what other words were taken for, and threshold curves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sayso.arrays import F32, I64
from sayso.audio.mixing import amplify, draw_stretch, mean_power, mix, power_of, with_power
from sayso.data.clips import CLIP_RATE_HZ, Clip, ClipSet, place
from sayso.data.noise import split_noise
from sayso.errors import SaysoError
from sayso.evaluation.metrics import Evaluation, evaluate
from sayso.features.log_mel import compress, mel_spectrogram
from sayso.labels import OTHER, SILENCE, commands_of, label_of
from sayso.models.model import INFERENCE_BATCH, Model

CURVE_THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(1, 20))
# speech is taken to have this level where there are no words to measure (ITU-T P.56's nominal)
NOMINAL_SPEECH_DBFS = -26.0

Part = Literal["all", "test"]


@dataclass(frozen=True)
class Judgement:
    """What a model made of B windows: posteriors, (B, L), beside the indices of the right labels, `targets`, (B,).

    `words` holds the name of the folder that each window came from: which word it was, where the label is "other".
    """

    labels: tuple[str, ...]
    posteriors: F32
    targets: I64
    words: tuple[str, ...]

    @property
    def evaluation(self) -> Evaluation:
        return evaluate(self.posteriors, self.targets, self.labels)

    def other_words(self) -> dict[str, dict[str, Any]]:
        """How many windows each word labelled "other" has and, label by label, what they were taken for."""
        taken: dict[str, Counter[str]] = defaultdict(Counter)
        other = self.labels.index(OTHER)
        for word, target, best in zip(self.words, self.targets, self.posteriors.argmax(axis=1), strict=True):
            if target == other:
                taken[word][self.labels[best]] += 1
        return {
            word: {"n": counts.total(), "taken_for": {label: counts[label] for label in self.labels}}
            for word, counts in sorted(taken.items())
        }

    def threshold_curves(self) -> dict[str, list[dict[str, float | None]]]:
        """For every command, the share of windows in which its posterior reaches each of CURVE_THRESHOLDS.

        `recall` is the share of the command's own windows, `false_positive_rate` that of all other windows; None where
        there are no such windows.
        """
        curves = {}
        for command in commands_of(self.labels):
            index = self.labels.index(command)
            own, others = (np.sort(self.posteriors[is_in, index]) for is_in in
                           (self.targets == index, self.targets != index))  # fmt: skip
            curves[command] = [
                {
                    "threshold": threshold,
                    "recall": _share_from(own, threshold),
                    "false_positive_rate": _share_from(others, threshold),
                }
                for threshold in CURVE_THRESHOLDS
            ]
        return curves

    def to_dict(self) -> dict[str, Any]:
        """The scores as JSON can hold them; recall is told by the name of the label."""
        scores = self.evaluation.to_dict()
        scores["recall"] = dict(zip(self.labels, self.evaluation.recall, strict=True))
        return scores | {"words": self.other_words(), "threshold": self.threshold_curves()}


def _share_from(ascending: F32, threshold: float) -> float | None:
    if not ascending.size:
        return None
    return float(1 - np.searchsorted(ascending, np.float32(threshold)) / ascending.size)


@dataclass(frozen=True)
class Conditions:
    """How recordings are heard: as they are, or with noise and gain.

    With `snr_db`, `audio.mixing.mix` adds a stretch of noise to every word. Every window of silence gets noise as well,
    at the level that it has under words: the median of the words' mean powers, less `snr_db`. At last all is amplified
    by `gain_db`.
    """

    snr_db: float | None = None
    noise: Sequence[F32] = ()
    gain_db: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class _Window:
    word: str
    label: str
    recording: Clip | F32

    def placed(self, n_samples: int) -> F32:
        samples = self.recording.samples if isinstance(self.recording, Clip) else self.recording
        return place(samples, n_samples=n_samples)


def judge(
    model: Model,
    clips: ClipSet,
    *,
    part: Part,
    silence: Sequence[F32] = (),
    conditions: Conditions = Conditions(),
) -> Judgement:
    """Recognise every clip, and every second of noise and every recording of silence, whose right label is "silence".

    A word counts as what `label_of` says, given the model's commands.

    Parameters
    ----------
    model : Model, at 16 kHz
    clips : ClipSet
    part : "all", or "test" for the clips of test speakers and the stretches of noise and silence that training leaves
        out
    silence : recordings of (n_samples,) at 16 kHz, each one window, or as many whole windows as it holds
    conditions : Conditions

    Raises
    ------
    SaysoError : `no_clips`, `rate_mismatch`, `noise_silent`
    """
    features = model.features
    if features.sample_rate_hz != CLIP_RATE_HZ:
        raise SaysoError(
            "rate_mismatch", f"the model hears {features.sample_rate_hz} Hz: clips are kept at {CLIP_RATE_HZ} Hz"
        )
    windows = _windows(model, clips, silence, part)
    if not windows:
        raise SaysoError("no_clips", f"0 clips in part {part!r}: expected recordings at {CLIP_RATE_HZ} Hz or more")
    heard = _heard(windows, conditions, features.clip_samples)
    posteriors = []
    for start in range(0, len(windows), INFERENCE_BATCH):
        batch = np.stack([next(heard) for _ in windows[start : start + INFERENCE_BATCH]])  # (B, clip_samples)
        mel = mel_spectrogram(batch, config=features)
        posteriors.append(model.posteriors(compress(mel, config=features, step=features.frame_step)))
    targets = np.array([model.labels.index(window.label) for window in windows])
    return Judgement(model.labels, np.concatenate(posteriors), targets, tuple(window.word for window in windows))


def _windows(model: Model, clips: ClipSet, silence: Sequence[F32], part: Part) -> list[_Window]:
    commands, n_samples = commands_of(model.labels), model.features.clip_samples
    chosen = clips.test_speakers()
    windows = [
        _Window(clip.word, label_of(clip.word, commands), clip)
        for clip in clips.clips
        if part == "all" or clip.speaker in chosen
    ]
    noise = [recording.read() for recording in clips.noise]
    if part == "test":  # training hears silence folders as noise, and of all noise the first part of each recording
        seconds = [second for rest in split_noise([*noise, *silence])[1] for second in _cut(rest, n_samples)]
    else:
        seconds = [second for recording in noise for second in _cut(recording, n_samples)]
        seconds += [second for recording in silence for second in _cut(recording, n_samples) or [recording]]
    return windows + [_Window(SILENCE, SILENCE, second) for second in seconds]


def _cut(recording: F32, n_samples: int) -> list[F32]:
    """The recording cut into windows of n_samples; what is left at its end is dropped."""
    starts = range(0, recording.size - n_samples + 1, n_samples)
    return [recording[start : start + n_samples] for start in starts]


def _heard(windows: Sequence[_Window], conditions: Conditions, n_samples: int) -> Iterator[F32]:
    """The samples of each window, (n_samples,), as they are heard under the conditions."""
    rng = np.random.default_rng(conditions.seed)
    snr_db = conditions.snr_db
    if snr_db is not None:
        words = [mean_power(window.placed(n_samples)) for window in windows if window.label != SILENCE]
        silence_power = (float(np.median(words)) if words else power_of(NOMINAL_SPEECH_DBFS)) / power_of(snr_db)
    for window in windows:
        samples = window.placed(n_samples)
        if snr_db is not None:
            noise = draw_stretch(conditions.noise, n_samples, rng)
            if window.label == SILENCE:
                samples = samples + with_power(noise, silence_power)
            else:
                samples = mix(samples, noise, snr_db=snr_db)
        if snr_db is not None or conditions.gain_db:
            samples = amplify(samples, gain_db=conditions.gain_db)
        yield samples
