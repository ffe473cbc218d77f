"""Chromium and the page, as the measurements need them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.chromium_flags import QUIET
from playwright.sync_api import Browser, Page, expect, sync_playwright

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
BOOT_MS = 120_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the tests, its microphone a beep now and then."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["SAYSO_CHROMIUM"], chromium_sandbox=False, args=[*QUIET, *MICROPHONE]
        )
        yield browser
        browser.close()


def boot_s(page: Page, url: str) -> float:
    """Seconds from navigation until the page can listen: Python runs and a model is loaded."""
    page.goto(url)
    expect(page.get_by_role("switch", name="Microphone")).to_be_enabled(timeout=BOOT_MS)
    return float(page.evaluate("performance.now()")) / 1000


def page_process_mb(browser: Browser) -> float:
    """Private memory of the process that holds the page and its worker: the browser's largest renderer."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max(_private_mb(process["id"]) for process in processes if process["type"] == "renderer")


def _private_mb(process_id: int) -> float:
    """Private memory of a process, from Linux's own books."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1000
