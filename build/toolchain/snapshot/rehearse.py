"""Runs inside Pyodide: does once what the page asks for, so that the snapshot can hold the modules that takes.

Its value, in JSON, is the names of the modules in the order in which they were imported.
"""

import contextlib
import io
import json
import sys
import zipfile
from typing import Any

import numpy as np
import sayso.worker.session  # noqa: F401  the page imports it
from sayso.arrays import F32
from sayso.audio.wav import encode_wav
from sayso.worker.requests import Message
from sayso.worker.service import Service

RATE_HZ = 16_000
rng = np.random.default_rng(0)


def noise(n_samples: int) -> F32:
    return rng.uniform(-0.3, 0.3, n_samples).astype(np.float32)


messages: list[Message] = []
service = Service(messages.append)


def ask(kind: str, **payload: object) -> Any:
    service.receive({"id": len(messages), "type": kind, "payload": payload})
    while service.pump():
        pass
    reply = messages[-1]
    if not reply["ok"]:
        raise RuntimeError(f"{kind}: {reply['error']}")
    return reply["result"]


service.ready()
told = messages[-1]["payload"]
defaults, presets = told["defaults"], {network["name"]: network["preset"] for network in told["networks"]}
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for n in range(12):
        for word in ("yes", "no", "maybe"):
            archive.writestr(f"{word}/speaker{n}_nohash_0.wav", encode_wav(noise(RATE_HZ), rate_hz=RATE_HZ))
clip = {"samples": noise(2 * RATE_HZ), "sample_rate_hz": 48_000}
ask("take.check", **clip)
ask("clips.add_zip", name="words.zip", file=packed)
for network, settings in defaults["settings"].items():
    ask("clips.prepare", preset=presets[network], commands=defaults["commands"])
    trained = ask("train.run", **settings | {"n_iterations": 2, "batch_size": 8})
    checkpoint = next(m["payload"]["bytes"] for m in reversed(messages) if m.get("type") == "train.checkpoint")
    ask("train.resume", checkpoint=checkpoint, n_iterations=3)
    ask("train.run", **settings | {"network": network, "n_iterations": 1, "batch_size": 8, "start_from": "current"})
    ask("clips.example", label=None)
    card = ask("model.load", bytes=trained["bytes"], name="rehearsed")
    ask("listen.start", sample_rate_hz=48_000)
    for n in range(100):
        service.push_audio(noise(1024), 1024 * n)
    ask("listen.tune", threshold=0.5)
    ask("listen.stop")
with contextlib.suppress(RuntimeError):
    ask("model.load", bytes=b"nothing", name="refused")
json.dumps(list(sys.modules))
