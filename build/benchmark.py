"""What the benchmark compares Sayso with; none of it is part of the page."""

from __future__ import annotations

from npm import npm_packages
from steps import ROOT

BENCH = ROOT / "tests" / "bench"
OPPONENTS = npm_packages("bench-npm", "TensorFlow.js and onnxruntime-web", BENCH)


def bench_environment() -> dict[str, str]:
    """Where the benchmark finds them."""
    return {"SAYSO_OPPONENTS": str(OPPONENTS.ensure() / "node_modules")}
