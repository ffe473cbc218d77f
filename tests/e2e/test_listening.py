"""Listening begins only when it can, ends whenever asked, and never goes on in silence unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from .site import Site
from .tab import UNANSWERED, Tab
from .watch import Watch

SILENT = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  stream.getAudioTracks()[0].enabled = false;
  return stream;
};
"""
KEEP = """
globalThis.contexts = [];
globalThis.AudioContext = class extends AudioContext {
  constructor(...options) {
    super(...options);
    contexts.push(this);
  }
};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  globalThis.track = stream.getAudioTracks()[0];
  return stream;
};
"""


def test_a_prompt_left_unanswered_is_taken_back_by_the_switch(tab: Tab, trained_model: Path) -> None:
    tab.page.add_init_script(UNANSWERED)
    tab.open()
    tab.open_model(trained_model)
    tab.switch.click()
    expect(tab.page.locator("#listen-hint")).to_have_text("Asking for the microphone")
    tab.switch.click()
    expect(tab.page.locator("#listen-hint")).to_have_text("Off")


def test_while_audio_is_added_the_switch_waits(tab: Tab, trained_model: Path) -> None:
    tab.open("train")
    tab.open_model(trained_model)
    tab.button("Use the built-in voices").click()
    tab.go("Listen")
    expect(tab.page.locator("#listen-hint")).to_have_text("Waits for the audio")
    expect(tab.switch).to_be_disabled()
    tab.go("Train")
    tab.page.locator("#audio-cancel").click()
    tab.go("Listen")
    expect(tab.switch).to_be_enabled()


def test_a_muted_and_an_interrupted_microphone_are_told(tab: Tab, trained_model: Path) -> None:
    tab.page.add_init_script(KEEP)
    tab.open()
    tab.open_model(trained_model)
    tab.start_listening()
    tab.page.evaluate("() => Object.defineProperty(track, 'muted', { value: true })")
    expect(tab.page.locator("#listen-hint")).to_have_text("The microphone is muted")
    tab.page.evaluate("() => contexts.at(-1).suspend()")
    expect(tab.alert("The microphone was interrupted")).to_be_visible()
    expect(tab.switch).to_have_attribute("aria-checked", "false")
    assert tab.page.evaluate("() => track.readyState") == "ended"
    tab.button("Try again").click()
    expect(tab.status).to_have_text("Listening")


def test_a_slider_moved_before_the_first_word_does_not_start_anew(tab: Tab, trained_model: Path) -> None:
    tab.page.add_init_script(SILENT)
    tab.open()
    tab.open_model(trained_model)
    tab.start_listening()
    expect(tab.announcer).to_have_text("Listening")
    tab.announcer.evaluate("(announcer) => { announcer.textContent = 'said once'; }")
    for value in ("0.97", "0.98", "0.99"):
        tab.page.get_by_role("slider", name="Threshold").fill(value)
        tab.page.wait_for_timeout(200)
    expect(tab.announcer).to_have_text("said once")


@pytest.fixture
def deaf_site(dist: Path, tmp_path: Path) -> Iterator[Site]:
    """The page with an audio thread that misses four quanta in the third second."""
    site = Site(dist, tmp_path)
    site.alter(
        "audio/mic-worklet.js", "inputs[0][0];", "currentFrame % 480000 - 144000 >>> 9 ? inputs[0][0] : undefined;"
    )
    site.start()
    yield site
    site.stop()


def test_missing_quanta_are_counted_to_the_sample(
    context: BrowserContext, deaf_site: Site, trained_model: Path
) -> None:
    watch = Watch(context, deaf_site.origin)
    tab = Tab(context.new_page(), deaf_site.url).open()
    tab.open_model(trained_model)
    tab.start_listening()
    expect(tab.page.locator("#dropped")).to_contain_text("512 microphone samples lost", timeout=20_000)
    expect(tab.status).to_have_text("Listening")
    watch.check()
