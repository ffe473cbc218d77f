"""One's own words: recorded with the microphone, kept, and learnt from a few examples."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from playwright.sync_api import Locator, expect
from sayso.arrays import F32
from scipy.signal import resample_poly

from .speech import Speech
from .tab import UNANSWERED, Tab
from .talker import Talker

WORDS = ("happy", "bed")
N_RECORDED = 5
SERIES_MS = 60_000
PATIENCE_MS = 8_000  # how long a word may take to be recognised
FALSE_MS = 1_500  # how long a second word, which nobody said, is waited for
RELEASE_MS = 5_000
MIN_HEARD = 8  # 10 words are said; at least this many must be recognised
BUSY_MS = 3_000
# Keeps a transaction on the recordings open for a time, as another tab might.
KEEP_STORAGE_BUSY = """(forMs) => new Promise((resolve) => {
  const opening = indexedDB.open('sayso');
  opening.onsuccess = () => {
    const store = opening.result.transaction('recordings', 'readwrite').objectStore('recordings');
    const until = performance.now() + forMs;
    const goOn = () => {
      if (performance.now() < until) store.count().onsuccess = goOn;
      else opening.result.close();
    };
    goOn();
    resolve();
  };
})"""


@pytest.fixture(scope="session")
def clips(speech: Speech) -> Mapping[str, Sequence[F32]]:
    """For each word the clips to record, then those to say to the model: the same voices, a little different."""
    rng = np.random.default_rng(7)
    recorded = {word: [clip.read() for clip in speech.clips(word, N_RECORDED, test=True, rng=rng)] for word in WORDS}
    return {word: of + [_said_again(clip) for clip in of] for word, of in recorded.items()}


def _said_again(clip: F32) -> F32:
    """Half as loud, a little slower and lower."""
    slower: F32 = resample_poly(clip, 26, 25) * np.float32(0.5)
    return slower


@pytest.fixture
def talker(tab: Tab, clips: Mapping[str, Sequence[F32]]) -> Talker:
    return Talker(tab.page, clips)


@pytest.fixture
def train(tab: Tab, talker: Talker) -> Tab:
    """The Train view with the words as commands."""
    tab.open("train")
    for word in WORDS:
        _add_command(tab, word)
    for word in ("yes", "no"):
        tab.button(f"Remove {word}").click()
    return tab


def _add_command(tab: Tab, word: str) -> None:
    tab.page.get_by_label("New command").fill(word)
    tab.button("Add").click()


def _live(tab: Tab) -> Locator:
    """What is shown while a take is made."""
    return tab.page.locator(".record-live:visible")


def _recordings(tab: Tab, word: str) -> Locator:
    return tab.button(re.compile(rf"^Play recording \d+ of {word}$"))


def _wait_recorded(tab: Tab, word: str, n: int) -> None:
    expect(_live(tab)).to_have_count(0, timeout=SERIES_MS)
    expect(_recordings(tab, word)).to_have_count(n)


def _record_one(tab: Tab, word: str, n: int) -> None:
    tab.button(f"Record {word}").click()
    expect(_live(tab)).to_be_visible()
    _wait_recorded(tab, word, n)


def _wait_released(tab: Tab, talker: Talker) -> None:
    tab.wait_until(lambda: not talker.is_heard(), "the microphone is let go", RELEASE_MS)


def test_two_words_are_recorded_learnt_with_one_button_and_recognised(
    train: Tab, talker: Talker, clips: Mapping[str, Sequence[F32]], measured: Callable[[str], None]
) -> None:
    for word in WORDS:
        assert len(clips[word]) == 2 * N_RECORDED, f"{word}: too few clips by test speakers to record and to say"
    learn = train.button("Learn my words")
    expect(learn).to_have_attribute("aria-disabled", "true")
    for word in WORDS:
        train.button(f"Record {word}, 5 in a row").click()
        expect(_live(train)).to_contain_text(f"Say “{word}” now")
        _wait_recorded(train, word, N_RECORDED)
        _wait_released(train, talker)
    expect(learn).to_have_attribute("aria-disabled", "false")

    started = time.monotonic()
    learn.click()
    train.wait_trained()
    learnt_s = time.monotonic() - started
    expect(train.page.locator("#result-title")).to_be_focused()
    expect(train.page.locator("#audio-summary")).to_contain_text(re.compile(r"2,\d\d\d clips"))

    train.button("Listen with it").click()
    train.start_listening()
    n_heard = 0
    for i in range(N_RECORDED, 2 * N_RECORDED):
        for word in WORDS:
            n_before = train.heard.get_by_role("listitem").count()
            talker.say(word, i)
            _wait_heard(train, n_before)
            train.page.wait_for_timeout(FALSE_MS)
            heard = train.heard.get_by_role("listitem").locator(".heard").all_inner_texts()
            n_heard += heard[: len(heard) - n_before] == [word]
    measured(
        f"Learnt {N_RECORDED} recordings of 2 words in {learnt_s:.0f} s; {n_heard} of {2 * N_RECORDED} heard right"
    )
    assert n_heard >= MIN_HEARD


def _wait_heard(tab: Tab, n_before: int) -> None:
    """Wait for one more word, but not for ever: some are never recognised."""
    with contextlib.suppress(AssertionError):
        tab.wait_until(lambda: tab.heard.get_by_role("listitem").count() > n_before, "a word", PATIENCE_MS)


def test_takes_in_which_nothing_is_said_are_refused_with_a_sentence(train: Tab, talker: Talker) -> None:
    talker.be_silent()
    train.button("Record happy, 5 in a row").click()
    expect(_live(train)).to_contain_text("Not kept: Nothing was heard. Check that the right microphone is chosen")
    expect(train.announcer).to_contain_text("Nothing was heard")
    expect(train.alert("Nothing was heard")).to_be_visible(timeout=SERIES_MS)
    expect(_recordings(train, "happy")).to_have_count(0)
    _wait_released(train, talker)

    talker.be_silent(False)
    _record_one(train, "happy", 1)
    expect(train.alert("Nothing was heard")).to_have_count(0)


def test_recordings_and_commands_outlive_a_reload_and_a_deleted_one_is_brought_back(train: Tab) -> None:
    _record_one(train, "happy", 1)
    _record_one(train, "happy", 2)
    train.button("Delete recording 1 of happy").click(click_count=2)
    expect(_recordings(train, "happy")).to_have_count(1)
    train.button("Undo").click()
    expect(_recordings(train, "happy")).to_have_count(2)
    train.reload()
    expect(_recordings(train, "happy")).to_have_count(2)
    expect(train.page.get_by_text("2 recordings: 1 more to begin")).to_be_visible()

    train.page.evaluate(KEEP_STORAGE_BUSY, BUSY_MS)
    train.button("Delete all recordings of happy").click()
    expect(train.page.get_by_text("No recordings yet")).to_have_count(2)
    train.reload()
    expect(train.button("Record happy")).to_be_visible()
    expect(_recordings(train, "happy")).to_have_count(0)


def test_escape_and_leaving_the_view_let_the_microphone_go_and_keep_nothing(train: Tab, talker: Talker) -> None:
    train.button("Record happy, 5 in a row").click()
    expect(_live(train)).to_have_attribute("data-state", "speak")
    train.page.keyboard.press("Escape")
    expect(_live(train)).to_have_count(0)
    _wait_released(train, talker)
    expect(train.button("Record happy, 5 in a row")).to_be_focused()

    train.button("Record bed").click()
    expect(_live(train)).to_have_attribute("data-state", "speak")
    train.go("Help")
    _wait_released(train, talker)
    train.go("Train")
    expect(train.page.get_by_text("No recordings yet")).to_have_count(2)


def test_a_prompt_left_unanswered_is_taken_back_by_escape(tab: Tab) -> None:
    tab.page.add_init_script(UNANSWERED)
    tab.open("train")
    tab.button("Record yes").click()
    expect(_live(tab)).to_contain_text("Asking for the microphone")
    tab.page.keyboard.press("Escape")
    expect(_live(tab)).to_have_count(0)
    expect(tab.button("Record yes")).to_be_focused()


def test_by_keyboard_a_word_is_recorded_and_a_series_stopped(train: Tab, talker: Talker) -> None:
    record = train.button("Record happy")
    record.focus()
    train.page.keyboard.press("Enter")
    expect(train.button("Stop recording happy")).to_be_focused()
    expect(train.announcer).to_have_text("Say “happy”")
    _wait_recorded(train, "happy", 1)
    expect(train.announcer).to_have_text("“happy”: 1 recording")
    expect(record).to_be_focused()

    train.page.keyboard.press("Tab")
    train.page.keyboard.press("Space")
    _recordings(train, "happy").nth(1).wait_for()
    train.page.keyboard.press("Space")
    _wait_released(train, talker)
    assert _recordings(train, "happy").count() in (2, 3)


def test_a_double_click_records_and_does_not_stop(train: Tab) -> None:
    train.button("Record happy").dblclick()
    _wait_recorded(train, "happy", 1)


def test_a_word_that_is_no_command_any_more_keeps_its_recordings(train: Tab) -> None:
    _record_one(train, "happy", 1)
    train.button("Remove happy").click()
    expect(train.page.get_by_text("1 recording. Not a command: counts as “other”.")).to_be_visible()
    _add_command(train, "happy")
    expect(train.page.get_by_text("1 recording: 2 more to begin")).to_be_visible()


def test_what_is_still_to_be_recorded_is_said(train: Tab) -> None:
    hint = train.page.locator("#learn-hint")
    expect(hint).to_have_text("Record each word 3 times or more.")
    _record_one(train, "happy", 1)
    expect(hint).to_have_text("Record “happy” 2 more times and “bed” 3 times.")
    expect(train.page.get_by_label("Start from")).to_have_value("current")
    expect(train.page.get_by_label("Network")).to_be_disabled()
    train.page.get_by_label("Start from").select_option("Random weights")
    expect(train.page.get_by_label("Network")).to_be_enabled()
