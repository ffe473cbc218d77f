"""`python3 build bench`: measures the page in Chromium; prints a table and writes bench.json beside dist/."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "build")]  # for the tests' own modules and for the build's server

from playwright.sync_api import sync_playwright  # noqa: E402  these are found through the folders named above

from tests.bench import boot, listening, measures, products, races, whole_run  # noqa: E402
from tests.bench.chart import draw  # noqa: E402
from tests.bench.measure import Found, Measure  # noqa: E402
from tests.bench.stage import Paths, Stage  # noqa: E402

CHART = ROOT / ".readme" / "bench.svg"
Part = Callable[[Stage, int], Iterator[Found]]
PARTS: dict[str, Part] = {
    "boot": boot.boot,
    "work": measures.work,
    "inside": measures.inside,
    "training": races.training,
    "backends": lambda stage, rounds: races.backends(stage),
    "inference": races.inference,
    "products": products.products,
    "listening": lambda stage, rounds: listening.listening(stage),
    "run": whole_run.whole_run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 build bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of what is reported as a median")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PARTS", help="what to measure, of %(default)s")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="listen for so long, and nothing else")
    parser.add_argument(
        "--chart", action="store_true", help="draw the README's chart, of training, inference and products"
    )
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    parts = {"soak": lambda stage, _: measures.soak(stage, options.soak)} if options.soak else PARTS
    paths = Paths(
        *(Path(os.environ[f"SAYSO_{name}"]) for name in ("DIST", "CHROMIUM", "OPPONENTS", "ONNX_PYTHON", "STOCK"))
    )
    found: list[Found] = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        stage = Stage(playwright, paths, Path(folder))
        try:
            for name, part in parts.items():
                if options.soak or name in chosen:
                    for one in part(stage, options.rounds):
                        print(one, flush=True)
                        found.append(one)
        finally:  # what the other parts measured is kept when one fails
            stage.close()
            file = paths.dist.with_name("bench-soak.json" if options.soak else "bench.json")
            file.write_text(json.dumps(_report(stage, found), indent=2))
            print(f"\n{file}")
    if options.chart:
        CHART.write_text(draw([one for one in found if isinstance(one, Measure)]))
        print(CHART)


def _report(stage: Stage, found: list[Found]) -> dict[str, Any]:
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "speech": stage.speech.title,
        "notes": [one for one in found if isinstance(one, str)],
        "measures": [dataclasses.asdict(one) for one in found if isinstance(one, Measure)],
    }


main()
