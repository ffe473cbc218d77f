"""The weights that the 2017 demo published, as a model file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .tab import Tab

WEIGHTS = Path(os.environ.get("SAYSO_SHARED", "")) / "weights_2017.json"


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the published weights are not here")
def test_the_2017_weights_are_loaded_kept_and_listened_with(tab: Tab, tmp_path: Path) -> None:
    tab.open()
    tab.drop(WEIGHTS)
    expect(tab.chosen_model).to_have_text("weights_2017")
    tab.start_listening()
    expect(tab.page.get_by_role("meter", name="Level")).not_to_have_attribute("aria-valuenow", "-80")
    tab.go("Models")
    with tab.page.expect_download() as download:
        tab.button("Download weights_2017").click()
    assert download.value.suggested_filename == "weights-2017.json"
    download.value.save_as(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == WEIGHTS.read_bytes()


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the published weights are not here")
def test_the_2017_weights_are_gone_on_with_on_other_audio(tab: Tab, small_audio: Path) -> None:
    tab.open("train")
    tab.drop(WEIGHTS)
    expect(tab.chosen_model).to_have_text("weights_2017")
    tab.load_files(small_audio)
    tab.wait_audio()
    tab.page.get_by_label("Start from").select_option("The current model, “weights_2017”")
    for label, value in (("Network", "classic"), ("Features", "classic-2017")):
        # By role, too: the bar of "Computing features" has that word in its name.
        chosen = tab.page.get_by_role("combobox", name=label)
        expect(chosen).to_have_value(value)
        expect(chosen).to_be_disabled()
    tab.fill("Iterations", 20)
    tab.train_button.click()
    assert "Finished at iteration 20" in tab.wait_trained()
    tab.page.get_by_label("Start from").select_option("Random weights")
    expect(tab.page.get_by_label("Network")).to_have_value("compact")
    expect(tab.page.get_by_label("Network")).to_be_enabled()


def test_other_json_is_refused_by_name(tab: Tab, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"colour": "blue"}')
    tab.open()
    tab.drop(file)
    expect(tab.alert("That JSON is not a model")).to_contain_text("settings.json: not the weights of the 2017 demo")
