"""The dataset: disjoint speakers, labels that lack clips, batches, and a hash that knows what was trained on."""

import dataclasses

import numpy as np
import pytest
from sayso.config import AugmentConfig, TrainConfig
from sayso.data.clips import CLIP_RATE_HZ, ClipSet, place
from sayso.data.noise import BABBLE_WORDS, COLOURS
from sayso.features.log_mel import log_mel, mel_spectrogram
from sayso.features.presets import CLASSIC, COMPACT
from sayso.training.dataset import N_STANDARDISE, prepare
from sayso.training.sampling import draw_clips

from .errors import refused
from .generators import finish
from .synthetic import noise, tone, words

PLAIN = AugmentConfig(
    shift_ms=0.0, tempo=1.0, warp=0.0, neighbour_share=0.0, gain_min_db=0.0, gain_max_db=0.0, noise_share=0.0,
    mask_ms=0.0, mask_share=0.0,
)  # fmt: skip


def rms(samples):
    return np.sqrt(np.mean(samples**2, dtype=np.float64)).astype(np.float32)


def prepared(clips, *, features=CLASSIC, commands=("yes", "no")):
    return finish(prepare(clips, features=features, commands=commands))[1]


def add(clips, word, speaker, samples=None):
    clips.add(noise(0) if samples is None else samples, rate_hz=CLIP_RATE_HZ, word=word, speaker=speaker, path=word)


def test_no_speaker_is_in_both_parts(compact_dataset):
    speakers = np.array([clip.speaker for clip in compact_dataset.clips])
    test = set(speakers[compact_dataset.is_test])
    assert test
    assert test.isdisjoint(speakers[~compact_dataset.is_test])


def test_a_pack_s_own_test_speakers_win():
    clips = words(n_speakers=4)
    clips.list_test_speakers("", ["s2", "not there"])
    dataset = prepared(clips)
    assert {clip.speaker for clip, tested in zip(dataset.clips, dataset.is_test, strict=True) if tested} == {"s2"}


def test_words_that_are_no_commands_are_other(compact_dataset):
    assert compact_dataset.labels == ("yes", "no", "other", "silence")
    expected = {"yes": 0, "no": 1, "up": 2}
    assert compact_dataset.targets.tolist() == [expected[clip.word] for clip in compact_dataset.clips]


def test_the_order_of_commands_is_the_order_of_labels():
    assert prepared(words(n_speakers=3), commands=("up", "yes")).labels == ("up", "yes", "other", "silence")


def test_progress_counts_every_clip():
    yielded, _ = finish(prepare(words(n_speakers=4), features=CLASSIC, commands=("yes",)))
    assert [total for _, total in yielded] == [24] * len(yielded)
    assert [done for done, _ in yielded] == [16, 24]


def test_frames_for_testing_are_those_of_the_clip(compact_dataset):
    frames, targets = compact_dataset.test_batch(np.array([0, 3]))
    tested = np.flatnonzero(compact_dataset.is_test)[[0, 3]]
    assert frames.shape == (2, *COMPACT.image_shape)
    assert targets.tolist() == compact_dataset.targets[tested].tolist()
    for row, i in zip(frames, tested, strict=True):
        samples = place(compact_dataset.clips[i].samples, n_samples=16_000)
        np.testing.assert_allclose(row, log_mel(samples, config=COMPACT)[::2], rtol=2e-6, atol=1e-5)


def test_the_test_set_ends_with_as_many_silences_as_a_label_has_clips(compact_dataset):
    n_words = int(compact_dataset.is_test.sum())
    assert compact_dataset.n_test == n_words + n_words // 3
    _, targets = compact_dataset.test_batch(np.arange(n_words - 1, compact_dataset.n_test))
    assert targets[0] != 3
    assert (targets[1:] == 3).all()


def test_the_test_set_is_the_same_every_time():
    first, again = prepared(words(n_speakers=3)), prepared(words(n_speakers=3))
    assert np.array_equal(first.test_silence, again.test_silence)
    assert np.array_equal(first.mel, again.mel)
    assert first.data_hash == again.data_hash


def test_a_batch_is_drawn_from_the_training_part_alone(classic_dataset):
    config = TrainConfig("classic", batch_size=500, augment=PLAIN, silence_weight=0.0)
    frames, targets = classic_dataset.train_batch(config, np.random.default_rng(0))
    all_frames = log_mel(np.stack([place(c.samples, n_samples=16_000) for c in classic_dataset.clips]), config=CLASSIC)
    distances = np.abs(frames[:, None] - all_frames[None]).max(axis=(2, 3))
    drawn = distances.argmin(axis=1)
    assert distances.min(axis=1).max() < 1e-4
    assert not classic_dataset.is_test[drawn].any()
    assert len(set(drawn)) == int((~classic_dataset.is_test).sum())
    assert np.array_equal(classic_dataset.targets[drawn], targets)


def test_labels_are_drawn_by_their_weights(classic_dataset):
    config = TrainConfig("classic", batch_size=1000, other_weight=2.0, silence_weight=0.5)
    rng = np.random.default_rng(0)
    counts = sum(np.bincount(classic_dataset.train_batch(config, rng)[1], minlength=4) for _ in range(3))
    np.testing.assert_allclose(counts / 3000, np.array([1, 1, 2, 0.5]) / 4.5, atol=0.03)


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.8), (0.5, 2 / 3), (1.0, 0.5)])
def test_rare_words_are_drawn_more_often_than_their_clips(monkeypatch, balance, share):
    clips = words(n_speakers=12, n_each=2, names=("yes", "up"))
    for speaker in range(6):
        add(clips, "down", f"s{speaker}")  # six clips, a quarter as many as of "up"
    clips.list_test_speakers("", [])
    dataset = prepared(clips, commands=("yes",))
    drawn = []
    monkeypatch.setattr(
        "sayso.training.dataset.draw_clips", lambda *a, **k: drawn.append(draw_clips(*a, **k)) or drawn[-1]
    )
    dataset.train_batch(TrainConfig("classic", batch_size=1000, word_balance=balance), np.random.default_rng(0))
    other_words = [dataset.clips[i].word for batch in drawn for i in batch if dataset.targets[i] == 1]
    assert other_words.count("up") / len(other_words) == pytest.approx(share, abs=0.06)


def test_a_batch_is_a_function_of_the_generator_s_seed(compact_dataset):
    config = TrainConfig("compact", batch_size=8)
    first, again, other = (compact_dataset.train_batch(config, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert first[0].dtype == np.float32


def test_standardisation_gives_training_examples_mean_nothing_and_spread_one(classic_dataset):
    config = TrainConfig("classic")
    mean, std = classic_dataset.standardisation(config)
    frames = classic_dataset.train_batch(dataclasses.replace(config, batch_size=1000), np.random.default_rng(9))[0]
    normal = (frames - mean) / std
    # a standard error of the difference of two means, where each example counts as one draw
    four_standard_errors = 4 * np.sqrt(1 / N_STANDARDISE + 1 / 1000)
    np.testing.assert_allclose(normal.mean(axis=(0, 1)), 0, atol=four_standard_errors)
    np.testing.assert_allclose(normal.std(axis=(0, 1)), 1, atol=0.1)


def test_a_band_without_contrast_is_not_blown_up():
    dataset = prepared(words(n_speakers=3))
    dataset.mel, dataset.noise[:] = [np.ones_like(mel) for mel in dataset.mel], 1
    mean, std = dataset.standardisation(TrainConfig("classic", augment=PLAIN, silence_weight=0))
    assert np.isfinite(mean).all()
    assert (std >= 1e-3).all()


def test_the_summary_counts_clips_and_speakers_of_each_part(compact_dataset):
    summary = compact_dataset.summary()
    assert [row["label"] for row in summary["labels"]] == ["yes", "no", "other", "silence"]
    for row in summary["labels"][:3]:
        assert row == {"label": row["label"], "n_train": 22, "n_train_speakers": 11, "n_test": 6, "n_test_speakers": 3}
    assert summary["labels"][3]["n_test"] == 6
    assert (summary["preset"], summary["n_frames"], summary["n_mels"]) == ("compact", 49, 40)
    assert summary["data_hash"] == compact_dataset.data_hash


def test_short_clips_stand_in_the_middle_of_zeros():
    placed = place(np.ones(4, np.float32), n_samples=9)
    assert placed.tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0]


def test_of_long_clips_the_loudest_stretch_is_kept():
    samples = np.zeros(20, np.float32)
    samples[11:15] = [-3, 1, 1, 2]
    assert place(samples, n_samples=4).tolist() == [-3, 1, 1, 2]
    assert place(samples[:5], n_samples=5).tolist() == [0] * 5


def test_no_clips_are_refused():
    with refused("no_clips", "0 clips"):
        prepared(ClipSet())


def test_a_command_without_clips_is_refused_with_what_there_is():
    clips = ClipSet()
    add(clips, "yes", "a")
    add(clips, "up", "b")
    with refused("label_empty", "'no'", "up, yes"):
        prepared(clips)


def test_a_command_that_only_test_speakers_said_is_refused_with_the_counts():
    clips = words(n_speakers=3, names=("yes", "up"))
    add(clips, "no", "tester")
    clips.list_test_speakers("", ["tester"])
    with refused("label_empty", "'no'", "0 clips", "1 by test"):
        prepared(clips)


@pytest.mark.parametrize("commands", [(), ("yes", "yes"), ("silence",), ("other",)])
def test_commands_that_cannot_be_labels_are_refused(commands):
    with refused("bad_label"):
        prepared(words(n_speakers=2), commands=commands)


def test_features_at_another_rate_than_the_clips_are_refused_with_both():
    with refused("rate_mismatch", 22050, 16000):
        prepared(words(n_speakers=2), features=dataclasses.replace(CLASSIC, sample_rate_hz=22_050))


def test_one_speaker_alone_is_for_training_and_the_warning_says_so():
    dataset = prepared(words(n_speakers=1))
    assert dataset.n_test == 0
    assert not dataset.is_test.any()
    assert any("no second speaker" in warning for warning in dataset.warnings)


def test_missing_other_words_are_a_warning():
    dataset = prepared(words(n_speakers=3, names=("yes", "no")))
    assert any("no other words" in warning for warning in dataset.warnings)
    assert 2 not in dataset.train_batch(TrainConfig("classic"), np.random.default_rng(0))[1]


def test_a_label_that_no_test_speaker_said_is_a_warning():
    clips = words(n_speakers=4, names=("yes", "up"))
    add(clips, "no", "s1")
    clips.list_test_speakers("", ["s2"])
    assert any("'no'" in warning for warning in prepared(clips).warnings)


def test_recorded_noise_is_used_and_its_absence_or_brevity_is_a_warning():
    clips = words(n_speakers=3)
    assert any("coloured noise" in warning for warning in prepared(clips).warnings)
    add(clips, "_background_noise_", "", noise(3, n_samples=16_000))  # the fifth for testing is shorter than a clip
    assert any("coloured noise" in warning for warning in prepared(clips).warnings)
    clips.noise.clear()
    add(clips, "_background_noise_", "", noise(3, n_samples=160_000))
    dataset = prepared(clips)
    assert not dataset.warnings
    n_recorded = 1 + (128_000 - 1024) // 512
    recording = clips.noise[0].read()
    recorded = mel_spectrogram(recording[:128_000] / rms(recording), config=CLASSIC)
    np.testing.assert_allclose(dataset.noise[:n_recorded], recorded, rtol=1e-4)


def test_noise_too_short_for_a_single_frame_is_a_warning():
    padded = dataclasses.replace(COMPACT, framing="fft")  # framing by the FFT gives a frame the samples of a whole FFT
    clips = words(n_speakers=3)
    n_between = (padded.window_samples + padded.least_samples) // 2
    add(clips, "_background_noise_", "", noise(3, n_samples=5 * n_between))  # a fifth of the noise is kept for testing
    assert any("coloured noise" in warning for warning in prepared(clips, features=padded).warnings)


def test_training_hears_coloured_noise_and_babble_too():
    clips = words(n_speakers=3)
    add(clips, "_background_noise_", "", noise(3, n_samples=160_000))
    heard = len(prepared(clips).noise)
    clips.clips = [clip for clip in clips.clips if clip.word != "up"]
    without_words = len(prepared(clips).noise)
    assert heard - without_words == BABBLE_WORDS * (30 - 2 * 6)
    assert without_words == 1 + (128_000 - 1024) // 512 + len(COLOURS) * (1 + (240_000 - 1024) // 512)


def test_silence_for_testing_is_made_of_noise_that_training_never_hears():
    # the first hum is in the part for training, the second in that for testing
    clips, hums = words(n_speakers=8), (1000.0, 5000.0)
    hum = np.concatenate([tone(hums[0], n_samples=128_000), tone(hums[1], n_samples=32_000)])
    add(clips, "_background_noise_", "", hum)
    dataset = prepared(clips)
    assert not dataset.warnings
    n_recorded = 1 + (128_000 - 1024) // 512
    loudest = [dataset.noise[:n_recorded].mean(axis=0).argmax(), dataset.test_silence.mean(axis=(0, 1)).argmax()]
    assert loudest == [log_mel(tone(f_hz), config=CLASSIC)[5].argmax() for f_hz in hums]


def test_the_hash_knows_words_speakers_samples_noise_and_parts():
    def hash_of(change=lambda clips: None):
        clips = words(n_speakers=3, n_each=1)
        change(clips)
        return prepared(clips).data_hash

    def another_sample(clips):
        pcm = clips.clips[0].pcm.copy()
        pcm[77] += 1
        clips.clips[0] = dataclasses.replace(clips.clips[0], stored=clips.store.put(pcm))

    changes = [
        another_sample,
        lambda clips: clips.clips.append(clips.clips[0]),
        lambda clips: clips.clips.__setitem__(0, dataclasses.replace(clips.clips[0], word="no")),
        lambda clips: clips.clips.__setitem__(0, dataclasses.replace(clips.clips[0], speaker="s1")),
        lambda clips: clips.noise.append(clips.store.put(noise(1, n_samples=160_000))),
        lambda clips: clips.list_test_speakers("", ["s0", "s1"]),
    ]
    assert hash_of() == hash_of()
    assert len({hash_of(), *map(hash_of, changes)}) == len(changes) + 1


@pytest.mark.parametrize("features", [CLASSIC, COMPACT], ids=["classic", "compact"])
def test_one_command_alone_can_be_trained(features):
    dataset = prepared(words(n_speakers=3), features=features, commands=("up",))
    assert dataset.labels == ("up", "other", "silence")
    assert dataset.train_batch(TrainConfig("classic"), np.random.default_rng(0))[0].shape[1:] == features.image_shape
