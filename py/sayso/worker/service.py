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
from sayso.worker.payloads import JobId
from sayso.worker.requests import ANY_STATE, Job, Message, Nothing, State, request, requests_of
from sayso.worker.workbench import Workbench

SLICE_S = 0.05
LISTEN_EVENTS = {Update: "listen.update", Detection: "listen.detection", Dropped: "audio.dropped"}


@dataclass(frozen=True)
class Running:
    """A long request under way, and the state it means."""

    id: int
    job: Job
    state: State


class Service:
    """Answers requests through `send`, which takes a message of Python values; `keep` is the workbench's."""

    def __init__(self, send: Callable[[Message], None], *, keep: Keep = keep_here) -> None:
        self._send = send
        self._workbench = Workbench(keep=keep)
        self._running: Running | None = None
        self._requests = requests_of(self) | requests_of(self._workbench)

    @property
    def state(self) -> State:
        if self._running:
            return self._running.state
        return "listening" if self._workbench.listener else "idle"

    def ready(self) -> None:
        """Say that requests are answered from here on: which, in what states, and what there is to choose from."""
        requests = [{"type": name, "states": list(each.request.states)} for name, each in self._requests.items()]
        self._send({"type": "boot.ready", "payload": introduction() | {"requests": requests}})

    def receive(self, message: Message) -> None:
        """Answer a request, or begin a long one that `pump` will answer."""
        try:
            name = message.get("type")
            if not isinstance(name, str) or name not in self._requests:
                raise SaysoError("unknown_request", f"request {name!r}: expected one of {', '.join(self._requests)}")
            answer_to = self._requests[name]
            states = answer_to.request.states
            if self.state not in states:
                raise SaysoError("wrong_state", f"{name} while {self.state}: expected {' or '.join(states)}")
            answer = answer_to(message.get("payload"))
        except Exception as error:  # whatever it is, it crosses to the page as the reply
            self._fail(message["id"], error)
            return
        if isinstance(answer, Generator):
            self._running = Running(message["id"], answer, answer_to.request.runs_as)
        else:
            self._send({"id": message["id"], "ok": True, "result": answer})

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

    @request("session.ping", *ANY_STATE, payload=Nothing)
    def _ping(self, _: Nothing) -> Message:
        return {"state": self.state}

    @request("job.cancel", *ANY_STATE, payload=JobId)
    def _cancel(self, job: JobId) -> Message:
        running = self._running
        if running is None or running.id != job.id:
            return {"cancelled": False}
        self._running = None
        running.job.close()
        self._fail(running.id, SaysoError("cancelled", f"request {running.id} was cancelled"))
        return {"cancelled": True}

    def _fail(self, request_id: int, error: Exception) -> None:
        if isinstance(error, SaysoError):
            failure = error.to_dict()
        elif isinstance(error, MemoryError):
            failure = {"code": "out_of_memory", "message": str(error) or "Python ran out of memory"}
        else:
            failure = {"code": "internal", "message": "".join(traceback.format_exception(error))}
        self._send({"id": request_id, "ok": False, "error": failure})
