"""A second click at the same place, and a change of mind, lose nothing and start nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from .tab import AUDIO_MS, Tab

LONG = 5000  # iterations, more than a test waits for
AGAIN_MS = 200


@pytest.fixture
def offered(ready: Tab, context: BrowserContext) -> Tab:
    """A visit that is offered the training which the one before left."""
    ready.fill("Iterations", LONG)
    ready.train_button.click()
    ready.wait_checkpoint()
    ready.page.close()
    return Tab(context.new_page(), ready.url).open("train")


def _click_twice(control: Locator) -> None:
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    assert box, "nothing to click at"
    for _ in range(2):
        control.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        control.page.wait_for_timeout(AGAIN_MS)


def _alerts(tab: Tab) -> Locator:
    return tab.page.locator("[role=alert]:visible, .toast-failure")


def test_train_stop_resume_and_train_anew_take_two_clicks_for_one(ready: Tab) -> None:
    ready.fill("Iterations", LONG)
    _click_twice(ready.train_button)
    ready.wait_iteration(5)
    expect(ready.stop_button).to_be_enabled()

    _click_twice(ready.stop_button)
    assert "Stopped at iteration" in ready.wait_trained()
    ready.page.wait_for_timeout(2 * AGAIN_MS)
    expect(ready.status).to_have_text("Ready")

    at = ready.iteration()
    _click_twice(ready.resume_button)
    ready.wait_iteration(at + 3)
    expect(ready.stop_button).to_be_enabled()
    ready.stop_button.click()
    expect(ready.status).to_have_text("Ready")

    ready.fill("Iterations", 20)
    _click_twice(ready.train_button)
    expect(ready.result).to_contain_text("Finished at iteration 20", timeout=AUDIO_MS)
    ready.page.wait_for_timeout(2 * AGAIN_MS)
    expect(ready.status).to_have_text("Ready")
    ready.go("Models")
    expect(ready.models).to_have_count(3)
    expect(_alerts(ready)).to_have_count(0)


def test_resume_of_the_offer_takes_two_clicks_for_one(offered: Tab) -> None:
    _click_twice(offered.page.locator("#resume-accept"))
    offered.wait_until(lambda: offered.iteration() > 0, "a next iteration")
    expect(_alerts(offered)).to_have_count(0)
    expect(offered.stop_button).to_be_enabled()
    offered.stop_button.click()
    assert "Stopped at iteration" in offered.wait_trained()


def test_a_resume_cancelled_at_once_is_offered_again(offered: Tab) -> None:
    at = offered.stored_iteration()
    offered.page.locator("#resume-accept").click()
    offered.button("Cancel").click()
    expect(offered.button(f"Resume training from iteration {at:,}")).to_be_visible()
    expect(_alerts(offered)).to_have_count(0)
    assert offered.stored_iteration() == at


def test_after_discard_the_focus_is_where_enter_does_nothing(offered: Tab) -> None:
    offered.button("Discard").focus()
    offered.page.keyboard.press("Enter")
    expect(offered.page.get_by_role("heading", name="Train", exact=True)).to_be_focused()
    expect(offered.page.get_by_text("was cut short")).to_be_hidden()
    assert not offered.stored("checkpoints")
    assert not offered.stored("audio")


def test_a_second_cancel_of_an_addition_keeps_what_was_loaded(ready: Tab) -> None:
    summary = ready.page.locator("#audio-summary")
    loaded = summary.inner_text()
    ready.button("Use the built-in voices").click()
    expect(ready.page.get_by_text("Decoding").first).to_be_visible()
    _click_twice(ready.page.locator("#audio-cancel"))
    expect(summary).to_have_text(loaded)
    ready.wait_audio()
    expect(ready.button("Use the built-in voices")).to_be_enabled()
    ready.fill("Iterations", 5)
    ready.train_button.click()
    ready.wait_trained()


def test_audio_dropped_while_other_audio_is_added_is_told(ready: Tab, small_audio: Path) -> None:
    ready.button("Use the built-in voices").click()
    expect(ready.page.get_by_text("Decoding").first).to_be_visible()
    ready.drop(small_audio)
    expect(ready.alert("other audio is being added")).to_be_visible()
    ready.page.locator("#audio-cancel").click()


def test_several_zips_at_once_are_refused_by_name(ready: Tab, small_audio: Path, tmp_path: Path) -> None:
    summary = ready.page.locator("#audio-summary")
    loaded = summary.inner_text()
    second = tmp_path / "second.zip"
    second.write_bytes(small_audio.read_bytes())
    ready.drop(small_audio, second)
    expect(ready.alert("One at a time")).to_contain_text("second.zip")
    expect(summary).to_have_text(loaded)


def test_an_invalid_setting_that_is_folded_away_is_shown(ready: Tab) -> None:
    ready.page.get_by_text("More", exact=True).click()
    ready.fill("Seed", "")
    ready.page.get_by_text("More", exact=True).click()
    ready.train_button.click()
    expect(ready.number("Seed")).to_be_focused()
