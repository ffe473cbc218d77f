"""A training as a visitor sees it: from the click on Train to a useful accuracy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.measure import Measure
from tests.bench.stage import Stage
from tests.e2e.tab import Tab

WANTED = 0.85
TIMEOUT_MS = 180_000
# Notes the click, every evaluation that the worker reports, in seconds since then, and the worker's memory.
TAP = """
globalThis.evaluations = [];
const onTrain = ({ target }) => {
  if (target.id === 'train-start') globalThis.clickedMs = performance.now();
};
addEventListener('click', onTrain, true);
const onMessage = ({ data: { type, payload } }) => {
  if (type !== 'train.progress' || payload.accuracy === null) return;
  evaluations.push([(performance.now() - clickedMs) / 1000, payload.iteration, payload.accuracy]);
};
const channel = new BroadcastChannel('heap');
channel.onmessage = ({ data }) => { globalThis.heapBytes = data; };
globalThis.askHeap = () => channel.postMessage('size?');
const OwnWorker = Worker;
globalThis.Worker = class extends OwnWorker {
  constructor(script, options) {
    super(new URL('bench/heap-worker.js', document.baseURI), options); // imports the page's own
    this.addEventListener('message', onMessage);
  }
};
"""


@dataclass(frozen=True)
class Evaluated:
    """An evaluation that the worker reported to the page."""

    at_s: float  # seconds since the click on Train
    iteration: int
    accuracy: float


@dataclass(frozen=True)
class Run:
    """A training until it was good enough."""

    network: str
    first: Evaluated
    good: Evaluated
    heap_mb: float


def whole_run(stage: Stage, rounds: int) -> Iterator[Measure]:
    """Train on the built-in voices with the network, features and settings that the page proposes."""
    runs = [_run(stage) for _ in range(rounds)]
    what = f"from the click on Train with the built-in voices, {runs[0].network}"
    wanted = f"{100 * WANTED:.0f} % of random windows of the test set, twice in a row"
    yield Measure.over(f"{what}: the first evaluation", [run.first.at_s for run in runs], "s")
    yield Measure.over(f"{what}: {wanted}", [run.good.at_s for run in runs], "s")
    yield Measure.over(f"{what}: {wanted}", [run.good.iteration for run in runs], "iterations")
    yield Measure.over("WebAssembly memory, training on the built-in voices", [run.heap_mb for run in runs], "MB")


def _run(stage: Stage) -> Run:
    with stage.page() as page:
        page.add_init_script(TAP)
        tab = Tab(page, stage.url).open("train")
        tab.button("Use the built-in voices").click()
        tab.wait_audio()
        network = page.locator("#network option:checked").inner_text()
        tab.train_button.click()

        def evaluations() -> list[Evaluated]:
            return [Evaluated(*values) for values in page.evaluate("() => evaluations")]

        tab.wait_until(lambda: _good(evaluations()) is not None, f"{WANTED:.0%}", TIMEOUT_MS)
        seen = evaluations()
        page.evaluate("askHeap()")
        page.wait_for_timeout(500)
        heap_bytes = page.evaluate("heapBytes")
    good = _good(seen)
    assert good
    return Run(network, seen[0], good, heap_bytes / 1e6)


def _good(evaluations: list[Evaluated]) -> Evaluated | None:
    """The second of the first two in a row that are good enough; a single one may be luck."""
    pairs = itertools.pairwise(evaluations)
    return next((second for first, second in pairs if min(first.accuracy, second.accuracy) >= WANTED), None)
