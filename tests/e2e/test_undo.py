"""Deleted models come back as long as Undo is shown."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .tab import Tab

LATER_MS = 60_000  # long after a deleted model is gone for good


def test_undo_brings_a_model_back_however_long_it_is_shown(tab: Tab, trained_model: Path) -> None:
    tab.page.clock.install()
    tab.open("models")
    tab.open_model(trained_model)
    expect(tab.models).to_have_count(1)
    tab.button(f"Delete {trained_model.stem}").click()
    expect(tab.models).to_have_count(0)
    tab.button("Undo").hover()
    tab.page.clock.fast_forward(LATER_MS)
    tab.page.wait_for_timeout(500)
    tab.button("Undo").click()
    expect(tab.models.get_by_role("heading")).to_have_text(trained_model.stem)
    tab.reload()
    tab.expect_models(trained_model.stem)


def test_a_double_click_deletes_one_model(tab: Tab, trained_model: Path, dist: Path) -> None:
    tab.open("models")
    tab.open_model(trained_model)
    expect(tab.models).to_have_count(1)
    tab.open_model(dist / "models" / "yes-no-small.safetensors")
    expect(tab.models).to_have_count(2)
    box = tab.button("Delete yes-no-small").bounding_box()
    assert box
    tab.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=100)
    expect(tab.models).to_have_count(1)
    tab.page.wait_for_timeout(500)
    expect(tab.models.get_by_role("heading")).to_have_text(trained_model.stem)
