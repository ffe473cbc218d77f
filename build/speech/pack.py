"""The writer of sprite packs: many labelled clips in a few compressed files, with an index.

A pack is a folder. `sprites.json` names the files, and for every clip its offset and length in samples of the decoded
file and who speaks. A label has one file; a label longer than ten minutes goes on in another.

The codec was chosen by measurement (300 clips of Speech Commands, 16 kHz; Debian's Chromium, an OfflineAudioContext
at 16 kHz; libsndfile 1.2.2; the difference is the mean |difference| of ln mel power, 40 bands, from the original):

| codec       | kbit/s | difference | misplaced by, samples | Chromium decodes 322 s in |
|-------------|--------|------------|-----------------------|---------------------------|
| Ogg Vorbis  | 26     | .30        | under .1              | .14 s                     |
| MP3         | 26     | .41        | under .1              | .14 s                     |
| Ogg Opus    | 23     | .43        | .6, some 3            | .98 s (by way of 48 kHz)  |

Vorbis also places samples by its own page positions, where MP3 leaves that to a convention of encoders.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zlib import crc32

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from ogg import with_serial

F32 = NDArray[np.float32]

SAMPLE_RATE_HZ: Final = 16_000
BACKGROUND_NOISE: Final = "_background_noise_"
INDEX: Final = "sprites.json"
SUFFIX: Final = ".ogg"
COMPRESSION: Final = 0.8  # 0 is the best quality, 1 the smallest file
GAP_SAMPLES: Final = 1_600  # silence before, between and after clips: what a codec smears stays out of the neighbours
MAX_FILE_SAMPLES: Final = 600 * SAMPLE_RATE_HZ


class PackError(Exception):
    """A pack that cannot be written."""


def is_replaceable(folder: Path) -> bool:
    """Whether a folder is a pack, or has nothing in it but hidden files."""
    return (folder / INDEX).is_file() or all(path.name.startswith(".") for path in folder.iterdir())


class PackWriter:
    """A pack being written; it takes its place only when everything is in it.

    Use as a context manager. Clips of one label follow each other.

    Parameters
    ----------
    out : folder of the pack; a pack that is there is replaced, anything else is refused
    title, source, licence : for people, kept in the index
    test_speakers : speakers set apart for testing; None leaves the choice to whoever reads the pack

    Raises
    ------
    PackError : `out` is something other than a pack or an empty folder
    """

    def __init__(
        self, out: Path, *, title: str, source: str, licence: str, test_speakers: Sequence[str] | None = None
    ) -> None:
        if out.exists() and not (out.is_dir() and is_replaceable(out)):
            raise PackError(f"{out}: exists and is no sprite pack; expected a new folder or a pack to replace")
        self._out = out
        self._partial = out.with_name(f"{out.name}.partial")
        self._sprites: list[dict[str, Any]] = []
        self._index: dict[str, Any] = {
            "format": "sayso-sprites",
            "version": 1,
            "title": title,
            "source": source,
            "license": licence,
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "test_speakers": None if test_speakers is None else sorted(test_speakers),
            "sprites": self._sprites,
        }
        self._file: sf.SoundFile | None = None
        self._n_samples = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close_file()
        if kind is None:
            self._finish()
        else:
            shutil.rmtree(self._partial)

    @property
    def n_clips(self) -> int:
        """Clips so far."""
        return sum(len(sprite["clips"]) for sprite in self._sprites)

    def add(self, label: str, speaker: str, samples: F32) -> None:
        """Append a clip.

        Parameters
        ----------
        samples : (n_samples,) float32 in [-1, 1], at `SAMPLE_RATE_HZ`, at least one
        """
        if len(samples) == 0:
            raise PackError(f"label={label!r} speaker={speaker!r}: n_samples=0: expected > 0")
        too_long = self._n_samples + len(samples) + GAP_SAMPLES > MAX_FILE_SAMPLES
        if self._file is None or self._sprites[-1]["label"] != label or too_long:
            self._open_file(label)
        self._sprites[-1]["clips"].append([self._n_samples, len(samples), speaker])
        self._write(samples)
        self._write(np.zeros(GAP_SAMPLES, np.float32))

    def _open_file(self, label: str) -> None:
        self._close_file()
        taken = {sprite["file"] for sprite in self._sprites}
        stem = re.sub(r"[^\w-]", "_", label)
        names = (f"{stem}-{number}{SUFFIX}" if number > 1 else f"{stem}{SUFFIX}" for number in range(1, len(taken) + 2))
        name = next(name for name in names if name not in taken)
        self._sprites.append({"label": label, "file": name, "clips": []})
        self._file = sf.SoundFile(
            self._partial / name, "w", SAMPLE_RATE_HZ, 1, format="OGG", subtype="VORBIS", compression_level=COMPRESSION
        )
        self._n_samples = 0
        self._write(np.zeros(GAP_SAMPLES, np.float32))

    def _write(self, samples: F32) -> None:
        assert self._file is not None
        self._file.write(samples)
        self._n_samples += len(samples)

    def _close_file(self) -> None:
        if self._file is None:
            return
        self._file.close()
        self._file = None
        path = self._partial / self._sprites[-1]["file"]
        path.write_bytes(with_serial(path.read_bytes(), crc32(path.name.encode())))

    def _finish(self) -> None:
        index = json.dumps(self._index, ensure_ascii=False, separators=(",", ":"))
        (self._partial / INDEX).write_text(index + "\n", encoding="utf-8")
        if self._out.exists():
            replaced = self._out.with_name(f"{self._out.name}.replaced")
            shutil.rmtree(replaced, ignore_errors=True)
            self._out.rename(replaced)
            self._partial.rename(self._out)
            shutil.rmtree(replaced)
        else:
            self._partial.rename(self._out)
