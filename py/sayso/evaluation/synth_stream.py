"""A long recording made of clips in noise, and the truth of what is said in it when."""

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
# A level of speech is drawn for each stretch of noise: that of a word at the middle of the range of SNRs.
SPEECH_MIN_DBFS, SPEECH_MAX_DBFS = -32.0, -22.0
STRETCH_MIN_S, STRETCH_MAX_S = 4.0, 12.0  # how long one noise lasts before another follows
CROSSFADE_S = 0.5  # how long one noise fades into the next
QUIETEST_DBFS = -50.0  # no clip is made softer than this where the noise pauses
FADE_S = 0.01  # a clip fades in and out for this long, lest its own background click
GAP_S = 0.3  # shortest pause between two clips
ACTIVITY_S = 0.01  # length of the frames in which speech is looked for
ACTIVITY_FRAMES = 5  # a frame's level is the median of so many around it
ACTIVE_BELOW_PEAK_DB = 30.0  # speech is no further below the loudest frame
ACTIVE_SHARE = 0.4  # speech is at least this share of the way, in dB, from the floor to the loudest frame
FLOOR_PERCENTILE = 10  # the floor is the level that this percentage of a clip's frames stays under
LEAST_POWER = 1e-10  # -100 dBFS, below what 16 bits hold; keeps the logarithm of silence finite


@dataclass(frozen=True)
class StreamConfig(Config):
    """What a stream is made of, and how long it is."""

    minutes: float
    snr_min_db: float  # ratio of a clip's mean power, pauses included, to that of the noise under it
    snr_max_db: float
    seed: int = 1
    commands: tuple[str, ...] = ("yes", "no")
    commands_per_hour: float = 240.0  # all commands together; each is said as often as any other
    others_per_hour: float = 700.0  # all other words together; each clip is heard as often as any other

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
        """Length of the stream, in samples at 16 kHz."""
        return round(self.minutes * 60 * CLIP_RATE_HZ)


def synth_stream(clips: Sequence[Clip], noise: Sequence[F32], config: StreamConfig) -> tuple[F32, list[Event]]:
    """Put clips at random times, never two at once, over noise that never stops.

    Stretches of noise fade into each other, each with a level of its own. Each clip is scaled to the signal-to-noise
    ratio that is drawn for it, but never to less than QUIETEST_DBFS.

    Parameters
    ----------
    clips : clips of commands and of other words
    noise : recordings of (n_samples,) float32 at 16 kHz
    config : StreamConfig

    Returns
    -------
    samples : (n_samples,) float32 at 16 kHz, clipped to [-1, 1]
    truth : an event for every clip, which lasts as long as its speech is active; its label is that of `label_of`

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
        spoken = faded(clip.samples)
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
    """Where the speech of a clip begins and ends: (first sample, sample behind the last).

    A frame is active if its level is within ACTIVE_BELOW_PEAK_DB of the loudest, and at least ACTIVE_SHARE of the way
    in decibels from the clip's floor to the loudest. Medians over ACTIVITY_FRAMES keep clicks from being speech.
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
    """Noise for the whole stream, (n_samples,): stretches at levels of their own that fade into each other."""
    n_fade = int(CROSSFADE_S * CLIP_RATE_HZ)
    # The squares of this and of its mirror image add up to 1, which keeps the power constant.
    rising = np.sin(np.linspace(0, np.pi / 2, n_fade, dtype=np.float32))
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
    """Clips in random order: as many commands and other words as there are to be in a stream of this length."""
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
    """The items in random order, again and again: no item comes back before every other has come."""
    while True:
        for i in rng.permutation(len(items)):
            yield items[i]


def _starts(chosen: Sequence[Clip], config: StreamConfig, rng: Rng) -> list[int]:
    """The sample at which each clip begins: one after the other, with random pauses of at least GAP_S between."""
    n_gap = int(GAP_S * CLIP_RATE_HZ)
    sizes = np.array([clip.n_samples + n_gap for clip in chosen], np.int64)
    spare = config.n_samples - int(sizes.sum()) - n_gap
    if chosen and spare < 0:
        raise SaysoError("stream_too_short", f"{config.minutes:g} minutes: {len(chosen)} clips and the pauses between "
                         f"them last {(config.n_samples - spare) / CLIP_RATE_HZ / 60:.2f} minutes")  # fmt: skip
    pauses = np.sort(rng.integers(0, max(1, spare + 1), len(chosen)))
    return (n_gap + pauses + np.cumsum(sizes) - sizes).tolist()  # type: ignore[no-any-return]  # NumPy's stub: Any


def faded(samples: F32, *, rate_hz: int = CLIP_RATE_HZ) -> F32:
    """The clip, (n_samples,), with FADE_S of fading at its beginning and its end."""
    n_fade = int(FADE_S * rate_hz)
    ramp = np.linspace(0, 1, n_fade + 1, dtype=np.float32)[1:]
    clip = samples.copy()
    clip[:n_fade] *= ramp
    clip[-n_fade:] *= ramp[::-1]
    return clip
