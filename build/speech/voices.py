"""Makes the voices that come with the page: `python build/speech/voices.py --flite flite.wasm --out DIR`.

Words as the speakers of `speakers.py` say them, many of them in a room. Everything is drawn from one seed.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np
from acoustics import at_microphone, in_room
from espeak import F32, Espeak, Utterance
from flite import Flite, FliteError
from pack import SAMPLE_RATE_HZ, PackError, PackWriter
from progress import Progress
from scipy.signal import resample_poly
from speakers import draw_speakers, is_english
from words import READ_AS_COMMAND, clip_counts

SEED: Final = 2017
ROOM_SHARE: Final = 0.5
MICROPHONE_SHARE: Final = 0.8
LICENCE: Final = (
    "None claimed: the speech of programs. eSpeak NG itself is GPL-3.0-or-later; Flite, with its voices, is Copyright "
    "(c) 1999-2017 Carnegie Mellon University, under a licence like BSD's."
)

FADES_S: Final = (0.06, 0.2)  # length of a word's fading end
FADES_DB: Final = (10, 30)  # how far a word falls during its fading end
LEVEL_DBFS: Final = -22.0
LEVEL_KEPT: Final = 0.3  # share of a voice's own distance from that level, in dB, that remains
PEAK: Final = 0.9
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 100
QUIET_DB: Final = -50.0  # frames that are further below the loudest one are silence
MARGIN_SAMPLES: Final = SAMPLE_RATE_HZ // 20


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


def recorded(samples: F32, random: np.random.Generator) -> F32:
    """The samples as a microphone may have heard them, with silence before and after."""
    samples = np.pad(faded(trimmed(samples), random), MARGIN_SAMPLES)
    if random.random() < ROOM_SHARE:
        samples = in_room(samples, random)
    if random.random() < MICROPHONE_SHARE:
        samples = at_microphone(samples, random)
    return np.pad(levelled(trimmed(samples)), MARGIN_SAMPLES)


def write_voices(out: Path, counts: dict[str, dict[str, int]], flite_program: Path) -> None:
    """Write the pack.

    Parameters
    ----------
    counts : label → word → number of clips
    flite_program : flite.wasm
    """
    random = np.random.default_rng(SEED)
    speakers, test_speakers = draw_speakers(random)
    espeak = Espeak()
    pack = PackWriter(
        out,
        title="Built-in voices",
        source=f"eSpeak NG {espeak.version} and Flite {Flite.version}",
        licence=LICENCE,
        test_speakers=[speaker.name for speaker in test_speakers],
    )
    words = [(label, word, n_clips) for label, words in counts.items() for word, n_clips in words.items()]
    progress = Progress(sum(n_clips for _, _, n_clips in words), "clips")
    everyone = cycle(speakers)
    with Flite(flite_program) as flite, pack:
        for label, word, n_clips in words:
            able = (speaker for speaker in everyone if word not in READ_AS_COMMAND or is_english(speaker))
            for speaker in islice(able, n_clips):
                utterance = speaker.draw_utterance(word, random)
                if isinstance(utterance, Utterance):
                    spoken, rate_hz = espeak.say(utterance), espeak.sample_rate_hz
                else:
                    spoken, rate_hz = flite.say(utterance), flite.sample_rate_hz
                pack.add(label, speaker.name, recorded(with_tract(spoken, rate_hz, speaker.tract), random))
                progress.advance()
    print(f"voices: {pack.n_clips} clips of {len(words)} words by {len(speakers)} speakers in {out}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    0, or 1 after a message on stderr
    """
    parser = argparse.ArgumentParser(prog="voices", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the sprite pack")
    parser.add_argument("--flite", type=Path, required=True, metavar="WASM", help="Flite for WebAssembly")
    options = parser.parse_args(arguments)
    try:
        write_voices(options.out, clip_counts(), options.flite)
    except (PackError, FliteError, OSError) as error:
        print(f"voices: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
