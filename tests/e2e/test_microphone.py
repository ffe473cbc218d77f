"""The microphone: refused, missing, lost, changed, released; and a device too busy to keep up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, expect

from .chromium_flags import QUIET
from .site import Site
from .tab import Tab
from .watch import Watch

# Keeps the tracks the page opens, to see whether it ends them, and to end one as a pulled plug does.
KEEP_TRACKS = """
globalThis.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  globalThis.tracks.push(...stream.getAudioTracks());
  return stream;
};
"""
UNPLUG = """() => {
  const track = tracks.at(-1);
  track.stop();
  track.dispatchEvent(new Event('ended'));
}"""
TRACK_STATES = "() => tracks.map(({ readyState }) => readyState)"
RELEASE_MS = 5_000


def wait_for_tracks(tab: Tab, states: list[str]) -> None:
    """Wait for the tracks to be in these states: a microphone is let go a moment after the switch shows off."""
    tab.wait_until(lambda: tab.page.evaluate(TRACK_STATES) == states, f"tracks are {states}", RELEASE_MS)


@pytest.fixture
def listener(tab: Tab, trained_model: Path) -> Tab:
    """The Listen view with a model."""
    tab.page.add_init_script(KEEP_TRACKS)
    tab.open()
    tab.open_model(trained_model)
    expect(tab.chosen_model).to_have_text(trained_model.stem)
    expect(tab.switch).to_be_enabled()
    return tab


@pytest.fixture
def bare_tab(
    chromium: BrowserType, launch_options: dict[str, Any], site: Site, request: pytest.FixtureRequest
) -> Iterator[Tab]:
    """A tab of a browser started with the given flags in place of a microphone."""
    browser = chromium.launch(**launch_options, args=[*QUIET, *request.param])
    context = browser.new_context()
    watch = Watch(context, site.origin)
    yield Tab(context.new_page(), site.url)
    watch.check()
    browser.close()


REFUSING = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")


@pytest.mark.parametrize("bare_tab", [REFUSING], indirect=True)
def test_a_refused_microphone_says_how_to_allow_it_and_works_once_allowed(bare_tab: Tab, trained_model: Path) -> None:
    bare_tab.open()
    bare_tab.open_model(trained_model)
    bare_tab.switch.click()
    expect(bare_tab.alert("The microphone is blocked")).to_contain_text("NotAllowedError")
    expect(bare_tab.switch).to_have_attribute("aria-checked", "false")
    bare_tab.page.context.grant_permissions(["microphone"])
    bare_tab.button("Try again").click()
    expect(bare_tab.status).to_have_text("Listening")
    expect(bare_tab.alert(re.compile("."))).to_have_count(0)


@pytest.mark.parametrize("bare_tab", [("--use-fake-ui-for-media-stream",)], indirect=True)
def test_without_a_microphone_the_page_says_so(bare_tab: Tab, trained_model: Path) -> None:
    bare_tab.open()
    bare_tab.open_model(trained_model)
    bare_tab.switch.click()
    expect(bare_tab.alert("No microphone found")).to_contain_text("NotFoundError")
    expect(bare_tab.switch).to_have_attribute("aria-checked", "false")
    expect(bare_tab.switch).to_be_enabled()


def test_stopping_releases_the_microphone_and_it_can_be_started_again(listener: Tab) -> None:
    for n_opened in (1, 2):
        listener.start_listening()
        expect(listener.page.get_by_role("meter", name="Level")).not_to_have_attribute("aria-valuenow", "-80")
        listener.stop_listening()
        wait_for_tracks(listener, ["ended"] * n_opened)


def test_a_second_click_on_the_switch_leaves_it_in_one_state(listener: Tab) -> None:
    listener.switch.dblclick()
    expect(listener.switch).to_be_enabled()
    state = listener.switch.get_attribute("aria-checked")
    expect(listener.status).to_have_text("Listening" if state == "true" else "Ready")
    n_live = int(state == "true")
    listener.wait_until(
        lambda: listener.page.evaluate(TRACK_STATES).count("live") == n_live, f"{n_live} live tracks", RELEASE_MS
    )


def test_another_microphone_can_be_chosen_while_listening(listener: Tab) -> None:
    listener.start_listening()
    choice = listener.page.get_by_role("combobox", name="Microphone")
    other = choice.locator("option").last.inner_text()
    choice.select_option(other)
    expect(listener.page.locator("#listen-hint")).to_have_text(other)
    expect(listener.status).to_have_text("Listening")
    wait_for_tracks(listener, ["ended", "live"])


def test_a_microphone_that_is_unplugged_is_told_and_can_be_tried_again(listener: Tab) -> None:
    listener.start_listening()
    listener.page.evaluate(UNPLUG)
    expect(listener.alert("The microphone was disconnected")).to_be_visible()
    expect(listener.switch).to_have_attribute("aria-checked", "false")
    listener.button("Try again").click()
    expect(listener.status).to_have_text("Listening")


def test_leaving_for_another_view_keeps_listening_and_training_ends_it(listener: Tab, small_audio: Path) -> None:
    listener.start_listening()
    listener.go("Train")
    expect(listener.status).to_have_text("Listening")
    listener.load_files(small_audio)
    listener.wait_audio()
    listener.fill("Iterations", 20)
    listener.train_button.click()
    listener.wait_trained()
    assert "live" not in listener.page.evaluate(TRACK_STATES)


@pytest.fixture
def lossy_site(dist: Path, tmp_path: Path) -> Iterator[Site]:
    """The page with an audio thread that loses 2,048 samples, once."""
    site = Site(dist, tmp_path)
    site.alter(
        "audio/mic-worklet.js", "position: this.#position", "position: this.#position + (currentTime > 2) * 2048"
    )
    site.start()
    yield site
    site.stop()


def test_lost_samples_are_counted_and_shown(context: BrowserContext, lossy_site: Site, trained_model: Path) -> None:
    watch = Watch(context, lossy_site.origin)
    tab = Tab(context.new_page(), lossy_site.url).open()
    tab.open_model(trained_model)
    tab.start_listening()
    expect(tab.page.get_by_text("2,048 microphone samples lost")).to_be_visible()
    expect(tab.status).to_have_text("Listening")
    watch.check()


def test_sliders_change_the_detector_and_are_kept_with_the_model(listener: Tab) -> None:
    threshold = listener.page.get_by_role("slider", name="Threshold")
    listener.start_listening()
    before = threshold.input_value()
    threshold.fill("0.9")
    expect(threshold).to_have_attribute("aria-valuetext", "90 %")
    listener.stop_listening()
    listener.wait_until(lambda: {"threshold": 0.9} in [kept["value"] for kept in listener.stored("settings")], "kept")
    listener.reload()
    expect(threshold).to_have_value("0.9")
    listener.button("Reset tuning").click()
    expect(threshold).to_have_value(before)
