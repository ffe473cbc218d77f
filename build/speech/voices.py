"""Makes the voices that come with the page: `python build/speech/voices.py --out DIR`.

A speaker is an accent and a variant of eSpeak NG with a vocal tract of its own. Whole variants are set apart for
testing, so that no voice of the test is a training voice with another accent. Everything is drawn from one seed.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np
from espeak import F32, Espeak, Utterance
from pack import SAMPLE_RATE_HZ, PackError, PackWriter
from progress import Progress
from scipy.signal import resample_poly
from words import clip_counts

SEED: Final = 2017
ACCENTS: Final = (
    "en", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
)  # fmt: skip
# Every variant of the library that could be a person: robots, echoes and repetitions of another are left out.
VARIANTS: Final = (
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Jacky Lee Marco Mario Michael Mike Nguyen Reed Storm adam "
    "anika antonio aunty belinda benjamin boris caleb croak david ed edward f1 f2 f3 f4 f5 grandma grandpa gustave ian "
    "iven iven3 kaukovalta klatt klatt2 klatt3 klatt4 klatt5 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel mike2 "
    "norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 steph3 travis victor whisper whisperf zac"
).split()
ACCENTS_PER_VARIANT: Final = 4
TEST_VARIANTS: Final = 14

RATES_WPM: Final = (90, 240)
PITCHES: Final = (20, 80)
PITCH_RANGES: Final = (10, 90)
INTONATIONS: Final = (".", "!", "?", ",", "")
TRACTS: Final = (0.88, 1.14)

LEVEL_DBFS: Final = -22.0
LEVEL_KEPT: Final = 0.3  # of a voice's own distance from that level, in dB
PEAK: Final = 0.9
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 100
QUIET_DB: Final = -50.0  # below the loudest frame
MARGIN_SAMPLES: Final = SAMPLE_RATE_HZ // 20


@dataclass(frozen=True)
class Speaker:
    """Someone who says words.

    Attributes
    ----------
    voice : accent+variant, the speaker's name
    tract : how much shorter the vocal tract is than the variant's: formants and pitch times this
    """

    voice: str
    tract: float


def draw_speakers(random: np.random.Generator) -> tuple[list[Speaker], list[str]]:
    """Everyone, in random order, and the names of those set apart for testing."""
    testing = set(random.permutation(VARIANTS)[:TEST_VARIANTS])
    speakers, test_speakers = [], []
    for variant in VARIANTS:
        for accent in random.permutation(ACCENTS)[:ACCENTS_PER_VARIANT]:
            speakers.append(Speaker(f"{accent}+{variant}", float(random.uniform(*TRACTS))))
            if variant in testing:
                test_speakers.append(speakers[-1].voice)
    return [speakers[index] for index in random.permutation(len(speakers))], test_speakers


def draw_utterance(word: str, speaker: Speaker, random: np.random.Generator) -> Utterance:
    """A word as the speaker may say it this time."""
    slow, fast = np.log(RATES_WPM)
    return Utterance(
        text=word + random.choice(INTONATIONS),
        voice=speaker.voice,
        rate_wpm=round(float(np.exp(random.uniform(slow, fast))) / speaker.tract),
        pitch=int(random.integers(*PITCHES)),
        pitch_range=int(random.integers(*PITCH_RANGES)),
    )


def with_tract(samples: F32, sample_rate_hz: int, tract: float) -> F32:
    """The samples at `SAMPLE_RATE_HZ`, played `tract` times as fast as they were synthesised."""
    divisor = int(np.gcd(SAMPLE_RATE_HZ, sample_rate_hz))
    resampled = resample_poly(samples, SAMPLE_RATE_HZ // divisor, round(sample_rate_hz / divisor * tract))
    return np.asarray(resampled, np.float32)


def trimmed(samples: F32) -> F32:
    """The samples from the first to the last sound, with a margin of silence on both sides."""
    n_frames = len(samples) // FRAME_SAMPLES
    power = np.square(samples[: n_frames * FRAME_SAMPLES].reshape(n_frames, FRAME_SAMPLES)).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (QUIET_DB / 10))
    return np.pad(samples[loud[0] * FRAME_SAMPLES : (loud[-1] + 1) * FRAME_SAMPLES], MARGIN_SAMPLES)


def levelled(samples: F32) -> F32:
    """The samples nearer to a common level, and not above the peak allowed."""
    level_db = 20 * np.log10(np.sqrt(np.mean(np.square(samples))))
    gain = 10 ** ((LEVEL_DBFS - level_db) * (1 - LEVEL_KEPT) / 20)
    return samples * np.float32(min(gain, PEAK / np.abs(samples).max()))


def write_voices(out: Path, counts: dict[str, int]) -> None:
    """Write the pack.

    Parameters
    ----------
    counts : word → number of clips
    """
    random = np.random.default_rng(SEED)
    speakers, test_speakers = draw_speakers(random)
    espeak = Espeak()
    pack = PackWriter(
        out,
        title="Built-in voices",
        source=f"eSpeak NG {espeak.version}",
        licence="None claimed: the speech of a program. eSpeak NG itself is GPL-3.0-or-later.",
        test_speakers=test_speakers,
    )
    progress = Progress(sum(counts.values()), "clips")
    everyone = cycle(speakers)
    with pack:
        for word, n_clips in counts.items():
            for speaker in islice(everyone, n_clips):
                spoken = espeak.say(draw_utterance(word, speaker, random))
                played = with_tract(spoken, espeak.sample_rate_hz, speaker.tract)
                pack.add(word, speaker.voice, levelled(trimmed(played)))
                progress.advance()
    print(f"voices: {pack.n_clips} clips of {len(counts)} words by {len(speakers)} speakers in {out}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    0, or 1 after a message on stderr
    """
    parser = argparse.ArgumentParser(prog="voices", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the sprite pack")
    options = parser.parse_args(arguments)
    try:
        write_voices(options.out, clip_counts())
    except (PackError, OSError) as error:
        print(f"voices: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
