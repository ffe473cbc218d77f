"""Starting: from the navigation to the first sound heard, by the page and by the same page with Pyodide as it comes.

Cold is a first visit, in a browser that has been open for a while: its own start would be in the way. Warm is
what a person sees who comes back: in a browser with a profile on disk, the files kept by the service worker, the third
visit. At the second Chromium finds out that a script is used again, and keeps what it compiles of it.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import playwright.sync_api as pw
from engine.compress import remove_copies
from page.bundle import assets_module

from tests.bench.measure import Found, Measure
from tests.bench.stage import Stage
from tests.e2e.chromium_flags import microphone_flags
from tests.e2e.site import SUB_PATH, Site
from tests.e2e.speech import speak

STOCK_PYTHON = Path(__file__).parent / "stock" / "python.js"
PAGE, STOCK = "this page", "with Pyodide as it comes"
OFFLINE_MS = 120_000
LAUNCH_MS = 3_000
SETTLE_MS = 4_000  # Chromium keeps compiled code when none was added for two seconds

# Presses the switch as soon as that can be done, and notes when Python was ready and when the first sound was heard. It
# waits to be told, since asking at every frame would have the page draw them, and take from what is measured.
TAP = """
globalThis.seen = {};
globalThis.heard = new Promise((resolve, reject) => {
  const OwnWorker = Worker;
  globalThis.Worker = class extends OwnWorker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data.type === 'boot.ready') seen.ready ??= performance.now();
        if (data.type === 'listen.update') seen.listening ??= performance.now();
        if (seen.listening) resolve();
      });
    }
  };
  setTimeout(() => reject(new Error(`not listening: ${document.querySelector('#status')?.textContent}`)), OFFLINE_MS);
});
const press = () => {
  const toggle = document.querySelector('#listen-switch');
  if (!toggle || toggle.disabled || seen.pressed) return;
  seen.pressed = performance.now();
  changes.disconnect();
  setTimeout(() => toggle.click());
};
const changes = new MutationObserver(press);
changes.observe(document, { subtree: true, childList: true, attributeFilter: ['disabled'] });
""".replace("OFFLINE_MS", str(OFFLINE_MS))
MARKS = """() => performance.getEntriesByType('mark').map(
  ({ name, startTime }) => [name, performance.timeOrigin + startTime])"""
TRANSFERRED = """() => performance.getEntriesByType('resource').map(
  ({ name, encodedBodySize }) => [name, encodedBodySize])"""


def boot(stage: Stage, rounds: int) -> Iterator[Found]:
    """Visit both pages in turns, each in a browser with a profile of its own: cold, a second time, and warm."""
    sites = {PAGE: Site(stage.paths.dist, stage.folder / "page"), STOCK: _stock_site(stage)}
    recording = stage.folder / "boot.wav"
    speak(recording, stage.speech, ("yes", "no") * 10, seed=1)
    flags = microphone_flags(recording, loop=True)
    seen: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    sizes: dict[str, int] = {}
    for site in sites.values():
        site.start()
    try:
        for n in range(rounds):
            # turns alternate, so that neither page is always the first
            for name, site in list(sites.items())[:: -1 if n % 2 else 1]:
                with TemporaryDirectory() as profile, stage.profile(Path(profile), *flags) as browser:
                    browser.pages[0].wait_for_timeout(LAUNCH_MS)
                    with _visit(browser, site) as page:
                        _note(page, seen[name, "cold"])
                        if name == PAGE:
                            sizes = _transferred(page, site)
                        offline = page.get_by_text("Ready to work offline", exact=True)
                        pw.expect(offline).to_be_visible(timeout=OFFLINE_MS)
                    for kind in ("second", "warm"):
                        with _visit(browser, site) as page:
                            _note(page, seen[name, kind])
    finally:
        for site in sites.values():
            site.stop()
    yield from _report(seen)
    yield Measure("transferred before listening works", sum(sizes.values()) / 1e6, "MB", details=sizes)
    for file, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if size >= 50_000:
            yield f"{size / 1e6:10.3f} MB  {file}"


def _stock_site(stage: Stage) -> Site:
    """The same page with Pyodide as it comes, in place of the snapshot."""
    site = Site(stage.paths.dist, stage.folder / "stock")
    page = stage.folder / "stock" / SUB_PATH
    shutil.rmtree(page / "runtime")
    shutil.copytree(stage.paths.stock, page / "runtime")
    shutil.copy(STOCK_PYTHON, page / "worker")
    for changed in ("worker/python.js", "assets.js"):
        remove_copies(page / changed)
    (page / ".made-from").unlink(missing_ok=True)
    (page / "assets.js").write_text(assets_module(page))
    return site


@contextmanager
def _visit(browser: pw.BrowserContext, site: Site) -> Iterator[pw.Page]:
    """Open the page in a new tab, and keep that open until the browser has stored what it compiled."""
    page = browser.new_page()
    page.set_default_timeout(0)
    page.add_init_script(TAP)
    page.goto(site.url)
    yield page
    page.wait_for_timeout(SETTLE_MS)
    page.close()


def _note(page: pw.Page, seen: dict[str, list[float]]) -> None:
    """Wait until the page listens; add the time of every step, in seconds from the start of the navigation."""
    page.evaluate("() => heard")  # a locator would bring a script, to be compiled while the page starts
    pw.expect(page.locator("#status")).to_have_text("Listening")
    times = page.evaluate("() => seen")
    origin = page.evaluate("() => performance.timeOrigin")
    (worker,) = page.workers
    marks: list[tuple[str, float]] = worker.evaluate(MARKS)
    steps: dict[str, Any] = {
        "the switch can be pressed": times["pressed"],
        **{name: at - origin for name, at in marks},
        "Python ready": times["ready"],
        "listening, pressed as early as can be": times["listening"],
    }
    for step, at_ms in steps.items():
        seen[step].append(at_ms / 1000)


def _report(seen: dict[tuple[str, str], dict[str, list[float]]]) -> Iterator[Found]:
    for step in ("Python ready", "listening, pressed as early as can be"):
        for kind in ("cold", "warm"):
            ours, theirs = seen[PAGE, kind][step], seen[STOCK, kind][step]
            for name, values in ((PAGE, ours), (STOCK, theirs)):
                yield Measure.over(f"{kind}, {step}: {name}", values, "s", key=("boot", kind, name))
            ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
            yield Measure.over(f"{kind}, {step}: how many times sooner", ratios, "times")
    for (name, kind), steps in seen.items():
        if kind == "second":
            continue
        medians = sorted((median(values), step) for step, values in steps.items())
        yield "\n".join([f"waterfall, {kind}, {name}:", *(f"{at:8.3f} s  {step}" for at, step in medians)])


def _transferred(page: pw.Page, site: Site) -> dict[str, int]:
    """Bytes of every file that the page and its worker have fetched so far."""
    entries = [*page.evaluate(TRANSFERRED), *page.workers[0].evaluate(TRANSFERRED)]
    navigation = page.evaluate("() => performance.getEntriesByType('navigation')[0].encodedBodySize")
    return {"index.html": navigation, **{name.removeprefix(site.url): size for name, size in entries}}
