"""Storage that is newer, full or blocked: the page says so, goes on, and loses nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType, expect

from .chromium_flags import QUIET
from .site import Site
from .tab import Tab
from .watch import Watch

ROOM_BYTES = 300_000  # holds one model and not two
TOLD_MS = 30_000  # a notice goes by itself after 12 s
NEWER_DATABASE = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('sayso', 99);
  opening.onupgradeneeded = () => opening.result.createObjectStore('treasures').put('kept', 'key');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => (opening.result.close(), resolve());
})"""
VERSION = "async () => (await indexedDB.databases()).find(({ name }) => name === 'sayso').version"
READ_TREASURE = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('sayso');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const reading = opening.result.transaction('treasures').objectStore('treasures').get('key');
    reading.onsuccess = () => (opening.result.close(), resolve(reading.result));
  };
})"""


def test_a_database_of_a_newer_version_is_named_and_left_alone(tab: Tab, trained_model: Path) -> None:
    tab.open("models")
    tab.page.evaluate(NEWER_DATABASE)
    expect(tab.alert("Another tab opened a newer version of Sayso")).to_be_visible()
    tab.reload()
    expect(tab.alert("The saved models are of a newer Sayso than this page").first).to_be_visible()
    tab.open_model(trained_model)
    expect(tab.toasts).to_contain_text(f"“{trained_model.stem}” is loaded")
    tab.go("Listen")
    tab.start_listening()
    assert tab.page.evaluate(READ_TREASURE) == "kept"


def test_a_database_of_an_older_version_is_brought_up_to_date_with_what_is_in_it(
    browser: Browser, dist: Path, trained_model: Path, tmp_path: Path
) -> None:
    site = Site(dist, tmp_path)
    site.start()
    with browser.new_context(service_workers="block") as context:  # a service worker would go on serving the older page
        watch = Watch(context, site.origin)
        tab = Tab(context.new_page(), site.url).open("models")
        tab.open_model(trained_model)
        expect(tab.models).to_have_count(1)
        before = tab.page.evaluate(VERSION)
        site.alter("storage/database.js", "\n];\n", "\n  (database) => { database.createObjectStore('later'); },\n];\n")
        tab.reload()
        expect(tab.models).to_have_count(1)
        tab.expect_models(trained_model.stem)
        assert tab.page.evaluate(VERSION) == before + 1
        watch.check()
    site.stop()


def test_where_storage_is_full_the_model_can_still_be_used_and_saved_to_a_file(
    browser: Browser, site: Site, trained_model: Path, small_audio: Path, tmp_path: Path
) -> None:
    with browser.new_context(service_workers="block") as context:  # what a service worker keeps would fill the storage
        watch = Watch(context, site.origin)
        tab = Tab(context.new_page(), site.url)
        context.new_cdp_session(tab.page).send(
            "Storage.overrideQuotaForOrigin", {"origin": site.origin, "quotaSize": ROOM_BYTES}
        )
        tab.open("models")
        tab.open_model(trained_model)
        expect(tab.models).to_have_count(1)
        tab.go("Train")
        tab.load_files(small_audio)
        tab.wait_audio()
        tab.fill("Iterations", 20)
        tab.train_button.click()
        tab.wait_trained()
        full = tab.alert(re.compile("The browser.s storage is full"))
        expect(full.first).to_be_visible()
        expect(full).to_have_count(0, timeout=TOLD_MS)
        tab.button("Save in browser").click()
        expect(full).to_contain_text("Save to a file instead")
        assert tab.save_to_file(tmp_path / "saved").stat().st_size > 100_000
        tab.go("Models")
        expect(tab.models.get_by_role("heading", name=trained_model.stem, exact=True)).to_be_visible()
        watch.check()


def test_where_storage_is_blocked_the_page_trains_and_listens_all_the_same(
    chromium: BrowserType, launch_options: dict[str, Any], site: Site, trained_model: Path, tmp_path: Path
) -> None:
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    preferences.write_text(json.dumps(blocked))
    flags = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with chromium.launch_persistent_context(tmp_path, **launch_options, args=flags) as context:
        watch = Watch(context, site.origin)
        tab = Tab(context.pages[0], site.url).open("models")
        expect(tab.alert(re.compile("The browser.s storage is not available")).first).to_be_visible()
        tab.open_model(trained_model)
        expect(tab.toasts).to_contain_text(f"“{trained_model.stem}” is loaded")
        tab.go("Listen")
        tab.start_listening()
        watch.check()
