"""Recordings in folders and zips: paths tell label and speaker, and archives may be broken or mean harm."""

import io
import json
import zipfile

import pytest
from sayso.data import archive
from sayso.data.archive import ZipOfClips, add_file, speaker_of
from sayso.data.clips import ClipSet
from sayso.data.split import UNKNOWN

from .errors import refused
from .synthetic import noise, wav

WAV = wav(noise(0))


def zip_of(files, *, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return content.getvalue()


def opened(files):
    return ZipOfClips(io.BytesIO(zip_of(files)))


def clips_of(files):
    clips = ClipSet()
    assert list(opened(files).add_files(clips, archive="words.zip"))[-1:] == ([len(files)] if files else [])
    return clips


def pack_of(*names):
    return json.dumps({"sprites": [{"file": name} for name in names]})


def test_the_folder_is_the_label_and_the_name_tells_the_speaker():
    clips = clips_of({"set/yes/0ab3b47d_nohash_1.wav": WAV, "no/anna_nohash_0.WAV": WAV})
    assert [(clip.word, clip.speaker) for clip in clips.clips] == [("yes", "0ab3b47d"), ("no", "anna")]


@pytest.mark.parametrize(
    ("path", "speaker"),
    [
        ("yes/0ab3b47d_nohash_1.wav", "0ab3b47d"),
        ("0ab3b47d_nohash_0_v001.flac", "0ab3b47d"),
        ("yes/a.b_nohash_1.wav", "a.b"),
    ],
)
def test_a_speaker_is_the_part_before_nohash(path, speaker):
    assert speaker_of(path) == speaker


def test_recordings_that_name_no_speaker_are_by_an_unknown_one():
    clips = clips_of(
        {f"yes/{i}.wav": WAV for i in range(9)} | {"yes/ann_nohash_0.wav": WAV, "no/bob_nohash_0.wav": WAV}
    )
    assert [clip.speaker for clip in clips.clips] == [UNKNOWN] * 9 + ["ann", "bob"]
    assert UNKNOWN not in clips.test_speakers()


def test_a_speaker_is_the_same_in_every_folder_whatever_the_separator():
    clips = ClipSet()
    for path in ("yes/ann_nohash_0.wav", "no\\ann_nohash_0.wav"):
        add_file(clips, path, WAV)
    assert [(clip.word, clip.speaker) for clip in clips.clips] == [("yes", "ann"), ("no", "ann")]


def test_lists_of_speech_commands_name_the_test_speakers():
    speakers = [f"yes/{speaker}_nohash_0.wav" for speaker in "abcde"]
    files = dict.fromkeys(["s/" + speaker for speaker in speakers], WAV)
    lists = {"s/validation_list.txt": "\n".join(speakers[:2]), "s/testing_list.txt": f"{speakers[3]}\nup/none.wav"}
    assert clips_of(files | lists).test_speakers() == {"a", "b", "d"}


def test_a_list_decides_for_its_own_folder_alone():
    listed = {"s/yes/a_nohash_0.wav": WAV, "s/no/b_nohash_0.wav": WAV, "s/validation_list.txt": b"yes/a_nohash_0.wav"}
    others = {f"t/yes/{speaker}_nohash_0.wav": WAV for speaker in ("c", "d")}
    chosen = clips_of(listed | others).test_speakers()
    assert "a" in chosen
    assert "b" not in chosen
    assert len(chosen & {"c", "d"}) == 1


def test_documents_and_hidden_files_are_passed_over():
    files = ["README.md", "LICENSE", "yes/.DS_Store", "__MACOSX/yes/._a.wav", "x/labels.csv", "yes/notes.txt"]
    clips = clips_of(dict.fromkeys(files, b"x"))
    assert not clips.clips
    assert not clips.rejected


@pytest.mark.parametrize(
    "path",
    ["../yes/a.wav", "yes/../../a.wav", "/yes/a.wav", "..\\yes\\a.wav", "\\yes\\a.wav", "a/../../../../etc/passwd.wav"],
)
def test_a_path_that_climbs_is_rejected_by_name(path):
    clips = ClipSet()
    add_file(clips, path, WAV)
    (rejected,) = clips.rejected
    assert rejected.code == "path_climbs"
    assert repr(path) in rejected.message
    assert not clips.clips


def test_paths_that_climb_out_of_a_zip_are_rejected_and_the_others_kept():
    clips = clips_of({"../../yes/evil.wav": WAV, "/no/evil.wav": WAV, "yes/good.wav": WAV})
    assert len(clips.clips) == 1
    assert [rejected.code for rejected in clips.rejected] == ["path_climbs", "path_climbs"]


def test_a_file_without_a_folder_has_no_label():
    (rejected,) = clips_of({"a.wav": WAV}).rejected
    assert (rejected.code, rejected.path) == ("path_without_label", "a.wav")


@pytest.mark.parametrize("name", ["yes/a.mp3", "yes/a.flac", "yes/a.ogg"])
def test_another_format_is_rejected_by_name(name):
    (rejected,) = clips_of({name: WAV}).rejected
    assert rejected.code == "audio_format"
    assert name[-4:].lstrip("a") in rejected.message


def test_a_broken_recording_does_no_harm_to_the_others():
    clips = clips_of({"yes/a.wav": WAV[:1000], "yes/b.wav": WAV, "yes/c.wav": b"", "yes/d.wav": b"no audio at all"})
    assert len(clips.clips) == 1
    codes = [(rejected.path, rejected.code) for rejected in clips.rejected]
    assert codes == [
        ("yes/a.wav", "audio_undecodable"), ("yes/c.wav", "audio_empty"), ("yes/d.wav", "audio_undecodable"),
    ]  # fmt: skip


def test_a_corrupt_entry_is_rejected_by_name_and_the_others_kept():
    files = {"yes/a.wav": WAV, "yes/b.wav": WAV}
    content = bytearray(zip_of(files, compression=zipfile.ZIP_STORED))
    content[content.index(b"RIFF") + 100] ^= 0xFF
    clips = ClipSet()
    list(ZipOfClips(io.BytesIO(content)).add_files(clips, archive="words.zip"))
    assert len(clips.clips) == 1
    (rejected,) = clips.rejected
    assert rejected.code == "zip_undecodable"
    assert "'yes/a.wav'" in rejected.message


def test_a_compressed_stream_that_is_garbage_is_rejected_by_name():
    content = bytearray(zip_of({"yes/a.wav": WAV}))
    start = content.index(b"yes/a.wav") + len("yes/a.wav")
    content[start : start + 200] = bytes(range(200))
    clips = ClipSet()
    list(ZipOfClips(io.BytesIO(content)).add_files(clips, archive="words.zip"))
    assert [rejected.code for rejected in clips.rejected] == ["zip_undecodable"]


def test_an_entry_that_unpacks_to_more_than_a_recording_is_rejected_unread(monkeypatch):
    monkeypatch.setattr(archive, "MAX_WAV_BYTES", 10_000)
    clips = clips_of({"yes/bomb.wav": bytes(10_001), "yes/a.wav": wav(noise(0, n_samples=4000))})
    assert len(clips.clips) == 1
    (rejected,) = clips.rejected
    assert rejected.code == "audio_too_large"
    assert "10001" in rejected.message


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 10, WAV, zip_of({"yes/a.wav": WAV})[:-30]])
def test_what_is_not_a_zip_is_refused_with_its_size(content):
    with refused("zip_undecodable", f"{len(content)} bytes"):
        ZipOfClips(io.BytesIO(content))


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    with refused("zip_too_large", 4, 3):
        opened({f"yes/{i}.wav": b"" for i in range(4)})


def test_too_much_to_unpack_is_refused_before_unpacking(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1000)
    with refused("zip_too_large", 1200, 1000):
        opened({f"yes/{i}.wav": bytes(600) for i in range(2)})


def test_an_entry_without_a_name_is_no_recording():
    content = bytearray(zip_of({"x": b"", "yes/a.wav": WAV}))
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content[directory + 28] = 0  # the entry's name is told to be empty
    content[directory + 30] = 1  # the one byte of the entry's name is told to be an extra field
    clips = ClipSet()
    list(ZipOfClips(io.BytesIO(content)).add_files(clips, archive="words.zip"))
    assert len(clips.clips) == 1


def test_an_empty_zip_adds_nothing():
    clips = clips_of({})
    assert not clips.clips
    assert not clips.rejected


def test_a_sprite_pack_is_found_in_any_folder_of_the_zip():
    index = pack_of("yes.ogg", "no.ogg")
    pack = opened({"p/q/sprites.json": index, "p/q/no.ogg": b"n", "p/q/yes.ogg": b"y"}).sprite_pack()
    assert pack == (index, [("yes.ogg", b"y"), ("no.ogg", b"n")])


def test_a_zip_of_recordings_is_no_sprite_pack():
    assert opened({"yes/a.wav": WAV}).sprite_pack() is None


def test_a_pack_that_lacks_a_file_is_refused_by_its_name():
    with refused("sprite_missing", "'no.ogg'"):
        opened({"sprites.json": pack_of("yes.ogg", "no.ogg"), "yes.ogg": b"y"}).sprite_pack()


def test_a_pack_whose_files_climb_finds_nothing():
    with refused("sprite_missing", "../secret"):
        opened({"p/sprites.json": pack_of("../secret"), "secret": b"s"}).sprite_pack()


@pytest.mark.parametrize("index", ["", "{", "[]", "{}", '{"sprites": 3}', '{"sprites": [3]}', "[" * 100_000])
def test_a_garbled_index_is_refused(index):
    with refused("sprite_index", "sprites.json"):
        opened({"sprites.json": index}).sprite_pack()
