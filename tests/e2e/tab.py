"""The page as a person uses it: what can be pressed, filled in and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from .speech import Heard

BOOT_MS = 60_000
AUDIO_MS = 120_000
TRAINING_MS = 300_000
POLL_MS = 50
WORKER_LOST_MS = 60_000  # a silent worker is given 15 to 20 s before another is started

# Notes when the microphone is opened, at which moment its recording begins to play, and every word listed after that.
NOTE_WORDS = """() => {
  const notes = { began: null, words: [] };
  globalThis.notes = notes;
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    notes.began = performance.now();
    return stream;
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const row of addedNodes) notes.words.push([row.querySelector('.heard').textContent, performance.now()]);
    }
  }).observe(document.querySelector('#history'), { childList: true });
}"""
READ_WORDS = "() => notes.words.map(([word, at]) => [word, (at - notes.began) / 1000])"

# Leaves the browser's prompt for the microphone unanswered.
UNANSWERED = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"

STORED = """(store) => new Promise((resolve, reject) => {
  const opening = indexedDB.open('sayso');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    const reading = database.transaction(store).objectStore(store).getAll();
    reading.onsuccess = () => {
      database.close();
      resolve(JSON.parse(JSON.stringify(reading.result, (_, value) => ArrayBuffer.isView(value) ? undefined : value)));
    };
  };
})"""


class Tab:
    """One tab with Sayso in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.status = page.locator("#status")
        self.toasts = page.locator("#toasts")
        self.switch = page.get_by_role("switch", name="Microphone")
        self.chosen_model = page.locator("#model-select option:checked")  # can be read from every view
        self.word = page.locator("#word")
        self.announcer = page.locator("#announcer")
        self.heard = page.get_by_role("list", name="Detections")
        self.train_button = page.locator("#train-start")
        self.stop_button = page.locator("#train-stop")
        self.resume_button = page.locator("#train-resume")
        self.result = page.locator("#result-summary")
        saved = page.get_by_role("list", name="Saved models")
        self.models = saved.locator("> li")
        self.new_name = saved.get_by_role("textbox", name="Name")

    def open(self, view: str = "listen") -> Tab:
        self.page.goto(f"{self.url}#{view}")
        return self.wait_ready()

    def reload(self) -> Tab:
        self.page.reload()
        return self.wait_ready()

    def wait_ready(self) -> Tab:
        expect(self.status).to_have_text("Ready", timeout=BOOT_MS)
        return self

    def go(self, view: str) -> None:
        self.page.get_by_role("navigation", name="Views").get_by_role("link", name=view).click()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def alert(self, text: str | re.Pattern[str]) -> Locator:
        """A failure that is shown, in its place or as a toast."""
        return self.page.locator("[role=alert]:visible, .toast-failure").filter(has_text=text)

    def load_folder(self, folder: Path) -> None:
        self.page.get_by_label("Training audio folder").set_input_files(folder)
        self.wait_audio()

    def load_files(self, *files: Path) -> None:
        self.page.get_by_label("Training audio files").set_input_files(files)

    def wait_audio(self) -> None:
        expect(self.page.locator("#audio-summary")).to_be_visible(timeout=AUDIO_MS)
        expect(self.train_button).to_be_enabled(timeout=AUDIO_MS)

    def number(self, label: str) -> Locator:
        """The settings' number field of that label."""
        return self.page.get_by_role("spinbutton", name=label)

    def fill(self, label: str, value: object) -> None:
        self.number(label).fill(str(value))

    def iteration(self) -> int:
        """The iteration shown; 0 before the first."""
        text = self.page.locator("#figure-iteration").text_content() or "0"
        return int(text.partition("/")[0].replace(",", "") or 0)

    def stored(self, store: str) -> list[dict[str, Any]]:
        """The records that the browser keeps in a store of the page's, without their binary parts."""
        kept: list[dict[str, Any]] = self.page.evaluate(STORED, store)
        return kept

    def stored_iteration(self) -> int:
        """Where a reload would take up the training; 0 without a checkpoint."""
        return max((checkpoint["iteration"] for checkpoint in self.stored("checkpoints")), default=0)

    def wait_iteration(self, at_least: int) -> None:
        self.wait_until(lambda: self.iteration() >= at_least, f"iteration {at_least}")

    def wait_checkpoint(self) -> int:
        self.wait_until(lambda: self.stored_iteration() > 0, "a checkpoint")
        return self.stored_iteration()

    def wait_trained(self) -> str:
        """The result in words, once the training has ended."""
        expect(self.result).to_be_visible(timeout=TRAINING_MS)
        return self.result.inner_text()

    def accuracy(self) -> float:
        """The share of the whole test set that was recognised rightly, 0 to 1."""
        found = re.search(r"([\d.]+) %", self.wait_trained())
        assert found, self.result.inner_text()
        return float(found[1]) / 100

    def save_in_browser(self, name: str) -> None:
        self.page.get_by_label("Name", exact=True).fill(name)
        self.button("Save in browser").click()
        expect(self.page.locator("#save-done")).to_contain_text(f"Saved in this browser as “{name}”")

    def save_to_file(self, path: Path) -> Path:
        with self.page.expect_download() as download:
            self.button("Save to file").click()
        download.value.save_as(path)
        return path

    def open_model(self, file: Path) -> None:
        self.page.get_by_label("Model file").set_input_files(file)

    def drop(self, *files: Path) -> None:
        """Let files fall on the page, as the system's file manager does."""
        session = self.page.context.new_cdp_session(self.page)
        carried = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for step in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": step, "x": 200, "y": 200, "data": carried})
        session.detach()

    def expect_models(self, *names: str) -> None:
        """These are the models saved, the newest first."""
        expect(self.models.get_by_role("heading")).to_have_text(names)

    def start_listening(self) -> None:
        self.switch.click()
        expect(self.switch).to_have_attribute("aria-checked", "true")

    def stop_listening(self) -> None:
        self.switch.click()
        expect(self.switch).to_have_attribute("aria-checked", "false")

    def hear(self, seconds: float) -> list[Heard]:
        """Flip the switch, listen for so long, and stop; returns the words that were shown."""
        self.page.evaluate(NOTE_WORDS)
        self.start_listening()
        self.page.wait_for_timeout(seconds * 1000)
        heard = [Heard(word, at_s) for word, at_s in self.page.evaluate(READ_WORDS)]
        self.stop_listening()
        return heard

    def wait_until(self, holds: Callable[[], bool], what: str, timeout_ms: int = TRAINING_MS) -> None:
        """Ask again and again: the page's policy refuses the code that Playwright's `wait_for_function` makes."""
        for _ in range(timeout_ms // POLL_MS):
            if holds():
                return
            self.page.wait_for_timeout(POLL_MS)
        raise AssertionError(f"{what}: not within {timeout_ms / 1000:.0f} s")
