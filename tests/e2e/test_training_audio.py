"""Training audio: in every form that is taken, and broken in every way."""

from __future__ import annotations

import json
import re
import wave
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect
from sayso.arrays import F32

from .speech import RATE_HZ, Speech, small_zip, wav, zip_of
from .tab import Tab


def _tone(seconds: float, rate_hz: int = RATE_HZ) -> F32:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def _words(n: int = 12) -> dict[str, bytes]:
    """A folder of "words", each by its own speaker."""
    return {f"{label}/speaker{i}_nohash_0.wav": wav(_tone(1)) for label in ("yes", "no") for i in range(n)}


def _write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def train(tab: Tab) -> Tab:
    return tab.open("train")


def _summary(tab: Tab) -> Locator:
    return tab.page.locator("#audio-summary")


def test_the_built_in_voices_load_with_one_click_and_a_second_click_loads_nothing_twice(train: Tab) -> None:
    train.button("Use the built-in voices").dblclick()
    train.wait_audio()
    expect(_summary(train)).to_contain_text(re.compile(r"2,9\d\d clips"))
    train.button("Play a random example").click()
    expect(train.page.locator("#example-caption")).to_contain_text("by")
    is_drawn = train.page.locator("#example-picture").evaluate("""(canvas) => {
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      return new Set(new Uint32Array(pixels.buffer)).size > 20;
    }""")
    assert is_drawn


def test_a_folder_of_wav_files_and_a_zip_add_up(train: Tab, small_audio: Path, tmp_path: Path) -> None:
    train.load_folder(_write(tmp_path / "words", _words()))
    expect(_summary(train)).to_contain_text("24 clips")
    train.drop(small_audio)
    with zipfile.ZipFile(small_audio) as archive:
        n_clips = 24 + sum(name.endswith(".wav") for name in archive.namelist())
    expect(_summary(train)).to_contain_text(f"{n_clips} clips")
    train.wait_audio()
    train.button("Clear").click()
    expect(_summary(train)).to_be_hidden()
    expect(train.train_button).to_be_disabled()


# Recordings nothing can be learnt from, and what the page says of them.
REJECTED = {
    "yes/text.wav": (b"This is not audio." * 100, "not a PCM WAV file"),
    "yes/empty.wav": (b"", "0 bytes"),
    "yes/cut.wav": (wav(_tone(1))[:9000], r"ends after \d+ of \d+ bytes"),
    "yes/silent.wav": (wav(np.zeros(RATE_HZ, np.float32)), "peak 0"),
    "yes/telephone.wav": (wav(_tone(1, 8000), 8000), "8000 Hz: expected at least 16000 Hz"),
    "yes/click.wav": (wav(np.full(1, 0.5, np.float32)), r"1 samples?, 0\.000 s"),
    "yes/lecture.wav": (wav(_tone(11)), r"11\.0 s: expected at most 10 s"),
}


def test_recordings_that_cannot_be_used_are_listed_with_the_reason_and_the_rest_is_loaded(
    train: Tab, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    broken = {name: content for name, (content, _) in REJECTED.items()}
    stereo = {"yes/stereo.wav": wav(np.stack([_tone(1, 44_100), _tone(1, 44_100)], axis=1), 44_100)}
    train.load_folder(_write(tmp_path / "words", _words() | stereo | broken))
    expect(_summary(train)).to_contain_text("25 clips")
    train.page.get_by_text(f"{len(REJECTED)} files left out").click()
    listed = train.page.locator("#audio-rejected").get_by_role("listitem")
    for name, (_, reason) in REJECTED.items():
        with subtests.test(name):
            expect(listed.filter(has_text=name)).to_have_text(re.compile(reason))


def _hour(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE_HZ)
        file.writeframes(bytes(range(100, 156)) * (3600 * RATE_HZ // 56))
    return path


UNUSABLE = {  # additions of which nothing can be used: the file, its content, and what the page says
    "not a zip": ("words.zip", b"PK\x03\x04" + b"nonsense" * 50, r"\d+ bytes"),
    "a zip of paths that climb": ("climb.zip", zip_of({"../../yes/a.wav": wav(_tone(1))}), r"\.\./"),
    "a zip of empty folders": ("empty.zip", zip_of({"yes/": b"", "no/": b""}), "empty.zip|0 clips|no WAV"),
    "a document": ("notes.wav", b"Dear diary", r"notes\.wav"),
    "a song": ("song.mp3", b"ID3" + bytes(100), r"song\.mp3"),
    "a pack that is no pack": ("sprites.json", b"{]", r"sprites\.json"),
    "a pack without its files": ("sprites.json", json.dumps({
        "format": "sayso-sprites", "version": 1, "sample_rate_hz": RATE_HZ,
        "sprites": [{"label": "yes", "file": "yes.ogg", "clips": [[0, 16000, "a"]]}]}).encode(), r"yes\.ogg"),
    "a pack of nested brackets": ("sprites.json", b"[" * 500_000, r"sprites\.json"),
}  # fmt: skip


def test_additions_of_no_use_are_refused_with_the_reason_and_what_was_loaded_stays(
    train: Tab, small_audio: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    train.load_files(small_audio)
    train.wait_audio()
    loaded = _summary(train).inner_text()
    for what, (name, content, told) in UNUSABLE.items():
        with subtests.test(what):
            train.drop(*_write(tmp_path / what, {name: content}).glob(name))
            expect(train.alert(re.compile(told)).first).to_be_visible()
            expect(_summary(train)).to_have_text(loaded)
            for notice in train.toasts.get_by_role("button", name="Dismiss").all():
                notice.click()
    train.wait_audio()
    train.fill("Iterations", 5)
    train.train_button.click()
    train.wait_trained()


def test_an_hour_of_audio_as_one_clip_is_left_out(train: Tab, tmp_path: Path) -> None:
    folder = _write(tmp_path / "words", _words())
    _hour(folder / "yes" / "hour.wav")
    train.load_folder(folder)
    train.page.get_by_text("1 file left out").click()
    expect(train.page.locator("#audio-rejected").get_by_role("listitem")).to_have_text(re.compile(r"3600\.0 s"))
    expect(_summary(train)).to_contain_text("24 clips")


def test_a_command_without_clips_is_named_before_any_training(train: Tab, small_audio: Path) -> None:
    train.load_files(small_audio)
    train.wait_audio()
    train.page.get_by_label("New command").fill("banana")
    train.button("Add").click()
    expect(train.page.get_by_text("The audio has no clips of “banana”")).to_be_visible()
    train.train_button.click()
    expect(train.alert("'banana' has no clips").first).to_be_visible()
    train.button("Remove banana").click()
    train.wait_audio()
    train.fill("Iterations", 5)
    train.train_button.click()
    train.wait_trained()


def test_recordings_of_one_speaker_are_trained_on_and_said_not_to_be_tested(
    train: Tab, speech: Speech, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    files = {
        f"{label}/me_nohash_{i}.wav": wav(clip.read())
        for label in ("yes", "no", "up")
        for i, clip in enumerate(speech.clips(label, 10, test=False, rng=rng))
    }
    train.load_folder(_write(tmp_path / "mine", files))
    train.fill("Iterations", 20)
    train.train_button.click()
    train.wait_trained()
    expect(train.result).not_to_contain_text("%")
    expect(train.page.get_by_text("All clips are by one speaker").locator("visible=true").first).to_be_visible()


def test_adding_audio_can_be_cancelled(train: Tab, speech: Speech, tmp_path: Path) -> None:
    file = tmp_path / "many.zip"
    file.write_bytes(small_zip(speech, ("yes", "no", "up", "down"), 100))
    train.load_files(file)
    train.page.locator("#audio-cancel").click()
    expect(train.page.locator("#audio-cancel")).to_be_hidden()
    expect(train.alert(re.compile("."))).to_have_count(0)
    train.load_files(file)
    train.wait_audio()
