"""How far a long job has come, on stderr."""

import sys
from typing import Final

N_STEPS: Final = 50


class Progress:
    """Lines `[done/total] what`, as build/engine/console.py reads them; on a terminal one line in place.

    Parameters
    ----------
    n_total : how many there are
    what : name of what is counted, in the plural
    """

    def __init__(self, n_total: int, what: str) -> None:
        self._n_total, self._what, self._n_done = n_total, what, 0

    def advance(self) -> None:
        """Count one more as done."""
        steps_before = self._n_done * N_STEPS // self._n_total
        self._n_done += 1
        if self._n_done * N_STEPS // self._n_total > steps_before:
            in_place = sys.stderr.isatty() and self._n_done < self._n_total
            line = f"[{self._n_done}/{self._n_total}] {self._what}"
            print(line, end="\r" if in_place else "\n", file=sys.stderr, flush=True)
