"""What is done in other views while a training runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import expect
from sayso.models.safetensors import read_tensors

from .tab import Tab


def test_listening_with_another_model_is_refused_and_the_result_is_what_was_trained(
    tab: Tab, trained_model: Path, small_audio: Path, tmp_path: Path
) -> None:
    tab.open("models")
    tab.open_model(trained_model)
    tab.go("Train")
    tab.load_files(small_audio)
    tab.wait_audio()
    tab.fill("Iterations", 60)

    def train(name: str, *, disturbed: bool) -> dict[str, np.ndarray]:
        tab.train_button.click()
        expect(tab.stop_button).to_have_text("Stop")
        if disturbed:
            tab.go("Models")
            tab.button(f"Listen with {trained_model.stem}").click()
            expect(tab.alert("a training is running")).to_be_visible()
            tab.go("Train")
        expect(tab.status).to_have_text("Ready", timeout=120_000)
        return dict(read_tensors(tab.save_to_file(tmp_path / name).read_bytes())[0])

    alone, disturbed = train("alone", disturbed=False), train("disturbed", disturbed=True)
    assert alone.keys() == disturbed.keys()
    for name, tensor in alone.items():
        np.testing.assert_array_equal(tensor, disturbed[name], err_msg=name)
    tab.go("Listen")
    expect(tab.chosen_model).to_have_text("yes / no 2 (not saved yet)")


def test_a_result_saved_under_two_names_is_two_models(tab: Tab, small_audio: Path) -> None:
    tab.open("train")
    tab.load_files(small_audio)
    tab.wait_audio()
    tab.fill("Iterations", 5)
    tab.train_button.click()
    tab.wait_trained()
    tab.save_in_browser("One")
    tab.save_in_browser("Two")
    tab.go("Models")
    tab.expect_models("Two", "One")
