"""The whole job: train on real words, save, come back, listen; then once more without a server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import Microphone, OpenProfile, Visit
from .site import Site
from .speech import LATEST_S, Score, Speech, score
from .tab import Tab

MIN_ACCURACY = 0.8

# How many of the 20 words must be heard right, and how many may be heard wrong, by what was trained on. A model taught
# by the built-in voices alone knows fewer ways to say a word.
BOUNDS = {"real recordings": (16, 2), "built-in voices": (12, 4)}


@pytest.fixture
def listen(microphone: Microphone) -> Callable[[Tab], Score]:
    """Listens until the last word can no longer be recognised in time, and scores what was heard."""

    def listening(tab: Tab) -> Score:
        return score(microphone.spoken, tab.hear(microphone.spoken[-1].end_s + LATEST_S))

    return listening


def test_training_on_words_passes_80_percent_on_unheard_speakers(
    first_visit: Visit, speech: Speech, measured: Callable[[str], None]
) -> None:
    measured(f"Trained in the tab on {speech.title}: {first_visit.accuracy:.1%} of the test set")
    assert first_visit.accuracy > MIN_ACCURACY


def test_after_a_reload_the_saved_model_hears_words_and_without_a_server_again(
    first_visit: Visit, open_profile: OpenProfile, site: Site, speech: Speech,
    listen: Callable[[Tab], Score], measured: Callable[[str], None],
) -> None:  # fmt: skip
    with open_profile(first_visit.profile) as tab:
        expect(tab.open().reload().chosen_model).to_have_text(first_visit.model_name)
        online = listen(tab)
    measured(f"Heard of 20 words ({speech.title}): {online}")

    site.stop()
    try:
        with open_profile(first_visit.profile) as tab:
            expect(tab.open().chosen_model).to_have_text(first_visit.model_name)
            offline = listen(tab)
    finally:
        site.start()
    measured(f"Without a server, in a new browser: {offline}")

    min_right, max_wrong = BOUNDS[speech.title]
    for heard in (online, offline):
        assert len(heard.delays_s) >= min_right, heard
        assert len(heard.wrong) <= max_wrong, heard
