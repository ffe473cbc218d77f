"""What the page can ask for, and the whole job: from recordings to a recognised word."""

import io
import json

import numpy as np
import pytest
from sayso.features.presets import PRESETS
from sayso.models.formats import open_model
from sayso.models.model_file import save_model
from sayso.training.adapt import RECIPE, adapt
from sayso.worker.catalogue import introduction
from sayso.worker.workbench import BUILT_IN_TITLE

from .bases import model_on_base
from .page import SETTINGS, Page, recordings, zip_of
from .synthetic import noise, wav, word


def test_the_whole_job_from_recordings_to_a_recognised_word(page):
    counts = page.ask("clips.add_files", files=recordings())
    assert counts["n_clips"] == 24
    assert counts["rejected"] == []
    summary = page.ask("clips.prepare", preset="compact", commands=["yes", "no"])
    assert [row["label"] for row in summary["labels"]] == ["yes", "no", "other", "silence"]
    result = page.ask("train.run", **SETTINGS)
    assert (result["reason"], result["failure"], result["iteration"]) == ("finished", None, 40)
    assert result["evaluation"]["accuracy"] >= 0.8
    progress = page.events("train.progress")
    assert [event["iteration"] for event in progress] == list(range(1, 41))
    assert result["card"]["name"] == "yes / no"

    again = Page()
    card = again.ask("model.load", bytes=result["bytes"], name="tones, loaded")
    assert (card["name"], card["iteration"], card["accuracy"]) == (
        "tones, loaded",
        40,
        result["evaluation"]["accuracy"],
    )
    started = again.ask("listen.start", sample_rate_hz=16_000)
    assert started["hop_ms"] == 100
    spoken = [noise(9, amplitude=0.003), word("yes", 70_001), noise(8, amplitude=0.003), word("no", 70_002)]
    samples = np.concatenate([*spoken, noise(7, amplitude=0.003)])
    for position in range(0, samples.size, 1600):
        again.service.push_audio(samples[position : position + 1600], position)
    assert [event["label"] for event in again.events("listen.detection")] == ["yes", "no"]
    assert len(again.events("listen.update")) >= 48
    assert again.events("audio.dropped") == []
    assert again.ask("listen.stop") == {"n_samples": samples.size, "n_dropped": 0, "n_detections": 2}


def test_every_preset_that_the_page_offers_can_be_trained_on(page):
    offered = [preset["name"] for preset in introduction()["presets"]]
    assert set(PRESETS) - set(offered) == {"librosa"}  # at 22.05 kHz, which clips at 16 kHz do not fill
    page.ask("clips.add_files", files=recordings(n_speakers=3))
    for preset in offered:
        summary = page.ask("clips.prepare", preset=preset, commands=["yes", "no"])
        assert (summary["n_frames"], summary["n_mels"]) == PRESETS[preset].image_shape
        result = page.ask("train.run", **SETTINGS | {"n_iterations": 2})
        assert (result["reason"], result["iteration"]) == ("finished", 2)


@pytest.mark.parametrize("n_slices", [0, 1])
def test_training_stops_when_asked_even_before_its_first_slice(prepared, n_slices):
    running = prepared.send("train.run", **SETTINGS | {"network": "classic", "n_iterations": 5000})
    for _ in range(n_slices):
        prepared.service.pump()
    assert prepared.answer(prepared.send("train.stop"))["ok"]
    assert prepared.answer(prepared.send("train.stop"))["ok"]  # a second click
    while prepared.service.pump():
        pass
    result = prepared.answer(running)["result"]
    assert result["reason"] == "stopped"
    assert 1 <= result["iteration"] < 500
    assert result["evaluation"]["n"] > 0
    assert prepared.ask("model.load", bytes=result["bytes"], name="")["iteration"] == result["iteration"]


def test_a_stop_of_the_last_run_does_not_stop_the_next(prepared):
    short = SETTINGS | {"network": "classic", "n_iterations": 3, "batch_size": 4}
    prepared.send("train.run", **short)
    prepared.send("train.stop")
    while prepared.service.pump():
        pass
    assert prepared.ask("train.run", **short)["reason"] == "finished"


def test_a_failed_addition_leaves_what_was_prepared(prepared):
    error = prepared.refusal("clips.add_zip", name="a.zip", file=io.BytesIO(b"no zip"))
    assert error["code"] == "zip_undecodable"
    error = prepared.refusal("clips.add_sprite", index="{", sprite="x", channels=[noise(0)], sample_rate_hz=16_000)
    assert error["code"] == "sprite_index"
    assert prepared.refusal("clips.add_files", files=[{"path": 3, "bytes": b""}])["code"] == "bad_request"
    assert prepared.ask("clips.example", label="yes")["word"] == "yes"


def test_an_addition_in_parts_can_be_taken_back(prepared):
    prepared.ask("clips.mark")
    assert prepared.ask("clips.add_files", files=recordings(n_speakers=4))["n_clips"] == 21
    prepared.ask("clips.restore")
    assert prepared.ask("clips.example", label="yes")["word"] == "yes"
    assert prepared.ask("clips.add_files", files=[])["n_clips"] == 9
    assert prepared.refusal("clips.restore")["code"] == "not_marked"  # a second click


def test_clearing_forgets_the_clips_and_what_was_prepared(prepared):
    prepared.ask("clips.clear")
    assert prepared.refusal("clips.example", label=None)["code"] == "not_prepared"
    assert prepared.refusal("clips.prepare", preset="classic", commands=["yes"])["code"] == "no_clips"
    assert prepared.refusal("train.run", **SETTINGS)["code"] == "not_prepared"


@pytest.mark.parametrize("label", ["yes", "no", "other", None])
def test_an_example_can_be_heard_and_seen(prepared, label):
    example = prepared.ask("clips.example", label=label)
    assert label in (None, example["label"])
    assert example["split"] in ("train", "test")
    assert (example["samples"].shape, example["samples"].dtype) == ((16_000,), np.float32)
    picture = example["picture"]
    assert (picture["width"], picture["height"], len(picture["intensities"])) == (30, 20, 600)


@pytest.mark.parametrize(("label", "code"), [("maybe", "bad_label"), ("silence", "label_empty")])
def test_an_example_of_a_label_without_clips_is_refused(prepared, label, code):
    error = prepared.refusal("clips.example", label=label)
    assert error["code"] == code
    assert repr(label) in error["message"]


def test_a_zip_of_recordings_is_added(page):
    files = {f"set/{item['path']}": item["bytes"] for item in recordings(n_speakers=2)}
    result = page.ask("clips.add_zip", name="set.zip", file=zip_of(files | {"set/../../evil.wav": b"x"}))
    assert result["pack"] is None
    assert result["n_clips"] == 6
    assert [rejected["code"] for rejected in result["rejected"]] == ["path_climbs"]
    assert [event["done"] for event in page.events("job.progress")] == list(range(1, 8))


def test_a_zipped_sprite_pack_is_handed_back_for_decoding_and_its_sprites_added(page):
    index = json.dumps({
        "format": "sayso-sprites", "version": 1, "title": "t", "sample_rate_hz": 16_000, "test_speakers": ["b"],
        "sprites": [{"label": "yes", "file": "yes.ogg", "clips": [[0, 16_000, "a"], [16_000, 16_000, "b"]]}],
    })  # fmt: skip
    result = page.ask("clips.add_zip", name="p.zip", file=zip_of({"p/sprites.json": index, "p/yes.ogg": b"OggS"}))
    assert result["pack"] == {"index": index, "files": [{"file": "yes.ogg", "bytes": b"OggS"}]}
    assert result["n_clips"] == 0
    left, right = noise(0, n_samples=32_000), noise(1, n_samples=32_000)
    counts = page.ask(
        "clips.add_sprite", index=index, sprite="yes.ogg", channels=[left, right], sample_rate_hz=16_000.0
    )
    assert counts["labels"] == [{"label": "yes", "n_clips": 2, "n_speakers": 2}]


@pytest.mark.parametrize(
    ("kind", "payload", "code", "named"),
    [
        ("clips.prepare", {"preset": "mfcc", "commands": ["yes"]}, "unknown_preset", "'mfcc'"),
        ("clips.prepare", {"preset": "classic", "commands": ["maybe"]}, "label_empty", "'maybe'"),
        ("clips.prepare", {"preset": "classic", "commands": []}, "bad_label", "0 commands"),
        ("train.run", SETTINGS | {"learning_rate": -1}, "bad_config", "learning_rate=-1"),
        ("train.run", SETTINGS | {"batch_size": 10**9}, "bad_config", "batch_size=1000000000"),
        ("train.run", SETTINGS | {"network": "resnet"}, "unknown_network", "'resnet'"),
        ("train.run", {}, "bad_request", "network"),
        ("train.run", SETTINGS | {"start_from": "current"}, "no_model", "model.load"),
        ("train.run", SETTINGS | {"start_from": "scratch"}, "bad_request", "'scratch'"),
        ("take.check", {"samples": noise(0), "sample_rate_hz": 8000}, "audio_rate_too_low", "8000"),
        ("train.resume", {"checkpoint": b"", "n_iterations": None}, "file_empty", "0 bytes"),
        ("clips.restore", {}, "not_marked", "clips.mark"),
        ("model.load", {"bytes": b"RIFF" + bytes(50)}, "file_not_safetensors", "RIFF"),
        ("listen.start", {"sample_rate_hz": 48_000}, "no_model", "train.run"),
    ],
)
def test_a_payload_or_moment_that_does_not_fit_is_an_error_with_code_and_value(prepared, kind, payload, code, named):
    error = prepared.refusal(kind, **payload)
    assert error["code"] == code
    assert named in error["message"]
    assert prepared.state == "idle"


def test_a_failed_load_keeps_the_model(trained):
    trained_one = trained.messages[-1]["result"]
    assert trained.refusal("model.load", bytes=trained_one["bytes"][:-9], name="x")["code"] == "file_truncated"
    assert trained.ask("listen.start", sample_rate_hz=16_000)["card"] == trained_one["card"]


def test_a_diverging_run_ends_with_its_failure_and_its_good_weights(prepared):
    result = prepared.ask("train.run", **SETTINGS | {"network": "classic", "learning_rate": 100.0, "n_iterations": 200})
    assert result["reason"] == "diverged"
    assert result["failure"]["code"] == "train_diverged"
    assert "learning rate 100" in result["failure"]["message"]
    assert prepared.events("train.checkpoint")[-1]["iteration"] == result["iteration"]
    prepared.ask("model.load", bytes=result["bytes"], name="last good")


def test_training_goes_on_from_its_last_checkpoint_after_a_crash(prepared):
    settings = SETTINGS | {"network": "classic", "n_iterations": 4, "batch_size": 4}
    whole = Page()
    whole.ask("clips.add_files", files=recordings(n_speakers=3))
    whole.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    whole.ask("train.run", **settings)
    prepared.ask("train.run", **settings | {"n_iterations": 2})
    # a run of two iterations has another schedule than one of four: go on from a stopped one instead
    stopped = prepared.send("train.run", **settings)
    prepared.send("train.stop")
    while prepared.service.pump():
        pass
    assert prepared.answer(stopped)["result"]["iteration"] == 1
    checkpoint = prepared.events("train.checkpoint")[-1]
    assert checkpoint["iteration"] == 1

    revived = Page()
    revived.ask("clips.add_files", files=recordings(n_speakers=3))
    revived.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    result = revived.ask("train.resume", checkpoint=checkpoint["bytes"], n_iterations=None)
    assert result["iteration"] == 4
    losses = [event["loss"] for event in revived.events("train.progress")]
    assert losses == [event["loss"] for event in whole.events("train.progress")][1:]
    assert result["evaluation"] == whole.messages[-1]["result"]["evaluation"]


def test_a_training_that_had_ended_when_its_result_was_lost_ends_again(prepared):
    settings = SETTINGS | {"network": "classic", "n_iterations": 3, "batch_size": 4}
    result = prepared.ask("train.run", **settings)
    checkpoint = prepared.events("train.checkpoint")[-1]
    assert checkpoint["iteration"] == 3
    again = prepared.ask("train.resume", checkpoint=checkpoint["bytes"], n_iterations=3)
    assert again["iteration"] == 3
    assert again["evaluation"] == result["evaluation"]


def test_a_running_training_checkpoints_itself_every_few_seconds(prepared, monkeypatch):
    monkeypatch.setattr("sayso.training.trainer.CHECKPOINT_S", 0.0)
    prepared.ask("train.run", **SETTINGS | {"network": "classic", "n_iterations": 3, "batch_size": 4})
    assert [event["iteration"] for event in prepared.events("train.checkpoint")] == [1, 2, 3, 3]


VOICES = json.dumps({
    "format": "sayso-sprites", "version": 1, "title": BUILT_IN_TITLE, "sample_rate_hz": 16_000, "test_speakers": ["v2"],
    "sprites": [
        {"label": name, "file": f"{name}.ogg", "clips": [[16_000 * i, 16_000, f"v{i}"] for i in range(3)]}
        for name in ("yes", "no", "up")
    ],
})  # fmt: skip


def add_voices(page):
    for name in ("yes", "no", "up"):
        samples = np.concatenate([word(name, i) for i in range(3)])
        page.ask("clips.add_sprite", index=VOICES, sprite=f"{name}.ogg", channels=[samples], sample_rate_hz=16_000)


def own_recordings(*names):
    return [
        {"path": f"{name}/me_nohash_{n}.wav", "bytes": wav(word(name, 900 + n))} for name in names for n in range(3)
    ]


def test_the_current_model_learns_another_word_from_a_few_recordings(page, tone_model):
    add_voices(page)
    page.ask("clips.add_files", files=own_recordings("up"))
    page.ask("clips.prepare", preset="compact", commands=["up", "yes"])
    page.ask("model.load", bytes=save_model(tone_model), name="tones")
    settings = SETTINGS | {"n_iterations": 30, "start_from": "current"}
    result = page.ask("train.run", **settings)
    assert (result["reason"], result["iteration"]) == ("finished", 30)
    assert result["card"]["labels"] == ["up", "yes", "other", "silence"]
    assert result["evaluation"]["accuracy"] >= 0.75
    model = open_model(bytes(result["bytes"]))
    assert "'tones'" in model.provenance.note
    assert model.provenance.training.own_share == RECIPE.own_share
    assert page.ask("listen.start", sample_rate_hz=16_000)["card"] == result["card"]


def test_only_the_built_in_voices_are_not_one_s_own(page, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "sayso.worker.workbench.adapt",
        lambda base, dataset, config, name: seen.append(dataset) or adapt(base, dataset, config, name=name),
    )
    add_voices(page)
    page.ask("clips.add_sprite", index=VOICES.replace(BUILT_IN_TITLE, "Class 4b"), sprite="up.ogg",
             channels=[noise(0, n_samples=48_000)], sample_rate_hz=16_000)  # fmt: skip
    page.ask("clips.add_files", files=own_recordings("no"))
    page.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    settings = SETTINGS | {"network": "classic", "n_iterations": 1, "batch_size": 4}
    page.ask("train.run", **settings)
    page.ask("train.run", **settings | {"start_from": "current"})
    (dataset,) = seen
    assert dataset.is_own.tolist() == [False] * 9 + [True] * 6


def test_a_model_of_another_network_or_features_is_no_start(trained):
    error = trained.refusal("train.run", **SETTINGS | {"start_from": "current"})
    assert error["code"] == "network_mismatch"
    assert "'compact'" in error["message"]
    assert "'classic'" in error["message"]
    trained.ask("clips.prepare", preset="compact", commands=["yes", "no"])
    error = trained.refusal("train.run", **SETTINGS | {"network": "classic", "start_from": "current"})
    assert error["code"] == "features_mismatch"


def test_an_adaptation_goes_on_from_its_checkpoint_without_the_model_it_began_with(trained):
    settings = SETTINGS | {"network": "classic", "n_iterations": 3, "batch_size": 4, "start_from": "current"}
    model = trained.messages[-1]["result"]["bytes"]
    trained.ask("train.run", **settings)
    whole = [event["loss"] for event in trained.events("train.progress")][-3:]
    trained.ask("model.load", bytes=model, name="")
    trained.send("train.run", **settings)
    trained.send("train.stop")
    while trained.service.pump():
        pass
    checkpoint = trained.events("train.checkpoint")[-1]
    assert checkpoint["iteration"] == 1

    revived = Page()
    revived.ask("clips.add_files", files=recordings(n_speakers=3))
    revived.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    revived.ask("train.resume", checkpoint=checkpoint["bytes"], n_iterations=None)
    assert [event["loss"] for event in revived.events("train.progress")] == whole[1:]


def test_a_take_becomes_a_wav_file_that_can_be_added(page):
    samples = np.concatenate(
        [noise(1, n_samples=8000, amplitude=0.003), word("yes", 1), noise(2, n_samples=8000, amplitude=0.003)]
    )
    take = page.ask("take.check", samples=samples, sample_rate_hz=16_000.0)
    assert take["failure"] is None
    assert take["duration_s"] == pytest.approx(1.0)
    assert -15 < take["peak_dbfs"] < -13
    assert take["picture"]["width"] * take["picture"]["height"] == len(take["picture"]["intensities"])
    counts = page.ask("clips.add_files", files=[{"path": "yes/me_nohash_0.wav", "bytes": take["bytes"]}])
    assert counts["labels"] == [{"label": "yes", "n_clips": 1, "n_speakers": 1}]
    assert counts["duration_s"] == take["duration_s"]


def test_a_useless_take_is_shown_with_what_is_wrong_with_it(page):
    take = page.ask("take.check", samples=np.zeros(96_000, np.float32), sample_rate_hz=48_000)
    assert take["failure"]["code"] == "recording_silent"
    assert "-90 dBFS" in take["failure"]["message"]
    assert take["bytes"].startswith(b"RIFF")


def test_listening_reports_gaps_and_takes_new_settings(trained):
    trained.ask("listen.start", sample_rate_hz=16_000)
    trained.service.push_audio(noise(0), 0)
    trained.service.push_audio(noise(1), 4 * 16_000)
    (dropped,) = trained.events("audio.dropped")
    assert (dropped["n_missing"], dropped["n_dropped"], dropped["time_s"]) == (48_000, 48_000, 4.0)
    assert trained.ask("listen.tune", threshold=0.5)["threshold"] == 0.5
    assert trained.ask("listen.tune", smoothing_ms=100)["threshold"] == 0.5
    error = trained.refusal("listen.tune", threshold=1.5)
    assert (error["code"], "threshold=1.5" in error["message"]) == ("bad_config", True)
    assert trained.ask("listen.stop") == {"n_samples": 32_000, "n_dropped": 48_000, "n_detections": 0} | {
        "n_detections": len(trained.events("listen.detection"))
    }


def test_a_model_on_a_base_learns_from_the_clips_and_goes_on_from_a_checkpoint():
    page = Page()
    page.ask("clips.add_files", files=recordings(n_speakers=3))
    page.ask("clips.prepare", preset="embedding", commands=["yes", "no"])
    page.ask("model.load", bytes=save_model(model_on_base("temporal")), name="")
    settings = SETTINGS | {"network": "temporal", "n_iterations": 200, "batch_size": 16, "start_from": "current"}
    result = page.ask("train.run", **settings)
    labels = list(dict.fromkeys(event["label"] for event in page.events("job.progress")))
    assert labels[-2:] == ["Hearing examples", "Testing"]
    losses = [event["loss"] for event in page.events("train.progress")]
    assert len(losses) == 200
    assert result["card"]["network"] == "temporal"

    page.ask("model.load", bytes=save_model(model_on_base("temporal")), name="")
    page.send("train.run", **settings)
    while len(page.events("train.progress")) == 200:
        page.service.pump()
    page.send("train.stop")
    while page.service.pump():
        pass
    checkpoint = page.events("train.checkpoint")[-1]
    reached = checkpoint["iteration"]
    assert reached < 200
    page.ask("train.resume", checkpoint=checkpoint["bytes"], n_iterations=None)
    assert [event["loss"] for event in page.events("train.progress")][200 + reached :] == losses[reached:]


def test_a_stop_while_a_base_still_hears_examples_ends_the_training_and_leaves_the_model(page):
    page.ask("clips.add_files", files=recordings(n_speakers=3))
    page.ask("clips.prepare", preset="embedding", commands=["yes", "no"])
    page.ask("model.load", bytes=save_model(model_on_base("temporal")), name="mine")
    settings = SETTINGS | {"network": "temporal", "start_from": "current"}
    request_id = page.send("train.run", **settings)
    while not [event for event in page.events("job.progress") if event["label"] == "Hearing examples"]:
        page.service.pump()
    page.send("train.stop")
    while page.service.pump():
        pass
    assert page.answer(request_id)["error"]["code"] == "cancelled"
    assert page.state == "idle"
    assert page.ask("listen.start", sample_rate_hz=16_000)["card"]["name"] == "mine"
