"""A model against labelled recordings."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sayso.clips import CLIP_RATE_HZ, ClipSet, place
from sayso.errors import SaysoError
from sayso.evaluation import Evaluation, evaluate
from sayso.features import compress, mel_spectrogram
from sayso.labels import OTHER, SILENCE, commands_of
from sayso.model import INFERENCE_BATCH, Model
from sayso.noise import split_noise


def judge(model: Model, clips: ClipSet, *, part: Literal["all", "test"]) -> Evaluation:
    """Recognise every clip, and every second of noise, as it was recorded, as silence.

    Words that are not labels of the model count as "other".

    Parameters
    ----------
    model : Model, at 16 kHz
    clips : ClipSet
    part : "all", or "test" for the words of test speakers and the stretches of noise that training leaves out

    Raises
    ------
    SaysoError : `no_clips`, `rate_mismatch`
    """
    features, commands = model.features, commands_of(model.labels)
    if features.sample_rate_hz != CLIP_RATE_HZ:
        raise SaysoError(
            "rate_mismatch", f"the model hears {features.sample_rate_hz} Hz: clips are kept at {CLIP_RATE_HZ} Hz"
        )
    chosen = clips.test_speakers()
    words = [clip for clip in clips.clips if part == "all" or clip.speaker in chosen]
    windows = [place(clip.samples, n_samples=features.clip_samples) for clip in words]
    labels = [clip.word if clip.word in commands else OTHER for clip in words]
    for recording in split_noise(clips.noise)[1] if part == "test" else clips.noise:
        seconds = [
            recording[start : start + features.clip_samples]
            for start in range(0, recording.size - features.clip_samples + 1, features.clip_samples)
        ]
        windows += seconds
        labels += [SILENCE] * len(seconds)
    if not windows:
        raise SaysoError("no_clips", f"0 clips in part {part!r}: expected recordings at {CLIP_RATE_HZ} Hz or more")
    posteriors = []
    for start in range(0, len(windows), INFERENCE_BATCH):
        mel = mel_spectrogram(np.stack(windows[start : start + INFERENCE_BATCH]), config=features)
        posteriors.append(model.posteriors(compress(mel, config=features, step=features.frame_step)))
    targets = np.array([model.labels.index(label) for label in labels])
    return evaluate(np.concatenate(posteriors), targets, model.labels)
