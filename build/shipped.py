"""Trains the model that comes with the page and writes its card: `python3 build models`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bundle import VOICES
from console import BuildError
from desk import desk_environment, desk_python
from npm import WEB
from suites import shared

MODELS = WEB / "models"
NAME = "compact"
RECIPE = "--network compact --iterations 5000 --learning-rate 3e-3 --other-weight 1.5 --threshold .7 --seed 1"
ATTRIBUTION = (
    "Speech Commands by Pete Warden (arXiv:1804.03209), CC BY 4.0; Mycroft Precise community data, public domain; "
    "synthetic voices by eSpeak NG"
)

CARD = """\
# yes / no (`{file}`)

Recognises "yes" and "no", tells them from other words and from silence. {n_parameters} parameters,
{n_multiply_adds} multiply-adds a window of one second; features `compact`, network `compact`.

## Data

{attribution}. Trained on the training part of the recordings and of the synthetic voices; no speaker of the validation
list was trained on.

## Recipe

`python3 build models`, that is `python -m sayso train --audio speech_commands --audio voices {recipe}`.
Gain, shift, noise and silence as in `AugmentConfig`; one seed, so no spread is known.

## Figures

`python -m sayso evaluate --model {file} --audio speech_commands --part test --json`: {n} windows: the clips
of validation speakers and, as silence, each second of background noise from stretches that training leaves out.

| balanced accuracy | accuracy | {labels} |
|---|---|{rule}|
| {balanced:.3f} | {accuracy:.3f} | {recalls} |

The validation list also served to choose the number of iterations, the weight of other words and the detector's
threshold, so these figures are slightly flattering.

## Limits

English, mostly adult voices, close to a microphone. Not for anything where a missed or a false "yes" does harm.
"""


def train_models() -> None:
    """Train, score and describe the model that comes with the page; overwrites web/models/.

    Raises
    ------
    BuildError : the recordings are absent, or a command failed
    """
    recordings = Path(shared()["SAYSO_SHARED"]) / "speech_commands"
    if not recordings.is_dir():
        raise BuildError(f"{recordings} is not there.\nSet SAYSO_SHARED to a folder that holds speech_commands.")
    voices = VOICES.ensure()
    MODELS.mkdir(exist_ok=True)
    model = MODELS / f"{NAME}.safetensors"
    sayso = [desk_python(), "-m", "sayso"]
    train = [*sayso, "train", "--audio", recordings, "--audio", voices, "--out", model, *RECIPE.split()]
    _run([*train, "--name", "yes / no", "--note", ATTRIBUTION])
    evaluate = [*sayso, "evaluate", "--model", model, "--audio", recordings, "--part", "test", "--json"]
    scores = json.loads(_run(evaluate, stdout=subprocess.PIPE))
    (MODELS / f"{NAME}.md").write_text(_card(model.name, scores))
    index = [{"file": model.name, "name": "yes / no", "card": f"{NAME}.md"}]
    (MODELS / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def _run(command: Sequence[object], stdout: int | None = None) -> str:
    """Run a command of the desk's Python with its progress on the terminal; returns its output where that is piped."""
    env = {**os.environ, **desk_environment()}
    finished = subprocess.run([str(part) for part in command], env=env, stdout=stdout, text=True, check=False)
    if finished.returncode:
        raise BuildError(f"{command[2]} {command[3]} failed with code {finished.returncode}; it says why above.")
    return finished.stdout or ""


def _card(file: str, scores: dict[str, Any]) -> str:
    return CARD.format(
        file=file,
        attribution=ATTRIBUTION,
        recipe=RECIPE,
        n_parameters=f"{scores['model']['n_parameters']:,}",
        n_multiply_adds=f"{scores['model']['n_multiply_adds']:,}",
        n=scores["n"],
        labels=" | ".join(scores["labels"]),
        rule="|".join("---" for _ in scores["labels"]),
        balanced=scores["balanced_accuracy"],
        accuracy=scores["accuracy"],
        recalls=" | ".join(f"{recall:.3f}" for recall in scores["recall"].values()),
    )
