"""Requests answered one after another, and one long request at a time run in slices between them.

Messages are those of web/worker/protocol.js, as Python values with snake_case keys; `session` carries them to the page.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass

from sayso.arrays import F32
from sayso.data.sample_store import Keep, keep_here
from sayso.errors import SaysoError
from sayso.listening.detector import Detection
from sayso.listening.listener import Dropped, Update
from sayso.worker.catalogue import introduction
from sayso.worker.workbench import Job, Payload, Workbench

SLICE_S = 0.05
ANY_STATE = ("idle", "preparing", "training", "listening")
LISTEN_EVENTS = {Update: "listen.update", Detection: "listen.detection", Dropped: "audio.dropped"}


@dataclass(frozen=True)
class Running:
    """A long request under way, and the state it means."""

    id: int
    job: Job
    state: str


class Service:
    """Answers requests through `send`, which takes a message of Python values; `keep` is the workbench's."""

    def __init__(self, send: Callable[[Payload], None], *, keep: Keep = keep_here) -> None:
        self._send = send
        self._workbench = bench = Workbench(keep=keep)
        self._running: Running | None = None
        # by request type: the states in which it is allowed, and who answers
        self._handlers: dict[str, tuple[tuple[str, ...], Callable[[Payload], Payload | Job]]] = {
            "session.ping": (ANY_STATE, lambda _: {"state": self.state}),
            "job.cancel": (ANY_STATE, self._cancel),
            "clips.clear": (("idle", "listening"), bench.clips_clear),
            "clips.mark": (("idle",), bench.clips_mark),
            "clips.restore": (("idle",), bench.clips_restore),
            "clips.add_sprite": (("idle",), bench.clips_add_sprite),
            "clips.add_files": (("idle",), bench.clips_add_files),
            "clips.add_zip": (("idle",), bench.clips_add_zip),
            "clips.prepare": (("idle",), bench.clips_prepare),
            "clips.example": (("idle", "training", "listening"), bench.clips_example),
            "clips.encode_wav": (("idle",), bench.clips_encode_wav),
            "train.run": (("idle",), bench.train_run),
            "train.resume": (("idle",), bench.train_resume),
            "train.stop": (("training",), bench.train_stop),
            "model.load": (("idle",), bench.model_load),
            "listen.start": (("idle",), bench.listen_start),
            "listen.tune": (("listening",), bench.listen_tune),
            "listen.stop": (("listening",), bench.listen_stop),
        }

    @property
    def state(self) -> str:
        if self._running:
            return self._running.state
        return "listening" if self._workbench.listener else "idle"

    def ready(self) -> None:
        """Say that requests are answered from here on, and what there is to choose from."""
        self._send({"type": "boot.ready", "payload": introduction()})

    def receive(self, request: Payload) -> None:
        """Answer a request, or begin a long one that `pump` will answer."""
        try:
            kind = request["type"]
            if kind not in self._handlers:
                raise SaysoError("unknown_request", f"request {kind!r}: expected one of {', '.join(self._handlers)}")
            allowed, handler = self._handlers[kind]
            if self.state not in allowed:
                raise SaysoError("wrong_state", f"{kind} while {self.state}: expected {' or '.join(allowed)}")
            answer = handler(request["payload"])
        except Exception as error:  # whatever it is, it crosses to the page as the reply
            self._fail(request["id"], error)
            return
        if isinstance(answer, Generator):
            self._running = Running(request["id"], answer, "training" if kind.startswith("train.") else "preparing")
        else:
            self._send({"id": request["id"], "ok": True, "result": answer})

    def pump(self) -> bool:
        """Run the long request for one slice; True while there is more to do."""
        deadline_s = time.perf_counter() + SLICE_S
        while (running := self._running) and time.perf_counter() < deadline_s:
            try:
                kind, payload = next(running.job)
            except StopIteration as finished:
                self._running = None
                self._send({"id": running.id, "ok": True, "result": finished.value})
            except Exception as error:
                self._running = None
                self._fail(running.id, error)
            else:
                self._send({"type": kind, "payload": {"id": running.id} | payload})
        return self._running is not None

    def push_audio(self, samples: F32, position: int) -> int:
        """Take a microphone block; blocks on their way when listening stops are not wanted.

        Returns
        -------
        position of the microphone's stream up to which no other block is needed
        """
        listener = self._workbench.listener
        if listener is None:
            return 0
        for event in listener.accept(samples, position=position):
            payload = vars(event)
            if isinstance(event, Update):
                payload = payload | {"columns": vars(event.columns)}
            self._send({"type": LISTEN_EVENTS[type(event)], "payload": payload})
        return listener.next_hop

    def _cancel(self, payload: Payload) -> Payload:
        running = self._running
        if running is None or running.id != payload["id"]:
            return {"cancelled": False}
        self._running = None
        running.job.close()
        self._fail(running.id, SaysoError("cancelled", f"request {running.id} was cancelled"))
        return {"cancelled": True}

    def _fail(self, request_id: int, error: Exception) -> None:
        if isinstance(error, SaysoError):
            failure = {"code": error.code, "message": error.message}
        elif isinstance(error, MemoryError):
            failure = {"code": "out_of_memory", "message": str(error) or "Python ran out of memory"}
        else:
            failure = {"code": "internal", "message": "".join(traceback.format_exception(error))}
        self._send({"id": request_id, "ok": False, "error": failure})
