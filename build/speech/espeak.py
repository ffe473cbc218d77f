"""eSpeak NG through ctypes: text and a voice in, samples out.

The library and its voices come in the wheel `espeakng-loader`. Only synchronous synthesis is bound: a word takes less
than a millisecond. The library keeps its state in globals, so there is one `Espeak` a process. It carries some state,
such as the phase of a voice's tremble, from one utterance into the next: the same utterances in the same order from the
start of a process give the same samples, a single one out of order may not.
"""

import ctypes
from dataclasses import dataclass
from typing import Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

# Constants of speak_lib.h
AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
DONT_EXIT: Final = 0x8000
CHARS_UTF8: Final = 1
PHONEMES: Final = 0x100
RATE, PITCH, RANGE = 1, 3, 4
MAX_RATE_WPM: Final = 450
FULL_SCALE: Final = np.float32(32768)
BREATH_SEED: Final = 1


class EspeakError(Exception):
    """The library refused what it was asked."""


@dataclass(frozen=True)
class Utterance:
    """What is said and how.

    Attributes
    ----------
    text : words with their punctuation, which sets the intonation; phonemes of the voice's language within [[ ]]
    voice : language, or language+variant, as `espeak-ng --voice` names them
    rate_wpm : words a minute, 80 to `MAX_RATE_WPM`
    pitch : 0 to 99; 50 is the variant's own pitch
    pitch_range : 0 (monotone) to 99; 50 is the variant's own range
    """

    text: str
    voice: str
    rate_wpm: int = 175
    pitch: int = 50
    pitch_range: int = 50


class Espeak:
    """The library, initialised.

    Attributes
    ----------
    sample_rate_hz : the rate of everything that `say` returns
    version : the library's own
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_Info.restype = ctypes.c_char_p
        rate = self._library.espeak_Initialize(
            AUDIO_OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), DONT_EXIT
        )
        if rate <= 0:
            raise EspeakError(f"espeak_Initialize: {rate}: expected a sample rate; reinstall espeakng-loader")
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(BREATH_SEED))  # otherwise the time of day would be the seed
        self.sample_rate_hz: int = rate
        self.version: str = self._library.espeak_Info(None).decode().split()[0]
        self._blocks: list[NDArray[np.int16]] = []
        signature = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = signature(self._collect)  # kept alive here: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", n_samples: int, _events: int | None) -> int:
        if n_samples > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (n_samples,)).copy())
        return 0

    def say(self, utterance: Utterance) -> F32:
        """Samples of one utterance.

        Returns
        -------
        (n_samples,) float32 in [-1, 1], at `sample_rate_hz`

        Raises
        ------
        EspeakError : no such voice, or nothing was spoken
        """
        library = self._library
        if library.espeak_SetVoiceByName(utterance.voice.encode()) != 0:
            raise EspeakError(f"voice={utterance.voice!r}: expected one that the library has")
        for parameter, setting in (
            (RATE, utterance.rate_wpm),
            (PITCH, utterance.pitch),
            (RANGE, utterance.pitch_range),
        ):
            library.espeak_SetParameter(parameter, setting, 0)
        text = utterance.text.encode() + b"\0"
        self._blocks.clear()
        status = library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, CHARS_UTF8 | PHONEMES, None, None)
        if status != 0 or not self._blocks:
            raise EspeakError(f"text={utterance.text!r} voice={utterance.voice!r}: status {status}, nothing spoken")
        return np.concatenate(self._blocks).astype(np.float32) / FULL_SCALE
