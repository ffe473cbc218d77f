"""For everybody: by keyboard alone, with a screen reader, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from checks.tools import tool
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .site import Site
from .speech import Speech
from .tab import AUDIO_MS, TRAINING_MS, Tab
from .talker import Talker
from .watch import Watch

VIEWS = ("listen", "train", "models", "help")
MAX_TABS = 60
FOCUSED_NAME = """() => {
  const element = document.activeElement;
  const named = element.getAttribute('aria-labelledby');
  const label = named ? document.getElementById(named) : element.labels?.[0];
  return element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent;
}"""


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if re.match(name, page.evaluate(FOCUSED_NAME).strip()):
            return
    raise AssertionError(f"{name}: not reached by Tab")


def test_by_keyboard_alone_a_word_is_trained_and_listened_for(tab: Tab) -> None:
    page, keys = tab.page, tab.page.keyboard
    tab.open()
    _tab_to(page, "Train")
    keys.press("Enter")
    _tab_to(page, "Use the built-in voices")
    keys.press("Enter")
    expect(tab.train_button).to_be_enabled(timeout=AUDIO_MS)
    _tab_to(page, "Iterations")
    keys.type("30")
    _tab_to(page, "Train$")
    keys.press("Enter")
    expect(tab.result).to_be_visible(timeout=TRAINING_MS)
    _tab_to(page, "Listen with it")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Listen", level=1)).to_be_focused()
    _tab_to(page, "Microphone$")
    keys.press("Space")
    expect(tab.status).to_have_text("Listening")
    keys.press("Space")
    expect(tab.status).to_have_text("Ready")


def test_a_recognised_word_is_announced_and_shown(tab: Tab, trained_model: Path) -> None:
    tab.open()
    tab.open_model(trained_model)
    tab.start_listening()
    expect(tab.announcer).to_have_attribute("aria-live", "polite")
    expect(tab.announcer).to_have_text(re.compile("^(yes|no)$"), timeout=30_000)
    word = tab.announcer.inner_text()
    expect(tab.word).to_have_text(word)
    expect(tab.heard.get_by_role("listitem").first).to_contain_text(word)
    expect(tab.word).to_have_attribute("data-state", "faded")


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    watch = Watch(context, site.origin)
    yield Tab(context.new_page(), site.url)
    watch.check()
    context.close()


SCROLLS_SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
TOO_SMALL = """() => [...document.querySelectorAll('button, select, a, input:not([type=file]), summary')]
  .filter((control) => control.checkVisibility() && !control.closest('p') && !control.classList.contains('skip'))
  .map((control) => ({ control, box: control.getBoundingClientRect() }))
  .filter(({ box }) => box.width < 24 || box.height < 24)
  .map(({ control, box }) => `${control.outerHTML.slice(0, 60)} ${box.width} x ${box.height}`)"""


def _record_yes(tab: Tab) -> None:
    """Begin a series of takes and return once the first is kept and the second under way."""
    live = tab.page.locator(".record-live:visible")
    tab.button("Record yes, 5 in a row").click()
    tab.button("Play recording 1 of yes").wait_for()
    expect(live).to_have_attribute("data-state", "speak")


def _talk(tab: Tab, speech: Speech) -> None:
    rng = np.random.default_rng(1)
    Talker(tab.page, {"yes": [clip.read() for clip in speech.clips("yes", 3, test=True, rng=rng)]})


def test_on_a_phone_no_view_scrolls_sideways_and_every_control_can_be_hit(
    phone: Tab, trained_model: Path, small_audio: Path, speech: Speech
) -> None:
    _talk(phone, speech)
    phone.open()
    phone.open_model(trained_model)
    phone.start_listening()
    phone.go("Train")
    _record_yes(phone)
    assert not phone.page.evaluate(SCROLLS_SIDEWAYS)
    assert phone.page.evaluate(TOO_SMALL) == []
    phone.page.keyboard.press("Escape")
    phone.load_files(small_audio)
    phone.wait_audio()
    phone.fill("Iterations", 20)
    phone.train_button.click()
    phone.wait_trained()
    for view in VIEWS:
        phone.page.goto(f"{phone.url}#{view}")
        assert not phone.page.evaluate(SCROLLS_SIDEWAYS), view
        assert phone.page.evaluate(TOO_SMALL) == [], view


def _violations(page: Page) -> list[str]:
    """What axe-core finds at fault in the page as it is."""
    page.evaluate((tool("axe-core") / "axe.min.js").read_text())
    found = page.evaluate("() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })")
    return [f"{violation['id']}: {node['html']}" for violation in found["violations"] for node in violation["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_fault_in_any_view(
    tab: Tab, scheme: str, trained_model: Path, small_audio: Path, speech: Speech, subtests: pytest.Subtests
) -> None:
    _talk(tab, speech)
    tab.page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
    tab.open()
    tab.open_model(trained_model)
    tab.go("Train")
    with subtests.test("recording"):
        _record_yes(tab)
        assert _violations(tab.page) == []
        tab.page.keyboard.press("Escape")
    tab.load_files(small_audio)
    tab.wait_audio()
    tab.fill("Iterations", 20)
    tab.train_button.click()
    tab.wait_trained()
    for view in VIEWS:
        with subtests.test(view):
            tab.page.goto(f"{tab.url}#{view}")
            assert _violations(tab.page) == []
    with subtests.test("listening"):
        tab.page.goto(f"{tab.url}#listen")
        tab.start_listening()
        assert _violations(tab.page) == []


def test_the_watch_of_these_tests_sees_strangers_and_errors(context: BrowserContext, site: Site) -> None:
    watch = Watch(context, "http://elsewhere.invalid")
    page = context.new_page()
    page.goto(f"{site.url}icon.svg")
    page.evaluate("() => console.error('oh no')")
    assert watch.strangers == [f"{site.url}icon.svg"]
    assert any("oh no" in error for error in watch.errors)
