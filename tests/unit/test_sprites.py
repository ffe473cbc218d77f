"""Sprite packs: clips are cut where the index says, and an index that lies or is garbled is refused."""

import json

import numpy as np
import pytest
from sayso.data.clips import ClipSet
from sayso.data.sprites import MAX_CLIPS_A_SPRITE, add_sprite, read_index

from .errors import refused
from .synthetic import noise

SAMPLES = noise(0, n_samples=40_000)


def index_of(clips, *, label="yes", **changes):
    values = {
        "format": "sayso-sprites", "version": 1, "title": "Test voices", "sample_rate_hz": 16_000,
        "test_speakers": None, "sprites": [{"label": label, "file": "yes.ogg", "clips": clips}],
    }  # fmt: skip
    return json.dumps(values | changes)


def cut(text, samples=SAMPLES, *, file="yes.ogg", rate_hz=16_000):
    clips = ClipSet()
    add_sprite(clips, read_index(text), file, [samples], rate_hz)
    return clips


def test_clips_are_cut_at_their_offsets():
    clips = cut(index_of([[0, 4000, "ann"], [20_000, 20_000, "bob"]]))
    assert [clip.speaker for clip in clips.clips] == ["ann", "bob"]
    for clip, expected in zip(clips.clips, (SAMPLES[:4000], SAMPLES[20_000:]), strict=True):
        assert np.abs(clip.samples - expected).max() <= 2**-16


def test_a_label_may_continue_in_another_file():
    sprites = [{"label": "yes", "file": f"yes{n}.ogg", "clips": [[0, 4000, f"s{n}"]]} for n in range(2)]
    clips, index = ClipSet(), read_index(index_of([], sprites=sprites))
    for sprite in index.sprites:
        add_sprite(clips, index, sprite.file, [SAMPLES], 16_000)
    assert [(clip.word, clip.speaker) for clip in clips.clips] == [("yes", "s0"), ("yes", "s1")]


def test_noise_in_a_pack_is_noise():
    clips = cut(index_of([[0, 40_000, ""]], label="_background_noise_"))
    assert [recording.size for recording in clips.noise] == [40_000]


def test_the_pack_s_test_speakers_are_taken_over():
    spans = [[0, 4000, "ann"], [4000, 4000, "bob"]]
    assert cut(index_of(spans, test_speakers=["ann"])).test_speakers() == {"ann"}
    assert cut(index_of(spans, test_speakers=[])).test_speakers() == set()
    assert len(cut(index_of(spans)).test_speakers()) == 1


def test_a_clip_behind_the_end_is_rejected_and_the_others_kept():
    clips = cut(index_of([[39_000, 4000, "ann"], [2**60, 4000, "bob"], [0, 4000, "eve"]]))
    assert [clip.speaker for clip in clips.clips] == ["eve"]
    assert [(rejected.path, rejected.code) for rejected in clips.rejected] == [
        ("yes.ogg#0", "sprite_index"), ("yes.ogg#1", "sprite_index"),
    ]  # fmt: skip
    assert "43000" in clips.rejected[0].message
    assert "40000" in clips.rejected[0].message


def test_a_clip_of_no_samples_is_rejected():
    (rejected,) = cut(index_of([[100, 0, "ann"]])).rejected
    assert rejected.code == "audio_too_short"


def test_a_file_that_the_index_does_not_name_is_refused():
    with refused("sprite_missing", "'no.ogg'"):
        cut(index_of([]), file="no.ogg")


def test_a_file_at_another_rate_than_the_index_counts_is_refused_with_both():
    with refused("sprite_index", "44100 Hz", "16000 Hz"):
        cut(index_of([[0, 4000, "ann"]]), rate_hz=44_100)


def test_too_many_clips_are_refused():
    with refused("sprite_index", MAX_CLIPS_A_SPRITE + 1, MAX_CLIPS_A_SPRITE):
        cut(index_of([[0, 1, "a"]] * (MAX_CLIPS_A_SPRITE + 1)))


@pytest.mark.parametrize(
    "clip", [3, [], [0, 4000], [0, 4000, "a", 1], [-1, 4000, "a"], [0, -1, "a"], [0.5, 4000, "a"], ["0", 4000, "a"],
             [None, 4000, "a"], [True, 4000, "a"], {}],
)  # fmt: skip
def test_a_garbled_clip_is_refused(clip):
    with refused("sprite_index"):
        read_index(index_of([clip]))


@pytest.mark.parametrize(("name", "value"), [("format", "zip"), ("format", None), ("version", 2), ("version", "1")])
def test_another_format_or_version_is_refused_by_its_value(name, value):
    with refused("sprite_index", repr(value)):
        read_index(index_of([], **{name: value}))


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "{}", "3", "\ud800", "[" * 100_000, '{"a":' * 100_000],
    ids=["empty", "cut", "null", "list", "object", "number", "surrogate", "deep list", "deep object"],
)  # fmt: skip
def test_what_is_not_an_index_is_refused(text):
    with refused("sprite_index", "sprites.json"):
        read_index(text)


@pytest.mark.parametrize("rate", [None, "fast", [], 1e999, {}])
def test_a_rate_that_is_no_number_is_refused(rate):
    with refused("sprite_index"):
        read_index(index_of([], sample_rate_hz=rate))


@pytest.mark.parametrize("sprites", [None, 3, [3], [{}], [{"label": "yes"}], {"label": "yes"}])
def test_garbled_entries_are_refused(sprites):
    with refused("sprite_index"):
        read_index(index_of([], sprites=sprites))
