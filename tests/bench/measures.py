"""Measures the page at work: preparing, training, hearing, and listening for a long time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.arena import InTab
from tests.bench.measure import Measure
from tests.bench.processes import Renderer
from tests.bench.stage import Stage
from tests.e2e.chromium_flags import microphone_flags
from tests.e2e.speech import small_zip, speak
from tests.e2e.tab import Tab

LABELS, CLIPS_A_LABEL = ("yes", "no", "up", "down"), 600
ITERATIONS = {"compact": 150, "classic": 80}
BLOCK_SAMPLES, RATE_HZ = 1024, 48_000
N_HANDED_OVER = 5000

CALL = "([name, ...given]) => import('./in-page.js').then((module) => module[name](...given))"
# Sees what the worker answers when listening stops.
TAP = """
const OwnWorker = Worker;
globalThis.Worker = class extends OwnWorker {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      if (data.result?.nSamples !== undefined) globalThis.listened = data.result;
    });
  }
};
"""


def work(stage: Stage, rounds: int) -> Iterator[Measure]:
    """Features, training and microphone blocks, by the page's own client and messages; nothing else on the page."""
    with stage.empty_page() as page:

        def call(*name_and_arguments: object) -> Any:
            return page.evaluate(CALL, list(name_and_arguments))

        call("boot")
        yield Measure("memory of the page's process, Python started", Renderer(page).resident_mb, "MB")
        yield Measure("WebAssembly memory, Python started", call("heapBytes") / 1e6, "MB")
        (stage.added / "words.zip").write_bytes(small_zip(stage.speech, LABELS, CLIPS_A_LABEL))
        n_clips = call("loadAudio")
        for network, n_iterations in ITERATIONS.items():  # a network has the name of its features, too
            seconds = [call("prepare", network) for _ in range(rounds)]
            yield Measure.over(f"{n_clips:,} clips into {network} features", seconds, "s")
            speeds = call("train", network, n_iterations)
            yield Measure(
                f"speed that the page shows while it trains {network}, drawing and altering the clips included, "
                f"batches of 64 (median after the first fifth of {n_iterations} iterations)",
                median(speeds[n_iterations // 5 :]), "examples/s",
            )  # fmt: skip
        yield Measure(f"memory of the page's process, {n_clips:,} clips trained on", Renderer(page).resident_mb, "MB")
        yield Measure(f"WebAssembly memory, {n_clips:,} clips trained on", call("heapBytes") / 1e6, "MB")
        n_blocks = 1500
        call("prepare", "compact")
        call("train", "compact", 1)
        seconds = [call("hear", n_blocks, BLOCK_SAMPLES, RATE_HZ) for _ in range(rounds)]
        times_us = [1e6 * took_s for took_s in seconds]
        what = f"microphone block, {BLOCK_SAMPLES} samples at {RATE_HZ} Hz, {n_blocks} of them, from port to messages"
        yield Measure.over(what, times_us, "us")


def inside(stage: Stage, rounds: int) -> Iterator[Measure]:
    """Measure inside the worker's Python, for which the page's messages have no request."""
    with stage.empty_page() as page:
        tab = InTab(page, "inside", "inside-worker.js")
        for model in stage.models:
            times_ms = [tab.ask("inferenceMs", model) for _ in range(rounds)]
            yield Measure.over(f"inference of one window by {model}", times_ms, "ms")
        for preset in ("compact", "classic"):
            times_us = [tab.ask("columnUs", preset) for _ in range(rounds)]
            yield Measure.over(f"one streaming column of {preset} features", times_us, "us")
        times_us = [tab.ask("handOverUs", BLOCK_SAMPLES, N_HANDED_OVER) for _ in range(rounds)]
        what = f"hand-over of a block of {BLOCK_SAMPLES} samples to Python alone, mean of {N_HANDED_OVER}"
        yield Measure.over(what, times_us, "us")


def soak(stage: Stage, minutes: float) -> Iterator[Measure]:
    """Listen with the whole page to words with pauses, for so many minutes and one more before."""
    recording = stage.folder / "words.wav"
    speak(recording, stage.speech, ("yes", "no") * 10, seed=1)
    with stage.page(*microphone_flags(recording, loop=True)) as page:
        page.add_init_script(TAP)
        tab = Tab(page, stage.url).open()
        tab.start_listening()
        page.wait_for_timeout(60_000)  # time for caches to fill and for first collections of garbage
        before_mb = Renderer(page).resident_mb
        page.wait_for_timeout(minutes * 60_000)
        after_mb = Renderer(page).resident_mb
        tab.stop_listening()
        listened = page.wait_for_function("() => globalThis.listened").json_value()  # after the switch shows off
        lost = re.match(r"[\d,]*", page.locator("#dropped").text_content() or "")
    yield Measure(f"samples heard in {minutes + 1:g} minutes", listened["nSamples"], "samples")
    yield Measure("samples lost", listened["nDropped"], "samples")
    yield Measure("samples lost, as the page showed", float((lost and lost[0]) or 0), "samples")
    yield Measure("words recognised", listened["nDetections"], "words")
    yield Measure(f"memory of the page's process, growth over {minutes:g} minutes", after_mb - before_mb, "MB")
    yield Measure("memory of the page's process, at the end", after_mb, "MB")
