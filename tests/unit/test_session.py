"""The façade for the page, collected inside Pyodide alone: what crosses to JavaScript and back."""

import json

import js
import numpy as np
import pyodide_js
import pytest
from pyodide.code import run_js
from sayso.worker.session import Session

from .synthetic import noise, wav, word

# A page that takes messages as postMessage hands them over: structuredClone refuses whatever cannot cross.
PAGE = """() => {
  const messages = [];
  const describe = (value) => ArrayBuffer.isView(value)
    ? { array: value.constructor.name, length: value.length, first: value[0] }
    : value;
  return {
    post(message, transfer = []) {
      const { data } = { data: structuredClone(message, { transfer }) };
      if (transfer.some((buffer) => buffer.byteLength)) throw new Error('a buffer was copied, not transferred');
      messages.push(data);
    },
    take: () => JSON.stringify(messages.splice(0), (key, value) => describe(value)),
    request: (text, buffers) => {
      const request = JSON.parse(text);
      (request.payload.files ?? []).forEach((file, i) => { file.bytes = buffers[i]; });
      return request;
    },
  };
}"""


class Tab:
    """A session and the page it talks to."""

    def __init__(self):
        self.page = run_js(PAGE)()
        self.session = Session(self.page.post)
        self._n_requests = 0

    def ask(self, kind, *buffers, **payload):
        """Send a request, with typed arrays as the bytes of its files; its reply, and the events on the way."""
        self._n_requests += 1
        text = json.dumps({"id": self._n_requests, "type": kind, "payload": payload})
        self.session.receive(self.page.request(text, list_to_js(buffers)))
        while self.session.pump():
            pass
        *events, reply = json.loads(self.page.take())
        assert reply["id"] == self._n_requests
        return reply, events


def list_to_js(items):
    array = js.Array.new()
    for item in items:
        array.push(item)
    return array


def bytes_to_js(content):
    array = js.Uint8Array.new(len(content))
    array.assign(content)
    return array


@pytest.fixture
def tab():
    return Tab()


@pytest.fixture
def prepared(tab):
    names = [(speaker, name) for speaker in range(3) for name in ("yes", "no", "up")]
    files = [{"path": f"{name}/s{speaker}.wav"} for speaker, name in names]
    buffers = [bytes_to_js(wav(word(name, speaker))) for speaker, name in names]
    reply, _ = tab.ask("clips.add_files", *buffers, files=files)
    assert reply["result"]["nClips"] == 9, reply
    reply, _ = tab.ask("clips.prepare", preset="classic", commands=["yes", "no"])
    assert reply["ok"], reply
    return tab


def test_ready_crosses_with_camel_case_keys(tab):
    tab.session.ready()
    (ready,) = json.loads(tab.page.take())
    assert ready["type"] == "boot.ready"
    assert ready["payload"]["defaults"]["settings"]["compact"].keys() >= {"learningRate", "batchSize", "nIterations"}


def test_an_error_crosses_with_code_and_message(tab):
    reply, _ = tab.ask("clips.explode")
    assert reply["ok"] is False
    assert reply["error"]["code"] == "unknown_request"


def test_none_crosses_as_null_both_ways(prepared):
    reply, _ = prepared.ask("clips.example", label=None)
    assert reply["result"]["label"] in ("yes", "no", "other")
    settings = {"network": "classic", "learningRate": 0.001, "batchSize": 4, "nIterations": 2, "seed": 1}
    reply, events = prepared.ask("train.run", **settings, optimizer="adamw")
    assert reply["result"]["failure"] is None
    progress = [event["payload"] for event in events if event["type"] == "train.progress"]
    assert progress[0]["accuracy"] is None
    assert progress[0].keys() >= {"nIterations", "examplesPerSecond", "elapsedS"}


def test_samples_pictures_and_checkpoints_are_transferred_as_typed_arrays(prepared):
    reply, _ = prepared.ask("clips.example", label="yes")
    samples, picture = reply["result"]["samples"], reply["result"]["picture"]
    assert (samples["array"], samples["length"]) == ("Float32Array", 16_000)
    assert (picture["intensities"]["array"], picture["intensities"]["length"]) == ("Uint8Array", 600)
    settings = {"network": "classic", "learningRate": 0.001, "batchSize": 4, "nIterations": 1, "seed": 1}
    reply, events = prepared.ask("train.run", **settings, optimizer="adamw")
    (checkpoint,) = [event["payload"] for event in events if event["type"] == "train.checkpoint"]
    assert checkpoint["bytes"]["array"] == "Uint8Array"
    assert checkpoint["bytes"]["length"] > 100_000
    assert reply["result"]["bytes"]["array"] == "Uint8Array"


def test_blocks_are_heard_from_the_inbox(prepared):
    settings = {"network": "classic", "learningRate": 0.001, "batchSize": 4, "nIterations": 1, "seed": 1}
    prepared.ask("train.run", **settings, optimizer="adamw")
    reply, _ = prepared.ask("listen.start", sampleRateHz=16_000)
    assert reply["result"]["hopMs"] == 96
    heap_set = run_js("(heap, samples, address) => heap.HEAPF32.set(samples, address / 4)")
    samples = noise(0, n_samples=32_000)
    for position, n_samples in [(0, 12_800), (12_800, 12_800), (25_600, 6400)]:
        block = js.Float32Array.new(n_samples)
        block.assign(samples[position:][:n_samples])
        heap_set(pyodide_js._module, block, prepared.session.inbox(n_samples))
        waited_for = prepared.session.push_audio(n_samples, position)
        assert position + n_samples < waited_for <= position + n_samples + 1536
    updates = [event for event in json.loads(prepared.page.take()) if event["type"] == "listen.update"]
    assert len(updates) == (1 + (32_000 - 1024) // 512) // 3
    expected_dbfs = 10 * np.log10(np.mean(samples[: 3 * 512].astype(np.float64) ** 2))
    assert updates[0]["payload"]["levelDbfs"] == pytest.approx(expected_dbfs, abs=1)
    reply, _ = prepared.ask("listen.stop")
    assert reply["result"] == {"nSamples": 32_000, "nDropped": 0, "nDetections": reply["result"]["nDetections"]}
