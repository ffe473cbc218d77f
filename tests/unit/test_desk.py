"""Training audio from the desk's folders."""

import importlib.util
import json

import pytest
from sayso.clips import ClipSet
from sayso.desk import add_folder, read_audio

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
