"""Who speaks, and how they say a word: drawn at random from what the synthesisers have.

A speaker is a voice with a vocal tract of its own. eSpeak NG gives many voices of one kind, in the accents of English
and as speakers of other languages would read English; Flite gives four that are made of recordings. Of eSpeak NG whole
variants are set apart for testing, so that no voice of the test is a training voice with another accent; Flite has too
few to spare one.

How widely eSpeak NG's speed is drawn was chosen by training a small network on the outcome and testing it on 3,465
recorded words (mean recall of yes, no and other at the best threshold, two seeds, chance about .01): 90 to 240 words a
minute .75, 140 to 300 .76, 170 to 360 .78, 140 to 440 .79.
"""

from dataclasses import dataclass
from typing import Final

import espeak
import flite
import numpy as np
from acoustics import draw_log_uniform

ENGLISH: Final = {  # accents and their share of eSpeak NG's speakers
    "en-us": 0.235,
    "en": 0.05,
    "en-gb-x-rp": 0.05,
    "en-us-nyc": 0.037,
    "en-029": 0.037,
    "en-gb-scotland": 0.037,
    "en-gb-x-gbclan": 0.037,
    "en-gb-x-gbcwmd": 0.037,
}
FOREIGN: Final = dict.fromkeys(("es", "es-419", "it", "fr", "de", "nl", "pl", "hi"), 0.06)
# Every variant of the library that could be a person: robots, echoes and repetitions of another are left out.
VARIANTS: Final = (
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Jacky Lee Marco Mario Michael Mike Nguyen Reed Storm adam "
    "anika antonio aunty belinda benjamin boris caleb croak david ed edward f1 f2 f3 f4 f5 grandma grandpa gustave ian "
    "iven iven3 kaukovalta klatt klatt2 klatt3 klatt4 klatt5 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel mike2 "
    "norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 steph3 travis victor whisper whisperf zac"
).split()
SPEAKERS_PER_VARIANT: Final = 4
TEST_VARIANTS: Final = 14
TRACTS: Final = (0.8, 1.22)

RATES_WPM: Final = (140, 440)  # speed as it is heard: a short vocal tract is also played faster
PITCHES: Final = (20, 80)
PITCH_RANGES: Final = (10, 90)
INTONATIONS: Final = (".", "!", "?", ",", "")

SPEAKERS_PER_FLITE_VOICE: Final = 40
FLITE_TRACTS: Final = (0.75, 1.4)
FLITE_STRETCHES: Final = (0.45, 1.2)
FLITE_PITCHES: Final = (0.75, 1.5)


@dataclass(frozen=True)
class Speaker:
    """Someone who says words.

    Attributes
    ----------
    voice : a voice of Flite, or accent+variant of eSpeak NG
    tract : factor on formants and pitch; above 1 the vocal tract is shorter than the voice's own
    """

    voice: str
    tract: float

    @property
    def name(self) -> str:
        """What a pack calls the speaker."""
        return f"{self.voice} x{self.tract:.3f}"

    def draw_utterance(self, word: str, random: np.random.Generator) -> espeak.Utterance | flite.Utterance:
        """A word as the speaker may say it this time."""
        if self.voice in flite.VOICE_NAMES:
            return flite.Utterance(
                text=word,
                voice=self.voice,
                stretch=draw_log_uniform(*FLITE_STRETCHES, random) * self.tract,
                pitch=draw_log_uniform(*FLITE_PITCHES, random),
            )
        return espeak.Utterance(
            text=word + random.choice(INTONATIONS),
            voice=self.voice,
            rate_wpm=min(round(draw_log_uniform(*RATES_WPM, random) / self.tract), espeak.MAX_RATE_WPM),
            pitch=int(random.integers(*PITCHES)),
            pitch_range=int(random.integers(*PITCH_RANGES)),
        )


def draw_speakers(random: np.random.Generator) -> tuple[list[Speaker], list[Speaker]]:
    """Draw the speakers: everyone, in random order, and those of them that are set apart for testing."""
    testing = set(random.permutation(VARIANTS)[:TEST_VARIANTS])
    accents = ENGLISH | FOREIGN
    shares = np.array(list(accents.values()))
    speakers, test_speakers = [], []
    for variant in VARIANTS:
        for accent in random.choice(list(accents), SPEAKERS_PER_VARIANT, p=shares / shares.sum()):
            speakers.append(Speaker(f"{accent}+{variant}", float(random.uniform(*TRACTS))))
            if variant in testing:
                test_speakers.append(speakers[-1])
    for voice in flite.VOICE_NAMES:
        tracts = random.uniform(*FLITE_TRACTS, size=SPEAKERS_PER_FLITE_VOICE)
        speakers += [Speaker(voice, float(tract)) for tract in tracts]
    return [speakers[index] for index in random.permutation(len(speakers))], test_speakers


def is_english(speaker: Speaker) -> bool:
    """Whether the speaker reads words as English has them."""
    return speaker.voice.split("+")[0] not in FOREIGN
