"""How much memory Python takes: a WebAssembly memory never shrinks, so its size is the most that was ever needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from .site import Site
from .speech import Speech, small_zip
from .tab import Tab
from .watch import Watch

MAX_HEAP_MB = 120
LABELS, CLIPS_A_LABEL = ("yes", "no", "up", "down"), 600
ITERATIONS = 45  # the random test subset is evaluated twice on the way


@pytest.fixture
def train(context: BrowserContext, dist: Path, tmp_path: Path) -> Iterator[Tab]:
    """The Train view of a page whose worker tells the size of its memory."""
    site = Site(dist, tmp_path / "site")
    site.alter(
        "worker/worker.js", "  performance.mark('ready');\n", "  performance.mark('ready');\n  self.heap = heap;\n"
    )
    site.start()
    watch = Watch(context, site.origin)
    yield Tab(context.new_page(), site.url).open("train")
    watch.check()
    site.stop()


def _heap_mb(tab: Tab) -> float:
    (worker,) = tab.page.workers
    n_bytes: int = worker.evaluate("() => heap.HEAPF32.byteLength")
    return n_bytes / 1e6


def _train_twice(tab: Tab) -> None:
    """Train, then train with one more command: the memory of the first preparation must serve the second."""
    tab.fill("Iterations", ITERATIONS)
    tab.train_button.click()
    tab.wait_trained()
    tab.page.get_by_label("New command").fill("up")
    tab.button("Add").click()
    tab.train_button.click()
    expect(tab.result).to_be_hidden()
    tab.wait_trained()


def test_training_on_the_built_in_voices_fits(train: Tab, measured: Callable[[str], None]) -> None:
    train.button("Use the built-in voices").click()
    train.wait_audio()
    _train_twice(train)
    measured(f"WebAssembly memory, trained twice on the built-in voices: {_heap_mb(train):.1f} MB")
    assert _heap_mb(train) < MAX_HEAP_MB


def test_training_on_a_large_zip_fits(
    train: Tab, speech: Speech, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    file = tmp_path / "words.zip"
    file.write_bytes(small_zip(speech, LABELS, CLIPS_A_LABEL))
    train.load_files(file)
    train.wait_audio()
    _train_twice(train)
    size = f"{file.stat().st_size / 1e6:.0f} MB"
    measured(f"WebAssembly memory, trained twice on a zip of {size}: {_heap_mb(train):.1f} MB")
    assert _heap_mb(train) < MAX_HEAP_MB
