"""The README's chart: one row a contestant, one column a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from tests.bench.measure import Measure
from tests.bench.networks import NETWORKS

LABELS_PX, COLUMN_PX, GAP_PX, ROW_PX, BAR_PX = 178, 176, 16, 24, 14
HEAD_PX, LEAD_PX, FOOTNOTE_PX, MARGIN_PX = 26, 40, 20, 12
VALUE_PX = 56  # room for the number behind the longest bar
WIDTH_PX = 2 * MARGIN_PX + LABELS_PX + len(NETWORKS) * (COLUMN_PX + GAP_PX)

STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; fill: #1d1c1a }
.lead { font-weight: 600; font-size: 13px } .quiet { fill: #66625b } .end { text-anchor: end }
.paper { fill: #fffefb; stroke: #e0dcd3 } .bar { fill: #b9b3a8 } .sayso { fill: #0b7a75 } .own { font-weight: 600 }
.ceiling { fill: none; stroke: #8d887e; stroke-dasharray: 3 2 } .spread { stroke: #1d1c1a; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #edf0f2 } .quiet { fill: #a0a8b2 } .paper { fill: #1a1f26; stroke: #2e3641 } .bar { fill: #566170 }
  .sayso { fill: #4ecdc0 } .ceiling { stroke: #6d7783 } .spread { stroke: #edf0f2 }
}
"""


@dataclass(frozen=True)
class Panel:
    """A part of the chart for one kind of race."""

    kind: str
    lead: str
    written: Callable[[float], str]
    ceilings: Mapping[str, str]  # bounds of what is possible, by the measures' names, with what the chart calls them


PANELS = (
    Panel(
        "training", "Training, examples a second, batches of 64: longer is better", lambda value: f"{value:,.0f}",
        {"limit": "its matrix products alone*"},
    ),
    Panel(
        "inference", "Recognising one window, milliseconds: shorter is better", lambda value: f"{value:.2f}", {},
    ),
)  # fmt: skip
FOOTNOTES = (
    "* at the speed the tab multiplies matrices of these shapes with nothing else to do",
    "NumPy on the desk: Sayso without a browser, and without the loops that are compiled for the tab",
    "TensorFlow.js: on WebAssembly, with the kernel it lacks for training; tuned: its slow kernels replaced, too",
)


def draw(measures: list[Measure]) -> str:
    """An SVG of the measures that have keys."""
    found = {measure.key: measure for measure in measures if measure.key}
    parts, y = [], MARGIN_PX
    for panel in PANELS:
        drawn, y = _panel(panel, found, y)
        parts += drawn
    for footnote in FOOTNOTES:
        y += FOOTNOTE_PX
        parts.append(_text(MARGIN_PX + GAP_PX, y, footnote, "quiet"))
    height = y + MARGIN_PX + 4
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" width="{WIDTH_PX}" '
        f'height="{height}" role="img" aria-label="{escape(_summary(found))}">\n<style>{STYLE}</style>\n'
        f'<rect class="paper" x=".5" y=".5" width="{WIDTH_PX - 1}" height="{height - 1}" rx="12"/>\n{body}\n</svg>\n'
    )


def _panel(panel: Panel, found: Mapping[tuple[str, ...], Measure], y: int) -> tuple[list[str], int]:
    """The panel's SVG elements, and the height in pixels at which the next panel begins."""
    names = list(dict.fromkeys(key[2] for key in found if key[0] == panel.kind))
    rows = [name for name in names if name not in panel.ceilings] + [name for name in panel.ceilings if name in names]
    top = y + LEAD_PX + HEAD_PX
    parts = [_text(MARGIN_PX + GAP_PX, y + 26, panel.lead, "lead")]
    for i, name in enumerate(rows):
        kind = "end own" if not i else "end quiet" if name in panel.ceilings else "end"
        baseline = top + i * ROW_PX + BAR_PX - 2
        parts.append(_text(MARGIN_PX + LABELS_PX, baseline, panel.ceilings.get(name, name), kind))
    for column, network in enumerate(NETWORKS):
        x = MARGIN_PX + LABELS_PX + GAP_PX + column * (COLUMN_PX + GAP_PX)
        parts.append(_text(x, top - 9, network, "quiet"))
        shown = {name: found[panel.kind, network, name] for name in rows if (panel.kind, network, name) in found}
        parts += _bars(panel, rows, shown, x, top)
    return parts, top + len(rows) * ROW_PX


def _bars(panel: Panel, rows: list[str], shown: Mapping[str, Measure], x: int, top: int) -> Iterator[str]:
    scale = (COLUMN_PX - VALUE_PX) / max(measure.largest or measure.value for measure in shown.values())
    for i, name in enumerate(rows):
        if name not in shown:
            continue
        measure, y = shown[name], top + i * ROW_PX
        kind = "ceiling" if name in panel.ceilings else "bar" if i else "sayso"
        yield f'<rect class="{kind}" x="{x}" y="{y}" width="{scale * measure.value:.1f}" height="{BAR_PX}" rx="2"/>'
        end = measure.value
        if measure.least is not None and measure.largest is not None:
            begin, end = measure.least, measure.largest
            yield f'<path class="spread" d="M{x + scale * begin:.1f} {y + BAR_PX / 2}H{x + scale * end:.1f}"/>'
        yield _text(x + scale * end + 5, y + BAR_PX - 2, panel.written(measure.value), "" if i else "own")


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(text)}</text>'


def _summary(found: Mapping[tuple[str, ...], Measure]) -> str:
    """What the chart says, for those who cannot see it."""
    return "; ".join(f"{' '.join(key)}: {measure.value:.3g} {measure.unit}" for key, measure in found.items())
