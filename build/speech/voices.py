"""Makes the voices that come with the page: `python build/speech/voices.py --out DIR`.

A speaker is an accent and a variant of eSpeak NG with a vocal tract of its own. Whole variants are set apart for
testing, so that no voice of the test is a training voice with another accent. Everything is drawn from one seed.

How widely the speed is drawn was chosen by training a small network on the outcome and testing it on 3,465 recorded
words (mean recall of yes, no and other at the best threshold, two seeds, chance about .01): 90 to 240 words a minute
.75, 140 to 300 .76, 170 to 360 .78, 140 to 440 .79. Half of the speakers American or all accents alike: no difference.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np
from espeak import F32, MAX_RATE_WPM, Espeak, Utterance
from pack import SAMPLE_RATE_HZ, PackError, PackWriter
from progress import Progress
from scipy.signal import resample_poly
from words import clip_counts

SEED: Final = 2017
ACCENTS: Final = {  # and their share of the speakers
    "en-us": 0.45,
    "en": 0.1,
    "en-gb-x-rp": 0.1,
    "en-us-nyc": 0.07,
    "en-029": 0.07,
    "en-gb-scotland": 0.07,
    "en-gb-x-gbclan": 0.07,
    "en-gb-x-gbcwmd": 0.07,
}
# Every variant of the library that could be a person: robots, echoes and repetitions of another are left out.
VARIANTS: Final = (
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Jacky Lee Marco Mario Michael Mike Nguyen Reed Storm adam "
    "anika antonio aunty belinda benjamin boris caleb croak david ed edward f1 f2 f3 f4 f5 grandma grandpa gustave ian "
    "iven iven3 kaukovalta klatt klatt2 klatt3 klatt4 klatt5 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel mike2 "
    "norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 steph3 travis victor whisper whisperf zac"
).split()
SPEAKERS_PER_VARIANT: Final = 4
TEST_VARIANTS: Final = 14

RATES_WPM: Final = (140, 440)  # as heard: a short vocal tract is also played faster
PITCHES: Final = (20, 80)
PITCH_RANGES: Final = (10, 90)
INTONATIONS: Final = (".", "!", "?", ",", "")
TRACTS: Final = (0.8, 1.22)

FADES_S: Final = (0.06, 0.2)
FADES_DB: Final = (10, 30)
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
    voice : accent+variant
    tract : how much shorter the vocal tract is than the variant's: formants and pitch times this
    """

    voice: str
    tract: float

    @property
    def name(self) -> str:
        """What a pack calls the speaker."""
        return f"{self.voice} x{self.tract:.3f}"


def draw_speakers(random: np.random.Generator) -> tuple[list[Speaker], list[Speaker]]:
    """Everyone, in random order, and those set apart for testing."""
    testing = set(random.permutation(VARIANTS)[:TEST_VARIANTS])
    speakers, test_speakers = [], []
    for variant in VARIANTS:
        for accent in random.choice(list(ACCENTS), SPEAKERS_PER_VARIANT, p=list(ACCENTS.values())):
            speakers.append(Speaker(f"{accent}+{variant}", float(random.uniform(*TRACTS))))
            if variant in testing:
                test_speakers.append(speakers[-1])
    return [speakers[index] for index in random.permutation(len(speakers))], test_speakers


def draw_utterance(word: str, speaker: Speaker, random: np.random.Generator) -> Utterance:
    """A word as the speaker may say it this time."""
    slow, fast = np.log(RATES_WPM)
    return Utterance(
        text=word + random.choice(INTONATIONS),
        voice=speaker.voice,
        rate_wpm=min(round(float(np.exp(random.uniform(slow, fast))) / speaker.tract), MAX_RATE_WPM),
        pitch=int(random.integers(*PITCHES)),
        pitch_range=int(random.integers(*PITCH_RANGES)),
    )


def with_tract(samples: F32, sample_rate_hz: int, tract: float) -> F32:
    """The samples at `SAMPLE_RATE_HZ`, played `tract` times as fast as they were synthesised."""
    divisor = int(np.gcd(SAMPLE_RATE_HZ, sample_rate_hz))
    resampled = resample_poly(samples, SAMPLE_RATE_HZ // divisor, round(sample_rate_hz / divisor * tract))
    return np.asarray(resampled, np.float32)


def trimmed(samples: F32) -> F32:
    """The samples from the first to the last sound."""
    n_frames = len(samples) // FRAME_SAMPLES
    power = np.square(samples[: n_frames * FRAME_SAMPLES].reshape(n_frames, FRAME_SAMPLES)).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (QUIET_DB / 10))
    return samples[loud[0] * FRAME_SAMPLES : (loud[-1] + 1) * FRAME_SAMPLES]


def faded(samples: F32, random: np.random.Generator) -> F32:
    """The samples with an end that trails off as people's words do; the library stops dead."""
    n_samples = min(round(random.uniform(*FADES_S) * SAMPLE_RATE_HZ), len(samples))
    fade = np.linspace(1, 10 ** (-random.uniform(*FADES_DB) / 20), n_samples, dtype=np.float32)
    return np.concatenate([samples[: len(samples) - n_samples], samples[len(samples) - n_samples :] * fade])


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
        test_speakers=[speaker.name for speaker in test_speakers],
    )
    progress = Progress(sum(counts.values()), "clips")
    everyone = cycle(speakers)
    with pack:
        for word, n_clips in counts.items():
            for speaker in islice(everyone, n_clips):
                spoken = espeak.say(draw_utterance(word, speaker, random))
                played = with_tract(spoken, espeak.sample_rate_hz, speaker.tract)
                pack.add(word, speaker.name, np.pad(levelled(faded(trimmed(played), random)), MARGIN_SAMPLES))
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
