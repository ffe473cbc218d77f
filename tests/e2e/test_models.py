"""Models: kept in the browser and in files, renamed, deleted, brought back; broken files change nothing."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Route, expect
from sayso.models.safetensors import read_tensors, write_tensors

from .tab import Tab


@pytest.fixture
def loaded(tab: Tab, trained_model: Path) -> Tab:
    """The Models view with one model, loaded from a file."""
    tab.open("models")
    tab.open_model(trained_model)
    expect(tab.models).to_have_count(1)
    return tab


def test_a_model_dropped_on_the_page_is_loaded_and_kept(tab: Tab, trained_model: Path) -> None:
    tab.open("models")
    expect(tab.page.get_by_text("Nothing saved yet.")).to_be_visible()
    tab.drop(trained_model)
    expect(tab.toasts).to_contain_text(f"“{trained_model.stem}” is loaded and kept in this browser")
    tab.expect_models(trained_model.stem)
    tab.reload()
    tab.expect_models(trained_model.stem)
    expect(tab.chosen_model).to_have_text(trained_model.stem)


@pytest.mark.parametrize("opens_another", [True, False])
def test_the_first_model_is_in_force_unless_another_was_opened_before_it_came(
    tab: Tab, trained_model: Path, tmp_path: Path, opens_another: bool
) -> None:
    held: list[Route] = []
    tab.page.route("**/models/yes-no.safetensors", lambda route: held.append(route))
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no model")
    tab.open("models")
    if opens_another:
        tab.open_model(trained_model)
    tab.open_model(broken)
    tab.wait_until(lambda: len(held) == 1, "the first model is asked for")
    held[0].continue_()
    expect(tab.alert("broken.safetensors")).to_be_visible()
    expect(tab.chosen_model).to_have_text(trained_model.stem if opens_another else "yes / no (came with the page)")


def test_a_model_downloaded_is_the_file_it_came_from(loaded: Tab, trained_model: Path, tmp_path: Path) -> None:
    with loaded.page.expect_download() as download:
        loaded.button(f"Download {trained_model.stem}").click()
    download.value.save_as(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == trained_model.read_bytes()


def test_a_model_is_renamed_deleted_and_brought_back(loaded: Tab, trained_model: Path) -> None:
    loaded.button(f"Rename {trained_model.stem}").click()
    loaded.new_name.fill("Kitchen")
    loaded.new_name.press("Enter")
    expect(loaded.models.get_by_role("heading")).to_have_text("Kitchen")

    loaded.button("Delete Kitchen").click()
    expect(loaded.models).to_have_count(0)
    loaded.button("Undo").click()
    expect(loaded.models.get_by_role("heading")).to_have_text("Kitchen")
    loaded.reload()
    loaded.expect_models("Kitchen")

    loaded.button("Delete Kitchen").click()
    expect(loaded.models).to_have_count(0)
    loaded.reload()
    expect(loaded.page.get_by_text("Nothing saved yet.")).to_be_visible()


def test_a_second_click_and_a_second_copy_change_nothing(loaded: Tab, trained_model: Path) -> None:
    loaded.open_model(trained_model)
    loaded.drop(trained_model)
    expect(loaded.toasts.get_by_text("is loaded")).to_have_count(3)
    loaded.expect_models(trained_model.stem)  # the same bytes are kept once
    loaded.button(f"Rename {trained_model.stem}").dblclick()
    expect(loaded.new_name).to_have_count(1)
    loaded.new_name.press("Escape")
    loaded.button(f"Delete {trained_model.stem}").click(click_count=2)
    loaded.button("Undo").first.click()
    expect(loaded.models.get_by_role("heading")).to_have_text(trained_model.stem)


def test_what_one_tab_saves_and_deletes_another_shows(
    loaded: Tab, context: BrowserContext, trained_model: Path, dist: Path
) -> None:
    other = Tab(context.new_page(), loaded.url).open("models")
    other.expect_models(trained_model.stem)
    other.button(f"Delete {trained_model.stem}").click()
    expect(loaded.models).to_have_count(0)
    other.button("Undo").click()
    expect(loaded.models).to_have_count(1)

    loaded.button(f"Rename {trained_model.stem}").click()
    loaded.new_name.fill("Kit")
    other.open_model(dist / "models" / "yes-no-small.safetensors")  # while a name is typed here
    expect(other.models).to_have_count(2)
    loaded.new_name.press_sequentially("chen")
    expect(loaded.new_name).to_have_value("Kitchen")
    loaded.new_name.press("Enter")
    loaded.expect_models("yes-no-small", "Kitchen")


def _with_header(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + body


def _with_tensor(content: bytes, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    tensors, metadata = read_tensors(content)
    return write_tensors(dict(tensors) | {"dense.weight": change(tensors["dense.weight"])}, metadata)


def _described(content: bytes, **changes: object) -> bytes:
    tensors, metadata = read_tensors(content)
    description = json.loads(metadata["sayso"]) | changes
    return write_tensors(tensors, metadata | {"sayso": json.dumps(description)})


def _spoilt(weights: np.ndarray) -> np.ndarray:
    spoilt = weights.copy()
    spoilt.flat[0] = np.nan
    return spoilt


# What is done to a model file, and what the page says of it.
BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda content: b"", "0 bytes"),
    "cut short": (lambda content: content[: len(content) // 2], r"\d+ bytes of tensors: .* ends at byte \d+"),
    "only a length": (lambda content: content[:8], "8 bytes"),
    "a picture": (lambda content: b"\x89PNG\r\n\x1a\n" + content, "PNG"),
    "a header as long as the world": (lambda content: struct.pack("<Q", 2**62) + content[8:], "expected a length"),
    "deeply nested header": (lambda content: _with_header(b'{"a":' + b"[" * 500_000), "header"),
    "too many tensors": (lambda content: _with_header(json.dumps({str(i): {} for i in range(60_000)}).encode()),
                          "60000 tensors"),
    "another program's model": (lambda content: write_tensors({"w": np.zeros(3, np.float32)}, {}), "format None"),
    "not a number": (lambda content: _with_tensor(content, _spoilt), r"dense\.weight holds NaN"),
    "another shape": (lambda content: _with_tensor(content, lambda w: w[:-1]), r"dense\.weight is \(63, 4\)"),
    "an unknown network": (lambda content: _described(content, network="transformer"), "transformer"),
    "features that are none": (lambda content: _described(content, features={"preset": "x"}), "sample_rate_hz"),
}  # fmt: skip


def test_broken_model_files_are_refused_by_name_and_value_and_nothing_is_lost(
    loaded: Tab, trained_model: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for what, (break_it, told) in BROKEN.items():
        with subtests.test(what):
            file = tmp_path / f"{what}.safetensors"
            file.write_bytes(break_it(trained_model.read_bytes()))
            loaded.drop(file)
            failure = loaded.alert(re.compile(told))
            expect(failure).to_be_visible()
            failure.get_by_role("button", name="Dismiss").click()
            expect(loaded.chosen_model).to_have_text(trained_model.stem)
            loaded.expect_models(trained_model.stem)
    loaded.go("Listen")
    loaded.start_listening()


def test_a_model_of_other_words_is_taken_with_its_own_labels(loaded: Tab, trained_model: Path, tmp_path: Path) -> None:
    tensors, metadata = read_tensors(trained_model.read_bytes())
    description = json.loads(metadata["sayso"]) | {"labels": ["up", "down", "other", "silence"], "name": "lift"}
    file = tmp_path / "lift.safetensors"
    file.write_bytes(write_tensors(tensors, metadata | {"sayso": json.dumps(description)}))
    loaded.drop(file)
    expect(loaded.models).to_have_count(2)
    loaded.go("Listen")
    expect(loaded.chosen_model).to_have_text("lift")
    expect(loaded.page.locator("#confidences").get_by_role("meter")).to_have_count(4)
    expect(loaded.page.get_by_role("meter", name="down")).to_be_visible()


def test_a_file_too_large_to_be_a_model_is_refused_unread(loaded: Tab, trained_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "huge.safetensors"
    with file.open("wb") as out:
        out.truncate(200_000_000)
    loaded.drop(file)
    expect(loaded.alert("200.0 MB")).to_be_visible()
    loaded.expect_models(trained_model.stem)
