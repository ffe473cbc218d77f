"""What listening costs: processor time of the page, with the models that come with it and their hop of 100 ms."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tests.bench.measure import Measure
from tests.bench.processes import Renderer
from tests.bench.stage import Stage
from tests.e2e.chromium_flags import microphone_flags
from tests.e2e.speech import speak
from tests.e2e.tab import Tab

SETTLE_S, LISTEN_S = 3, 30
WORKER = "DedicatedWorker"  # Chromium's name for the thread of the page's worker


def listening(stage: Stage) -> Iterator[Measure]:
    """Listen with the whole page to words with pauses, with each model in turn."""
    recording = stage.folder / "words.wav"
    speak(recording, stage.speech, ("yes", "no") * 10, seed=1)
    with stage.page(*microphone_flags(recording, loop=True)) as page:
        tab = Tab(page, stage.url).open()
        models = page.locator("#model-select option").all_inner_texts()
        for model in models:
            page.locator("#model-select").select_option(label=model)
            tab.start_listening()
            page.wait_for_timeout(1000 * SETTLE_S)
            renderer = Renderer(page)
            before = renderer.cpu_s()
            page.wait_for_timeout(1000 * LISTEN_S)
            spent = {name: total - before.get(name, 0) for name, total in renderer.cpu_s().items()}
            tab.stop_listening()
            what = f"processor time while listening with {model}, {LISTEN_S} s"
            yield Measure(
                f"{what}: the worker", 100 * spent.get(WORKER, math.nan) / LISTEN_S, "% of a core", details=spent
            )
            yield Measure(
                f"{what}: the page's whole process", 100 * (sum(spent.values()) or math.nan) / LISTEN_S, "% of a core"
            )
