"""What is measured, each in the words it is reported with."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import playwright.sync_api as pw

from tests.e2e.chromium_flags import QUIET, microphone_flags
from tests.e2e.site import SUB_PATH, Site
from tests.e2e.speech import find_speech, small_zip, speak
from tests.e2e.tab import Tab

HERE = Path(__file__).parent
LABELS = ("yes", "no", "up", "down", "go", "stop", "left", "right")
CLIPS_A_LABEL = 60
ITERATIONS = {"compact": 150, "classic": 80}
BLOCK_SAMPLES, RATE_HZ = 1024, 48_000

CALL = "([name, ...given]) => import('./in-page.js').then((module) => module[name](...given))"
PROBE = """() => new Promise((resolve) => {
  new Worker('probe.js', { type: 'module' }).onmessage = ({ data }) => resolve(data);
})"""
# Sees the moment the page is ready, and what the worker answers when listening stops.
TAP = """
const watchStatus = () => new MutationObserver(() => {
  if (document.querySelector('#status').textContent === 'Ready') globalThis.readyMs ??= performance.now();
}).observe(document.querySelector('#status'), { childList: true });
addEventListener('DOMContentLoaded', watchStatus, { once: true });
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


@dataclass(frozen=True)
class Measure:
    """One line of the report."""

    what: str
    value: float
    unit: str


class Bench:
    """The page on a server of its own, and the browser it is measured in."""

    def __init__(self, playwright: pw.Playwright, dist: Path, chromium: str, folder: Path, rounds: int) -> None:
        self._launch: dict[str, Any] = {"executable_path": chromium, "chromium_sandbox": False}
        self._playwright, self._folder, self._rounds = playwright, folder, rounds
        self.speech = find_speech(dist / "voices")
        self._site = Site(dist, folder / "site")
        page = folder / "site" / SUB_PATH
        for name in ("in-page.js", "probe.js"):
            shutil.copy(HERE / name, page)
        shutil.copy(next((dist / "models").glob("*.safetensors")), page / "bench.safetensors")
        (page / "words.zip").write_bytes(small_zip(self.speech, LABELS, CLIPS_A_LABEL))
        self._site.start()

    def close(self) -> None:
        self._site.stop()

    @contextmanager
    def _page(self, *flags: str) -> Iterator[pw.Page]:
        with self._playwright.chromium.launch(**self._launch, args=[*QUIET, *flags]) as browser:
            page = browser.new_context().new_page()
            page.set_default_timeout(0)
            yield page

    def boot(self) -> Iterator[Measure]:
        """From the start of the navigation to the first "Ready"."""
        cold, warm = [], []
        for _ in range(self._rounds):
            with self._page() as page:
                page.add_init_script(TAP)
                tab = Tab(page, self._site.url).open()
                cold.append(page.evaluate("() => readyMs"))
                pw.expect(page.get_by_text("Ready to work offline", exact=True)).to_be_visible(timeout=60_000)
                tab.reload()
                warm.append(page.evaluate("() => readyMs"))
        yield Measure(f"boot, cold: new browser, empty caches (median of {self._rounds})", median(cold) / 1000, "s")
        yield Measure(f"boot, warm: reload, files kept offline (median of {self._rounds})", median(warm) / 1000, "s")

    def work(self) -> Iterator[Measure]:
        """Features, training and microphone blocks, by the page's own client and messages; nothing else on the page."""
        with self._page() as page:

            def call(*name_and_arguments: object) -> Any:
                return page.evaluate(CALL, list(name_and_arguments))

            page.goto(f"{self._site.url}icon.svg")
            call("boot")
            yield Measure("memory of the page's process, Python started", _renderer_mb(page), "MB")
            n_clips = call("loadAudio")
            for network, n_iterations in ITERATIONS.items():  # their features bear the same names
                seconds = [call("prepare", network) for _ in range(self._rounds)]
                yield Measure(
                    f"clips into {network} features, of {n_clips} (median of {self._rounds})",
                    n_clips / median(seconds), "clips/s",
                )  # fmt: skip
                speeds = call("train", network, n_iterations)
                yield Measure(
                    f"training {network}, batches of 64 (median over {n_iterations} iterations)",
                    median(speeds[n_iterations // 5 :]), "examples/s",
                )  # fmt: skip
            yield Measure(f"memory of the page's process, {n_clips} clips trained on", _renderer_mb(page), "MB")
            n_blocks = 1500
            call("prepare", "compact")
            call("train", "compact", 1)
            seconds = [call("hear", n_blocks, BLOCK_SAMPLES, RATE_HZ) for _ in range(self._rounds)]
            yield Measure(
                f"microphone block, {BLOCK_SAMPLES} samples at {RATE_HZ} Hz, from port to "
                f"messages (median of {self._rounds} x {n_blocks})",
                1e6 * median(seconds) / n_blocks, "us",
            )  # fmt: skip

    def inside(self) -> Iterator[Measure]:
        """Inside the worker's Python, where no message reaches."""
        with self._page() as page:
            page.goto(f"{self._site.url}icon.svg")
            measured = page.evaluate(PROBE)
            assert "failure" not in measured, measured
        yield Measure("inference of one window by the shipped model (median of 20 x 50)", measured["inferenceMs"], "ms")
        yield Measure(
            f"hand-over of a block of {BLOCK_SAMPLES} samples to Python alone (mean of 5000)",
            measured["handOverUs"], "us",
        )  # fmt: skip
        yield Measure("WebAssembly memory, Python started", measured["heapBytes"] / 1e6, "MB")

    def soak(self, minutes: float) -> Iterator[Measure]:
        """Listen in the whole page, to words with pauses."""
        recording = self._folder / "words.wav"
        speak(recording, self.speech, ("yes", "no") * 10, seed=1)
        with self._page(*microphone_flags(recording, loop=True)) as page:
            page.add_init_script(TAP)
            tab = Tab(page, self._site.url).open()
            tab.start_listening()
            page.wait_for_timeout(60_000)  # caches fill, the first collections run
            before_mb = _renderer_mb(page)
            page.wait_for_timeout(minutes * 60_000)
            after_mb = _renderer_mb(page)
            tab.stop_listening()
            listened = page.evaluate("() => listened")
            lost = re.match(r"[\d,]*", page.locator("#dropped").text_content() or "")
        yield Measure(f"samples heard in {minutes + 1:g} minutes", listened["nSamples"], "samples")
        yield Measure("samples lost", listened["nDropped"], "samples")
        yield Measure("samples lost, as the page showed", float((lost and lost[0]) or 0), "samples")
        yield Measure("words recognised", listened["nDetections"], "words")
        yield Measure(f"memory of the page's process, growth over {minutes:g} minutes", after_mb - before_mb, "MB")
        yield Measure("memory of the page's process, at the end", after_mb, "MB")


def _renderer_mb(page: pw.Page) -> float:
    """Resident memory of the largest renderer, which is the page's with its worker; NaN where there is no /proc."""
    browser = page.context.browser
    assert browser
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    statuses = [Path(f"/proc/{process['id']}/status") for process in processes if process["type"] == "renderer"]
    sizes_kb = [
        int(found[1])
        for path in statuses
        if path.exists() and (found := re.search(r"VmRSS:\s+(\d+)", path.read_text()))
    ]
    return max(sizes_kb, default=float("nan")) / 1000
