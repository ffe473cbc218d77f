"""A long recording made of clips in noise, with what is said when in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sayso.arrays import F32, Rng
from sayso.audio.mixing import draw_stretch, mean_power, power_of, with_power
from sayso.config import MAX_DB, Config, require
from sayso.data.clips import CLIP_RATE_HZ, Clip
from sayso.errors import SaysoError
from sayso.evaluation.truth import Event
from sayso.labels import OTHER, label_of, labels_for

Item = TypeVar("Item")
SPEECH_MIN_DBFS, SPEECH_MAX_DBFS = -32.0, -22.0  # of words at the middle of the SNR's range; drawn for each stretch
STRETCH_MIN_S, STRETCH_MAX_S = 4.0, 12.0  # of one noise
CROSSFADE_S = 0.5  # between two stretches
QUIETEST_DBFS = -50.0  # of a clip, where the noise pauses: nobody speaks more softly
FADE_S = 0.01  # of a clip, so that its own background does not click
GAP_S = 0.3  # the least pause between two clips
ACTIVITY_S = 0.01  # frames in which a clip's speech is looked for
ACTIVITY_FRAMES = 5
ACTIVE_BELOW_PEAK_DB = 30.0
ACTIVE_SHARE = 0.4
FLOOR_PERCENTILE = 10
LEAST_POWER = 1e-10  # -100 dBFS, below what 16 bits hold


@dataclass(frozen=True)
class StreamConfig(Config):
    """What a stream is made of."""

    minutes: float
    snr_min_db: float  # of a whole clip, pauses included, to the noise under it
    snr_max_db: float
    seed: int = 1
    commands: tuple[str, ...] = ("yes", "no")
    commands_per_hour: float = 240.0  # all of them together, each as often as any other
    others_per_hour: float = 700.0  # each clip as often as any other

    def __post_init__(self) -> None:
        require(0 < self.minutes <= 600, "minutes", self.minutes, "over 0, up to 600")
        labels_for(self.commands)
        require(-MAX_DB <= self.snr_min_db <= MAX_DB, "snr_min_db", self.snr_min_db, f"-{MAX_DB:g} to {MAX_DB:g}")
        require(
            self.snr_min_db <= self.snr_max_db <= MAX_DB,
            "snr_max_db", self.snr_max_db, f"snr_min_db, {self.snr_min_db:g}, to {MAX_DB:g}",
        )  # fmt: skip
        require(self.seed >= 0, "seed", self.seed, "0 or more")
        for name in ("commands_per_hour", "others_per_hour"):
            require(0 <= getattr(self, name) <= 3600, name, getattr(self, name), "0 to 3600")

    @property
    def n_samples(self) -> int:
        return round(self.minutes * 60 * CLIP_RATE_HZ)


def synth_stream(clips: Sequence[Clip], noise: Sequence[F32], config: StreamConfig) -> tuple[F32, list[Event]]:
    """Clips at random times, never two at once, over noise that never stops.

    Stretches of noise follow each other with crossfades; each has a level of its own. Each clip is scaled so that its
    mean power stands to that of the noise under it as an SNR drawn for it asks, but never below QUIETEST_DBFS.

    Parameters
    ----------
    clips : of commands and other words
    noise : (n_samples,) each, at 16 kHz
    config : StreamConfig

    Returns
    -------
    samples : (n_samples,) float32 at 16 kHz, clipped to [-1, 1]
    truth : of every clip the part where speech is active; the label is the command, or "other"

    Raises
    ------
    SaysoError : `label_empty`, no clips of a command or of other words; `stream_too_short` for so many clips;
        `noise_silent`
    """
    rng = np.random.default_rng(config.seed)
    samples = _background(noise, config, rng)
    chosen = _choose(clips, config, rng)
    events = []
    for clip, start in zip(chosen, _starts(chosen, config, rng), strict=True):
        spoken = _faded(clip.samples)
        under = samples[start : start + spoken.size]
        snr_db = rng.uniform(config.snr_min_db, config.snr_max_db)
        power = max(mean_power(under) * power_of(snr_db), power_of(QUIETEST_DBFS))
        under += with_power(spoken, power)
        first, last = active_part(clip.samples)
        label = label_of(clip.word, config.commands)
        events.append(Event((start + first) / CLIP_RATE_HZ, (start + last) / CLIP_RATE_HZ, label, clip.word,
                            clip.speaker))  # fmt: skip
    return np.clip(samples, -1, 1), events


def active_part(samples: F32) -> tuple[int, int]:
    """Where the speech of a clip begins and ends, in samples.

    Its frames are within ACTIVE_BELOW_PEAK_DB of the loudest, and at least ACTIVE_SHARE of the way in decibels from the
    clip's own background, the quietest tenth, to the loudest. Each is the median of those around it: clicks are none.
    """
    n_frame = int(ACTIVITY_S * CLIP_RATE_HZ)
    n_frames = samples.size // n_frame
    power = np.square(samples[: n_frames * n_frame].reshape(n_frames, n_frame)).mean(axis=1)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(power, ACTIVITY_FRAMES // 2, mode="edge"), ACTIVITY_FRAMES)
    level_db = 10 * np.log10(np.median(around, axis=1) + LEAST_POWER)
    peak_db, floor_db = level_db.max(), np.percentile(level_db, FLOOR_PERCENTILE)
    least_db = max(peak_db - ACTIVE_BELOW_PEAK_DB, floor_db + ACTIVE_SHARE * (peak_db - floor_db))
    active = np.flatnonzero(level_db >= least_db)
    return int(active[0]) * n_frame, (int(active[-1]) + 1) * n_frame


def _background(noise: Sequence[F32], config: StreamConfig, rng: Rng) -> F32:
    n_fade = int(CROSSFADE_S * CLIP_RATE_HZ)
    rising = np.sin(np.linspace(0, np.pi / 2, n_fade, dtype=np.float32))  # with its mirror image, of constant power
    samples = np.zeros(config.n_samples, np.float32)
    start = 0
    while start < samples.size:
        n = int(rng.uniform(STRETCH_MIN_S, STRETCH_MAX_S) * CLIP_RATE_HZ)
        speech_dbfs = rng.uniform(SPEECH_MIN_DBFS, SPEECH_MAX_DBFS)
        noise_dbfs = speech_dbfs - (config.snr_min_db + config.snr_max_db) / 2
        stretch = with_power(draw_stretch(noise, n, rng), power_of(noise_dbfs))
        if start:
            stretch[:n_fade] *= rising
        stretch[n - n_fade :] *= rising[::-1]
        samples[start : start + n] += stretch[: samples.size - start]
        start += n - n_fade
    return samples


def _choose(clips: Sequence[Clip], config: StreamConfig, rng: Rng) -> list[Clip]:
    """As many commands and other words as the stream is long, in random order."""
    pools: dict[str, list[Clip]] = {label: [] for label in (*config.commands, OTHER)}
    for clip in clips:
        pools[label_of(clip.word, config.commands)].append(clip)
    chosen: list[Clip] = []
    for labels, per_hour in ((config.commands, config.commands_per_hour), ((OTHER,), config.others_per_hour)):
        if not per_hour:
            continue
        n = round(config.minutes / 60 * per_hour)
        if not n:
            raise SaysoError("stream_too_short", f"{config.minutes:g} minutes: expected time for one clip of "
                             f"{' or '.join(labels)} at least, at {per_hour:g} an hour")  # fmt: skip
        if empty := [label for label in labels if not pools[label]]:
            raise SaysoError("label_empty", f"0 clips of {', '.join(empty)}: there are clips of "
                             f"{', '.join(sorted({clip.word for clip in clips})[:20])}")  # fmt: skip
        takes = {label: _in_turn(pools[label], rng) for label in labels}
        turns = _in_turn(labels, rng)
        chosen += [next(takes[next(turns)]) for _ in range(n)]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _in_turn(items: Sequence[Item], rng: Rng) -> Iterator[Item]:
    """All of them in random order, again and again: none twice before each was once."""
    while True:
        for i in rng.permutation(len(items)):
            yield items[i]


def _starts(chosen: Sequence[Clip], config: StreamConfig, rng: Rng) -> list[int]:
    """Where each clip begins, one after the other with random pauses."""
    n_gap = int(GAP_S * CLIP_RATE_HZ)
    sizes = np.array([clip.n_samples + n_gap for clip in chosen], np.int64)
    spare = config.n_samples - int(sizes.sum()) - n_gap
    if chosen and spare < 0:
        raise SaysoError("stream_too_short", f"{config.minutes:g} minutes: {len(chosen)} clips and the pauses between "
                         f"them last {(config.n_samples - spare) / CLIP_RATE_HZ / 60:.2f} minutes")  # fmt: skip
    pauses = np.sort(rng.integers(0, max(1, spare + 1), len(chosen)))
    return (n_gap + pauses + np.cumsum(sizes) - sizes).tolist()  # type: ignore[no-any-return]  # NumPy's stub: Any


def _faded(samples: F32) -> F32:
    n_fade = int(FADE_S * CLIP_RATE_HZ)
    ramp = np.linspace(0, 1, n_fade + 1, dtype=np.float32)[1:]
    faded = samples.copy()
    faded[:n_fade] *= ramp
    faded[-n_fade:] *= ramp[::-1]
    return faded
