"""A model scored on recordings as they are, and with noise and gain."""

import numpy as np
import pytest
from sayso.audio.mixing import mean_power, power_of
from sayso.data.clips import CLIP_RATE_HZ, ClipSet
from sayso.evaluation.clip_score import NOMINAL_SPEECH_DBFS, Conditions, _heard, _windows, judge

from .errors import refused
from .synthetic import noise, words

SILENT = np.zeros(16_000, np.float32)


@pytest.fixture
def clips():
    clips = words(n_speakers=4, n_each=1)
    clips.add(noise(5, n_samples=170_000), rate_hz=CLIP_RATE_HZ, word="_background_noise_", speaker="", path="n")
    return clips


def counts(judgement):
    return judgement.evaluation.confusion.sum(axis=1).tolist()


def test_every_clip_is_judged_and_every_whole_second_of_noise_is_silence(tone_model, clips):
    judgement = judge(tone_model, clips, part="all")
    assert judgement.labels == ("yes", "no", "other", "silence")
    assert counts(judgement) == [4, 4, 4, 10]
    assert np.diag(judgement.evaluation.confusion)[:3].tolist() == [4, 4, 4]
    assert list(judgement.other_words()) == ["up"]


def test_the_test_part_is_the_test_speakers_clips(tone_model, clips):
    clips.list_test_speakers("", ["s2"])
    # Silence is the last fifth of the noise, and of the recordings in silence folders.
    assert counts(judge(tone_model, clips, part="test")) == [1, 1, 1, 2]
    assert counts(judge(tone_model, clips, part="test", silence=[noise(6, n_samples=80_000)])) == [1, 1, 1, 3]


def test_silence_is_a_window_however_short_or_quiet_and_whole_windows_where_longer(tone_model, clips):
    silence = [SILENT, SILENT[:500], noise(1, n_samples=47_999), noise(2, n_samples=16_001)]
    assert counts(judge(tone_model, clips, part="all", silence=silence)) == [4, 4, 4, 10 + 1 + 1 + 2 + 1]


def test_without_recordings_there_is_nothing_to_judge(tone_model):
    with refused("no_clips", "0 clips"):
        judge(tone_model, ClipSet(), part="all")


def heard(model, clips, conditions, silence=()):
    windows = _windows(model, clips, silence, "all")
    return windows, np.stack(list(_heard(windows, conditions, 16_000)))


def test_words_get_noise_at_the_ratio_and_silence_gets_noise_of_their_level(tone_model):
    clips = words(n_speakers=3, n_each=1)
    recordings = [noise(7, n_samples=50_000)]
    windows, clean = heard(tone_model, clips, Conditions(), [SILENT])
    _, noisy = heard(tone_model, clips, Conditions(snr_db=5.0, noise=recordings, seed=4), [SILENT])
    added = [mean_power(difference) for difference in noisy - clean]
    powers = [mean_power(samples) for samples in clean[:-1]]
    np.testing.assert_allclose(10 * np.log10(np.divide(powers, added[:-1])), 5.0, atol=1e-3)
    assert windows[-1].label == "silence"
    assert added[-1] == pytest.approx(np.median(powers) / power_of(5.0), rel=1e-5)


def test_without_words_silence_gets_noise_below_nominal_speech(tone_model):
    _, noisy = heard(tone_model, ClipSet(), Conditions(snr_db=10.0, noise=[noise(7)]), [SILENT])
    assert 10 * np.log10(mean_power(noisy[0])) == pytest.approx(NOMINAL_SPEECH_DBFS - 10, abs=1e-3)


def test_what_is_heard_repeats_with_the_seed(tone_model, clips):
    recordings = [noise(7, n_samples=90_000)]
    first, again, other = (heard(tone_model, clips, Conditions(10.0, recordings, seed=seed))[1] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_gain_scales_what_is_heard_and_clips(tone_model, clips):
    _, clean = heard(tone_model, clips, Conditions())
    _, soft = heard(tone_model, clips, Conditions(gain_db=-20.0))
    _, loud = heard(tone_model, clips, Conditions(gain_db=40.0))
    np.testing.assert_allclose(soft, 0.1 * clean, rtol=1e-5)
    assert np.abs(loud).max() == 1.0
