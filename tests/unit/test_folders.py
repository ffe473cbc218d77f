"""Recordings from folders of a file system: words, silence, noise and sprite packs."""

import importlib.util
import json
from functools import partial

import numpy as np
import pytest
from sayso.data.clips import ClipSet
from sayso.data.folders import add_folder, find_streams, find_words, read_audio, read_noise

from .errors import refused
from .synthetic import noise, wav


def write(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_wav", ".wav")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def clips_of(folder):
    clips = ClipSet()
    add_folder(clips, folder)
    return clips


def test_one_folder_a_label(tmp_path):
    write(tmp_path, yes__a_wav=wav(noise(0)), no__b_wav=wav(noise(1)))
    assert [clip.word for clip in clips_of(tmp_path).clips] == ["no", "yes"]


def test_lists_name_the_test_speakers(tmp_path):
    write(tmp_path, yes__a_nohash_0_wav=wav(noise(0)), yes__b_nohash_0_wav=wav(noise(1)))
    (tmp_path / "validation_list.txt").write_text("yes/a_nohash_0.flac\n")
    assert clips_of(tmp_path).test_speakers() == {"a"}


def test_a_broken_recording_is_rejected_by_its_path_and_the_others_kept(tmp_path):
    write(tmp_path, yes__a_wav=wav(noise(0)), yes__b_wav=b"RIFF")
    clips = clips_of(tmp_path)
    assert len(clips.clips) == 1
    (rejected,) = clips.rejected
    assert (rejected.path, rejected.code) == (str(tmp_path / "yes" / "b.wav"), "audio_undecodable")


def test_a_sprite_pack(tmp_path):
    clips = [[0, 8000, "ann"], [8000, 8000, "bob"]]
    index = {
        "format": "sayso-sprites", "version": 1, "sample_rate_hz": 16_000,
        "sprites": [{"label": "yes", "file": "yes.wav", "clips": clips}],
    }  # fmt: skip
    (tmp_path / "sprites.json").write_text(json.dumps(index))
    write(tmp_path, yes_wav=wav(noise(0)))
    assert [clip.speaker for clip in clips_of(tmp_path).clips] == ["ann", "bob"]


def test_a_folder_without_audio_is_refused_by_its_name(tmp_path):
    with refused("no_clips", tmp_path):
        clips_of(tmp_path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path):
    with refused("file_unreadable", "missing.wav"):
        read_audio(tmp_path / "missing.wav")


@pytest.mark.parametrize("name", ["a.flac", "a.ogg"])
def test_a_compressed_file_is_refused_by_its_name_where_it_does_not_decode(tmp_path, name):
    (tmp_path / name).write_bytes(b"no audio")
    code = "audio_undecodable" if importlib.util.find_spec("soundfile") else "soundfile_missing"
    with refused(code, name):
        read_audio(tmp_path / name)


def test_documents_hidden_files_and_empty_folders_are_passed_over_but_not_other_audio(tmp_path):
    write(tmp_path, yes__a_wav=wav(noise(0)), loose_wav=wav(noise(1)))
    (tmp_path / "README.md").write_text("about the recordings")
    (tmp_path / "empty").mkdir()
    (tmp_path / "yes" / "folder.wav").mkdir()
    (tmp_path / "yes" / "._a.wav").write_bytes(b"a resource fork")
    (tmp_path / "yes" / "c.mp3").write_bytes(b"ID3")
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "b.wav").write_bytes(wav(noise(2)))
    (tmp_path / "yes" / "notes.txt").write_text("said softly")
    (tmp_path / "validation_list.txt").write_bytes(b"\xff\xfe yes/a_nohash_0.wav")
    clips = clips_of(tmp_path)
    assert [clip.word for clip in clips.clips] == ["yes"]
    assert [(left.path, left.code) for left in clips.rejected] == [(str(tmp_path / "yes" / "c.mp3"), "audio_format")]


@pytest.mark.parametrize("name", ["silence", "_silence_"])
def test_silence_to_judge_on_is_kept_apart_however_short_or_quiet(tmp_path, name):
    for i, samples in enumerate((np.zeros(16_000), np.zeros(100), noise(0, n_samples=88_200))):
        path = tmp_path / name / f"{i}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wav(samples, rate_hz=44_100 if i == 2 else 16_000))
    (tmp_path / name / "broken.wav").write_bytes(b"RIFF")
    clips, silence = ClipSet(), []
    add_folder(clips, tmp_path, silence=silence)
    assert [recording.size for recording in silence] == [16_000, 100, 32_000]
    assert (clips.clips, clips.noise) == ([], [])
    assert [rejected.code for rejected in clips.rejected] == ["audio_undecodable"]


def test_noise_is_in_a_folder_or_one_folder_down(tmp_path):
    write(tmp_path, a_wav=wav(noise(0, n_samples=100)), street__b_wav=wav(noise(1, n_samples=200)))
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    write(tmp_path, silent_wav=wav(np.zeros(300)))
    recordings, rejected = read_noise(tmp_path)
    assert sorted(recording.size for recording in recordings) == [100, 200]
    assert [left.code for left in rejected] == ["audio_undecodable", "audio_silent"]


def test_noise_of_a_folder_of_words_is_its_background_noise(tmp_path):
    write(tmp_path, yes__a_wav=wav(noise(0)))
    (tmp_path / "_background_noise_").mkdir()
    (tmp_path / "_background_noise_" / "b.wav").write_bytes(wav(noise(1, n_samples=200)))
    recordings, _ = read_noise(tmp_path)
    assert [recording.size for recording in recordings] == [200]


def test_a_folder_without_noise_is_refused_with_what_was_left_out(tmp_path):
    with refused("no_noise", tmp_path):
        read_noise(tmp_path)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with refused("no_noise", tmp_path, "1 left out", "audio_undecodable"):
        read_noise(tmp_path)


def test_words_are_found_without_being_read(tmp_path):
    for name in ("yes/a_nohash_0.wav", "no/b_nohash_0.flac", "_background_noise_/hum.wav", "silence/a.wav",
                 "yes/.hidden.wav", "loose.wav", "no/note.txt"):  # fmt: skip
        write(tmp_path, **{name: b"not audio"})
    found = find_words(tmp_path, of_test_speakers=False)
    assert [(each.word, each.speaker) for each in found] == [("no", "b"), ("yes", "a")]
    assert found[0].path == tmp_path / "no/b_nohash_0.flac"


def test_words_by_test_speakers_are_those_of_the_lists_or_as_clips_are_chosen(tmp_path):
    for speaker in "abcdefgh":
        write(tmp_path, **{f"yes/{speaker}_nohash_0.wav": wav(noise(1))})
    write(tmp_path, yes__nobody_wav=wav(noise(1)))
    chosen = {each.speaker for each in find_words(tmp_path, of_test_speakers=True)}
    assert chosen == clips_of(tmp_path).test_speakers()
    (tmp_path / "testing_list.txt").write_text("yes/b_nohash_0.wav yes/nobody.wav")
    (tmp_path / "validation_list.txt").write_text("yes/c_nohash_0.wav")
    assert {each.speaker for each in find_words(tmp_path, of_test_speakers=True)} == {"b", "c"}


def test_streams_are_found_at_any_depth_by_the_first_folder(tmp_path):
    for name in ("talk/one/two/a.ogg", "talk/b.wav", "c.flac", "talk/.d/e.wav", "talk/f.txt"):
        write(tmp_path, **{name: b"not audio"})
    found = [(kind, path.name) for kind, path in find_streams(tmp_path)]
    assert found == [(tmp_path.name, "c.flac"), ("talk", "b.wav"), ("talk", "a.ogg")]


@pytest.mark.parametrize("find", [find_streams, partial(find_words, of_test_speakers=False)])
def test_a_folder_that_is_not_there_and_one_without_recordings_are_refused(tmp_path, find):
    with refused("file_unreadable", "none"):
        find(tmp_path / "none")
    with refused("no_clips", tmp_path.name):
        find(tmp_path)
