"""Fixtures of the browser tests: one server, one browser, one trained model; a fresh context for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Playwright, expect, sync_playwright

from .chromium_flags import QUIET, microphone_flags
from .site import Site
from .speech import Speech, Spoken, find_speech, small_zip, speak
from .tab import Tab
from .watch import Watch

EXPECT_MS = 15_000
SAID = ("yes", "no", "no", "yes", "yes", "no", "yes", "no", "no", "yes") * 2
SMALL_LABELS = ("yes", "no", "up", "down")
MEASURED = pytest.StashKey[list[str]]()


@dataclass(frozen=True)
class Microphone:
    """What Chromium's microphone plays, and the words in it."""

    recording: Path
    spoken: list[Spoken]


@dataclass(frozen=True)
class Visit:
    """A first visit, which ended with a trained model saved in the browser and to a file."""

    profile: Path
    model_name: str
    model_file: Path
    accuracy: float


OpenProfile = Callable[[Path], AbstractContextManager[Tab]]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MEASURED] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash[MEASURED]:
        terminalreporter.section("Measured")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Takes a line that is shown at the end of the report."""
    return pytestconfig.stash[MEASURED].append


@pytest.fixture(scope="session")
def dist() -> Path:
    """The folder of the built page, which the test command names in SAYSO_DIST."""
    return Path(os.environ["SAYSO_DIST"])


@pytest.fixture(scope="session")
def site(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    served = Site(dist, tmp_path_factory.mktemp("site"))
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def speech(dist: Path) -> Speech:
    return find_speech(dist / "voices")


@pytest.fixture(scope="session")
def microphone(speech: Speech, tmp_path_factory: pytest.TempPathFactory) -> Microphone:
    """A microphone that plays 10 "yes" and 10 "no" by speakers that no training heard."""
    recording = tmp_path_factory.mktemp("microphone") / "words.wav"
    return Microphone(recording, speak(recording, speech, SAID, seed=2017))


@pytest.fixture(scope="session")
def small_audio(speech: Speech, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of few recordings, quickly loaded and trained on."""
    path = tmp_path_factory.mktemp("small") / "words.zip"
    path.write_bytes(small_zip(speech, SMALL_LABELS, 40))
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> BrowserType:
    return playwright.chromium


@pytest.fixture(scope="session")
def launch_options() -> dict[str, Any]:
    return {"executable_path": os.environ["SAYSO_CHROMIUM"], "chromium_sandbox": False}


@pytest.fixture(scope="session")
def browser(chromium: BrowserType, launch_options: dict[str, Any], microphone: Microphone) -> Iterator[Browser]:
    """The browser of the tests that need no profile of their own; its microphone repeats its words."""
    flags = [*QUIET, *microphone_flags(microphone.recording, loop=True)]
    running = chromium.launch(**launch_options, args=flags)
    yield running
    running.close()


@pytest.fixture(scope="session")
def open_profile(
    chromium: BrowserType, launch_options: dict[str, Any], microphone: Microphone, site: Site
) -> OpenProfile:
    """Starts a browser with a profile that outlives it; its microphone plays its words once, whenever it is opened."""
    flags = [*QUIET, *microphone_flags(microphone.recording, loop=False)]

    @contextmanager
    def opened(profile: Path) -> Iterator[Tab]:
        with chromium.launch_persistent_context(profile, **launch_options, args=flags) as context:
            watch = Watch(context, site.origin)
            yield Tab(context.pages[0], site.url)
            watch.check()

    return opened


@pytest.fixture(scope="session")
def first_visit(open_profile: OpenProfile, speech: Speech, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Train on real words with the settings as they are, to the end, and save."""
    folder = tmp_path_factory.mktemp("visit")
    with open_profile(folder / "profile") as tab:
        tab.open("train")
        tab.load_folder(speech.pack)
        tab.train_button.click()
        accuracy = tab.accuracy()
        tab.save_in_browser("My words")
        model_file = tab.save_to_file(folder / "my-words.safetensors")
        expect(tab.page.get_by_text("Ready to work offline", exact=True)).to_be_visible()
    return Visit(folder / "profile", "My words", model_file, accuracy)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    fresh = browser.new_context()
    yield fresh
    fresh.close()


@pytest.fixture
def watch(context: BrowserContext, site: Site) -> Iterator[Watch]:
    watching = Watch(context, site.origin)
    yield watching
    watching.check()


@pytest.fixture
def tab(context: BrowserContext, watch: Watch, site: Site) -> Tab:
    return Tab(context.new_page(), site.url)


@pytest.fixture
def ready(tab: Tab, small_audio: Path) -> Tab:
    """The Train view with a little audio loaded."""
    tab.open("train")
    tab.load_files(small_audio)
    tab.wait_audio()
    return tab


@pytest.fixture(scope="session")
def trained_model(first_visit: Visit) -> Path:
    """The model file of the first visit."""
    return first_visit.model_file
