"""Gets what the benchmark compares Sayso with; none of it is part of the page."""

from __future__ import annotations

from pathlib import Path

from engine.desk import THIS_PYTHON, make_environment, python_of
from engine.npm import npm_packages
from engine.steps import ROOT, Step
from toolchain.stock import STOCK

BENCH = ROOT / "tests" / "bench"
REQUIREMENTS = BENCH / "requirements.txt"
OPPONENTS = npm_packages("bench-npm", "TensorFlow.js and onnxruntime-web", BENCH)


def _make(folder: Path) -> None:
    make_environment(folder, REQUIREMENTS)


ONNX = Step("bench-onnx", "What writes ONNX files", (REQUIREMENTS, THIS_PYTHON), _make)


def bench_environment() -> dict[str, str]:
    """Environment variables that tell the benchmark where to find its opponents."""
    return {
        "SAYSO_OPPONENTS": str(OPPONENTS.ensure() / "node_modules"),
        "SAYSO_ONNX_PYTHON": str(python_of(ONNX.ensure() / "env")),
        "SAYSO_STOCK": str(STOCK.ensure() / "page"),
    }
