"""`python3 build bench`: measures the page in Chromium; prints a table and writes bench.json beside dist/."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "build")]  # the browser tests' rooms, and the build's server

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.bench.measures import Bench, Measure  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 build bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of what is reported as a median")
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES", help="listen for so long, and nothing else")
    options = parser.parse_args()
    dist = Path(os.environ["SAYSO_DIST"])
    measures: list[Measure] = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        bench = Bench(playwright, dist, os.environ["SAYSO_CHROMIUM"], Path(folder), options.rounds)
        parts = [bench.soak(options.soak)] if options.soak else [bench.boot(), bench.work(), bench.inside()]
        try:
            for part in parts:
                for measure in part:
                    print(f"{measure.value:12,.2f} {measure.unit:10}  {measure.what}", flush=True)
                    measures.append(measure)
        finally:
            bench.close()
    report = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "speech": bench.speech.title,
        "measures": [dataclasses.asdict(measure) for measure in measures],
    }
    file = dist.with_name("bench-soak.json" if options.soak else "bench.json")
    file.write_text(json.dumps(report, indent=2))
    print(f"\n{file}")


main()
