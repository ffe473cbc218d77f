"""The lines of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measure:
    """A value and the words it is reported with; of several rounds the median, the least and the largest."""

    what: str
    value: float
    unit: str
    least: float | None = None
    largest: float | None = None
    key: tuple[str, ...] = ()  # what the chart finds it by: kind of race, network, contestant
    details: object = None  # written to bench.json and not printed

    @classmethod
    def over(cls, what: str, values: Sequence[float], unit: str, *, key: tuple[str, ...] = ()) -> Measure:
        return cls(f"{what} (median of {len(values)})", median(values), unit, min(values), max(values), key)

    def __str__(self) -> str:
        spread = "" if self.least is None else f"{_figures(self.least)} to {_figures(self.largest)}"
        return f"{_figures(self.value):>10} {self.unit:10} {spread:22} {self.what}"


def _figures(value: float | None) -> str:
    """The value with three significant figures, or all of its whole part."""
    assert value is not None
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


Found = Measure | str  # a text tells how something was measured
