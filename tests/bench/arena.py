"""The contestants of a race as it asks them: in workers of one page, or in the desk's own Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import playwright.sync_api as pw

from tests.bench.contestant import LABEL_SMOOTHING, LEARNING_RATE, N_CHECKED, WEIGHT_DECAY, Contestant

CALL = "([method, ...given]) => import('./arena.js').then((arena) => arena[method](...given))"
SETTINGS = {
    "labelSmoothing": LABEL_SMOOTHING,
    "weightDecay": WEIGHT_DECAY,
    "rate": LEARNING_RATE,
    "nChecked": N_CHECKED,
}


class Racer(Protocol):
    """What every contestant can be asked."""

    name: str

    def load(self, network: str) -> None: ...
    def deviations(self) -> dict[str, float]: ...
    def train(self, n_steps: int) -> float: ...
    def infer(self, n_windows: int) -> float: ...


class InTab:
    """A contestant in a worker of the page."""

    def __init__(self, page: pw.Page, name: str, script: str) -> None:
        self.name, self._page = name, page
        self._arena("enter", name, script)

    def ask(self, method: str, *given: object) -> Any:
        return self._arena("ask", self.name, method, *given)

    def load(self, network: str) -> None:
        self.ask("load", network, SETTINGS)

    def deviations(self) -> dict[str, float]:
        found: dict[str, float] = self.ask("deviations")
        return found

    def train(self, n_steps: int) -> float:
        return float(self.ask("train", n_steps))

    def infer(self, n_windows: int) -> float:
        return float(self.ask("infer", n_windows))

    def _arena(self, *call: object) -> Any:
        return self._page.evaluate(CALL, list(call))


class OnDesk:
    """The same Python without a browser: native NumPy, one thread."""

    name = "NumPy on the desk"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, network: str) -> None:
        contestant = Contestant(str(self._folder), network)
        self.deviations, self.train, self.infer = contestant.deviations, contestant.train, contestant.infer
