"""A page as a service sees it."""

from __future__ import annotations

import io
import zipfile

from sayso.worker.service import Service

from .synthetic import wav, word

SETTINGS = {"network": "compact", "learning_rate": 3e-3, "batch_size": 16, "n_iterations": 40, "seed": 1,
            "optimizer": "adamw"}  # fmt: skip


class Page:
    """The other end of a service: sends requests, pumps, and keeps what comes back."""

    def __init__(self):
        self.messages = []
        self.service = Service(self.messages.append)
        self._n_requests = 0

    def send(self, kind, **payload):
        """Send a request; its id."""
        self._n_requests += 1
        self.service.receive({"id": self._n_requests, "type": kind, "payload": payload})
        return self._n_requests

    def answer(self, request_id):
        """The reply to a request, or None so far."""
        replies = [message for message in self.messages if message.get("id") == request_id]
        assert len(replies) <= 1
        return replies[0] if replies else None

    def ask(self, kind, **payload):
        """Send a request, pump until it is answered; its result."""
        request_id = self.send(kind, **payload)
        while self.service.pump():
            pass
        reply = self.answer(request_id)
        assert reply["ok"], reply["error"]
        return reply["result"]

    def refusal(self, kind, **payload):
        """Send a request that must fail; its error."""
        request_id = self.send(kind, **payload)
        while self.service.pump():
            pass
        reply = self.answer(request_id)
        assert not reply["ok"], reply
        assert reply.keys() == {"id", "ok", "error"}
        assert reply["error"].keys() == {"code", "message"}
        return reply["error"]

    def events(self, kind):
        return [message["payload"] for message in self.messages if message.get("type") == kind]

    @property
    def state(self):
        return self.ask("session.ping")["state"] if not self.service._running else self.service.state


def recordings(*, n_speakers=8, names=("yes", "no", "up")):
    return [
        {"path": f"{name}/s{speaker}_nohash_0.wav", "bytes": wav(word(name, 1000 * speaker + i))}
        for speaker in range(n_speakers)
        for i, name in enumerate(names)
    ]


def zip_of(files):
    """An open zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content
