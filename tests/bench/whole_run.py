"""A training as a visitor sees it: from the click on Train to a useful accuracy."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.measure import Measure
from tests.bench.stage import Stage
from tests.e2e.tab import Tab

WANTED = 0.85
TIMEOUT_MS = 180_000
# Notes the click, every evaluation that the worker reports, in milliseconds since then, and the worker's memory.
TAP = """
globalThis.evaluations = [];
const onTrain = ({ target }) => {
  if (target.id === 'train-start') globalThis.clickedMs = performance.now();
};
addEventListener('click', onTrain, true);
const onMessage = ({ data: { type, payload } }) => {
  if (type !== 'train.progress' || payload.accuracy === null) return;
  evaluations.push([performance.now() - clickedMs, payload.iteration, payload.accuracy]);
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


def whole_run(stage: Stage) -> Iterator[Measure]:
    """The network, features and settings that the page proposes; the built-in voices are opened before."""
    with stage.page() as page:
        page.add_init_script(TAP)
        tab = Tab(page, stage.url).open("train")
        tab.button("Use the built-in voices").click()
        tab.wait_audio()
        network = page.locator("#network option:checked").inner_text()
        tab.train_button.click()

        def evaluations() -> list[list[float]]:
            found: list[list[float]] = page.evaluate("() => evaluations")
            return found

        tab.wait_until(lambda: any(accuracy >= WANTED for *_, accuracy in evaluations()), f"{WANTED:.0%}", TIMEOUT_MS)
        seen = evaluations()
        page.evaluate("askHeap()")
        page.wait_for_timeout(500)
        heap_bytes = page.evaluate("heapBytes")
    at_ms, iteration, _ = next(one for one in seen if one[2] >= WANTED)
    what = f"from the click on Train with the built-in voices, {network}"
    yield Measure(f"{what}: the first evaluation", seen[0][0] / 1000, "s")
    yield Measure(f"{what}: {100 * WANTED:.0f} % test accuracy", at_ms / 1000, "s", details=seen)
    yield Measure(f"{what}: {100 * WANTED:.0f} % test accuracy", iteration, "iterations")
    yield Measure("WebAssembly memory, training on the built-in voices", heap_bytes / 1e6, "MB")
