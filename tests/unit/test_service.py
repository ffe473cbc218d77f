"""Requests and answers as the page sends them: states, errors, cancelling, and long requests in slices."""

import json
import time
from dataclasses import dataclass

import numpy as np
import pytest
from sayso.features.presets import PRESETS
from sayso.models.networks import ARCHITECTURES
from sayso.worker.requests import Nothing, Payload, request
from sayso.worker.workbench import Workbench, add_file

from .page import SETTINGS, Page, recordings
from .synthetic import noise


def test_ready_tells_the_page_what_there_is_to_choose_from(page):
    page.service.ready()
    (ready,) = page.events("boot.ready")
    # the preset librosa has another rate than clips
    assert {preset["name"] for preset in ready["presets"]} == PRESETS.keys() - {"librosa"}
    assert {network["name"] for network in ready["networks"]} == ARCHITECTURES.keys()
    defaults = ready["defaults"]
    assert defaults["commands"] == ["yes", "no"]
    assert defaults["settings"].keys() == ARCHITECTURES.keys()
    assert all(settings.keys() == SETTINGS.keys() for settings in defaults["settings"].values())
    assert defaults["adapt"].keys() == SETTINGS.keys() - {"network"}
    json.dumps(ready)  # raises for what JavaScript does not know


def test_ready_tells_the_page_in_which_states_a_request_is_answered(page):
    page.service.ready()
    (ready,) = page.events("boot.ready")
    told = {each["type"]: each["states"] for each in ready["requests"]}
    assert told["session.ping"] == told["job.cancel"] == ["idle", "preparing", "training", "listening"]
    assert told["train.stop"] == ["training"]
    assert told["clips.clear"] == ["idle", "listening"]
    for name in told.keys() - {"session.ping", "job.cancel"}:
        is_refused = page.answer(page.send(name, surely_unknown=1))["error"]["code"] == "wrong_state"
        assert is_refused == ("idle" not in told[name]), name


@pytest.mark.parametrize(
    ("kind", "payload", "named"),
    [
        ("clips.prepare", {"preset": "classic"}, "commands"),
        ("clips.prepare", {"preset": "classic", "comands": ["yes"]}, "comands"),
        ("clips.prepare", {"preset": "classic", "commands": "yes"}, "commands='yes'"),
        ("clips.prepare", {"preset": "classic", "commands": ["yes", 7]}, "commands[1]=7"),
        ("clips.prepare", {"preset": None, "commands": ["yes"]}, "preset=None"),
        ("clips.clear", {"all": True}, "'all'"),
        ("clips.add_files", {"files": [{"path": "a.wav"}]}, "files[0]"),
        ("clips.add_files", {"files": [{"path": "a.wav", "bytes": "RIFF"}]}, "files[0].bytes='RIFF'"),
        ("clips.add_sprite", {"index": "{}", "sprite": "a", "channels": ["x"], "sample_rate_hz": 1}, "channels[0]='x'"),
        ("clips.add_zip", {"name": "a.zip", "file": b"PK"}, "file=b'PK'"),
        ("take.check", {"samples": noise(0), "sample_rate_hz": "48000"}, "sample_rate_hz='48000'"),
        ("take.check", {"samples": noise(0), "sample_rate_hz": float("nan")}, "sample_rate_hz=nan"),
        ("train.run", SETTINGS | {"seed": 1.5}, "seed=1.5"),
        ("train.run", SETTINGS | {"start_from": np.zeros(3, np.uint8)}, "start_from=array"),
        ("train.run", SETTINGS | {"learning_rat": 1.0}, "learning_rat"),
        ("train.resume", {"n_iterations": 4}, "checkpoint"),
        ("model.load", {"name": "mine"}, "bytes"),
        ("job.cancel", {}, "id"),
        ("session.ping", {"twice": True}, "twice"),
    ],
)
def test_a_payload_that_is_not_as_declared_is_refused_by_the_name_of_its_key(page, kind, payload, named):
    error = page.refusal(kind, **payload)
    assert error["code"] == "bad_request"
    assert kind in error["message"]
    assert named in error["message"]
    assert page.state == "idle"


@pytest.mark.parametrize("payload", [None, [], "preset"])
def test_a_payload_that_is_no_object_is_refused(page, payload):
    page.service.receive({"id": 9, "type": "clips.prepare", "payload": payload})
    assert page.answer(9)["error"]["code"] == "bad_request"


@pytest.mark.parametrize("message", [{}, {"type": None}, {"type": ["clips.clear"]}])
def test_a_message_that_names_no_request_is_refused(page, message):
    page.service.receive({"id": 9, "payload": {}} | message)
    assert page.answer(9)["error"]["code"] == "unknown_request"


def test_a_message_without_a_payload_is_refused(page):
    page.service.receive({"id": 9, "type": "clips.clear"})
    assert page.answer(9)["error"]["code"] == "bad_request"


def test_a_request_that_is_declared_is_answered_and_told_to_the_page(page, monkeypatch):
    @dataclass(frozen=True)
    class Greeting(Payload):
        name: str

    @request("clips.greet", "idle", payload=Greeting)
    def greet(self, greeting):
        return {"text": f"Hello {greeting.name}"}

    monkeypatch.setattr(Workbench, "greet", greet, raising=False)
    greeted = Page()
    assert greeted.ask("clips.greet", name="Ada") == {"text": "Hello Ada"}
    greeted.service.ready()
    assert {"type": "clips.greet", "states": ["idle"]} in greeted.events("boot.ready")[0]["requests"]


def test_messages_of_a_training_run_are_plain_values(prepared):
    prepared.ask("train.run", **SETTINGS | {"network": "classic", "n_iterations": 2, "batch_size": 4})
    for message in prepared.messages:
        json.dumps(message, default=bytes.hex)  # a TypeError for anything but JSON's values and bytes


def test_states_follow_the_work(page):
    assert page.state == "idle"
    page.send("clips.add_files", files=recordings(n_speakers=3))
    assert page.service.state == "preparing"
    while page.service.pump():
        pass
    page.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    page.send("train.run", **SETTINGS | {"network": "classic", "n_iterations": 3})
    assert page.service.state == "training"
    while page.service.pump():
        pass
    assert page.state == "idle"
    page.ask("listen.start", sample_rate_hz=16_000)
    assert page.state == "listening"
    page.ask("listen.stop")
    assert page.state == "idle"


def test_an_unknown_request_is_refused_by_its_name(page):
    error = page.refusal("clips.explode")
    assert error["code"] == "unknown_request"
    assert "'clips.explode'" in error["message"]
    assert "clips.prepare" in error["message"]


@pytest.mark.parametrize("kind", ["listen.stop", "listen.tune", "train.stop"])
def test_a_request_in_the_wrong_state_is_refused_naming_it_and_the_right_one(page, kind):
    error = page.refusal(kind)
    assert error["code"] == "wrong_state"
    assert f"{kind} while idle" in error["message"]
    assert ("listening" if kind.startswith("listen") else "training") in error["message"]


def test_while_a_long_request_runs_others_are_refused_and_it_goes_on(prepared):
    running = prepared.send("train.run", **SETTINGS | {"network": "classic", "n_iterations": 2, "batch_size": 4})
    for kind in ("train.run", "clips.prepare", "clips.clear", "model.load", "listen.start"):
        reply = prepared.answer(prepared.send(kind))
        assert reply["error"]["code"] == "wrong_state"
        assert f"{kind} while training" in reply["error"]["message"]
    assert prepared.answer(prepared.send("session.ping"))["result"] == {"state": "training"}
    while prepared.service.pump():
        pass
    assert prepared.answer(running)["result"]["reason"] == "finished"


def test_while_listening_training_is_refused(trained):
    trained.ask("listen.start", sample_rate_hz=48_000)
    assert "train.run while listening" in trained.refusal("train.run", **SETTINGS)["message"]
    assert "listen.start while listening" in trained.refusal("listen.start", sample_rate_hz=48_000)["message"]


def test_a_second_stop_is_refused_and_harmless(trained):
    trained.ask("listen.start", sample_rate_hz=16_000)
    trained.ask("listen.stop")
    assert trained.refusal("listen.stop")["code"] == "wrong_state"
    trained.service.push_audio(noise(0), 0)  # a block that was on its way
    assert trained.events("listen.update") == []


def test_a_slice_is_short_and_between_slices_requests_are_answered(prepared):
    running = prepared.send("train.run", **SETTINGS | {"network": "classic", "n_iterations": 300, "batch_size": 4})
    n_slices = 0
    while prepared.service.pump():
        n_slices += 1
        assert prepared.answer(prepared.send("session.ping"))["ok"]
    assert n_slices >= 2
    assert prepared.answer(running)["ok"]


@pytest.fixture
def slow_files(monkeypatch):
    """No slice takes more than two files."""

    def add_slowly(*arguments):
        time.sleep(0.03)
        add_file(*arguments)

    monkeypatch.setattr("sayso.worker.workbench.add_file", add_slowly)


@pytest.mark.usefixtures("slow_files")
def test_a_cancelled_request_is_answered_so(page):
    running = page.send("clips.add_files", files=recordings(n_speakers=4))
    assert page.service.pump()
    assert page.answer(page.send("job.cancel", id=running + 1000))["result"] == {"cancelled": False}
    assert page.answer(page.send("job.cancel", id=running))["result"] == {"cancelled": True}
    error = page.answer(running)["error"]
    assert error["code"] == "cancelled"
    assert str(running) in error["message"]
    assert page.state == "idle"
    assert page.answer(page.send("job.cancel", id=running))["result"] == {"cancelled": False}  # a second click


@pytest.mark.usefixtures("slow_files")
def test_cancelling_an_addition_puts_back_the_clips_and_what_was_prepared(prepared):
    running = prepared.send("clips.add_files", files=recordings(n_speakers=4))
    assert prepared.service.pump()
    prepared.send("job.cancel", id=running)
    assert prepared.ask("clips.example", label="yes")["word"] == "yes"
    assert prepared.ask("clips.add_files", files=[])["n_clips"] == 9


def test_an_unforeseen_error_crosses_with_its_traceback(page, monkeypatch):
    @request("clips.clear", "idle", payload=Nothing)
    def fail(self, _):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(Workbench, "clips_clear", fail)
    broken = Page()
    error = broken.refusal("clips.clear")
    assert error["code"] == "internal"
    assert "ZeroDivisionError: of all things" in error["message"]
    assert broken.state == "idle"


def test_a_traceback_goes_through_modules_of_others(monkeypatch):
    broken = request("clips.clear", "idle", payload=Nothing)(lambda self, _: json.loads("{"))
    monkeypatch.setattr(Workbench, "clips_clear", broken)
    error = Page().refusal("clips.clear")
    assert error["code"] == "internal"
    assert ", in raw_decode\n" in error["message"]
    assert "JSONDecodeError: Expecting property name" in error["message"]


def test_running_out_of_memory_has_its_own_code(monkeypatch):
    @request("clips.clear", "idle", payload=Nothing)
    def exhaust(self, _):
        raise MemoryError
        yield

    monkeypatch.setattr(Workbench, "clips_clear", exhaust)
    page = Page()
    assert page.refusal("clips.clear")["code"] == "out_of_memory"
    assert page.state == "idle"
