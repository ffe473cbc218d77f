"""The truth of a recording, which is what was said in it when: read from CSV, and written as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from sayso.errors import SaysoError

WORD_S = 1.0  # length of a word whose end is not told: that of a clip
START_NAMES = ("start_s", "start", "time_s", "time", "onset_s", "onset", "begin_s", "begin")
END_NAMES = ("end_s", "end", "offset_s", "offset", "stop_s", "stop")
LABEL_NAMES = ("label", "command", "keyword", "word")


@dataclass(frozen=True)
class Event:
    """Something that was said."""

    start_s: float
    end_s: float
    label: str
    word: str = ""  # the word that was said, where it is told beside what it counts as
    speaker: str = ""


def read_truth(text: str, *, duration_s: float = math.inf) -> list[Event]:
    """The events of a CSV text, in the order of their start.

    Columns are found by the names in a header: `start_s` or `time_s`, `label`, and perhaps `end_s`, `word` and
    `speaker`; others are passed over. Without a header they are start and label, or start, end and label. Commas,
    semicolons or tabs part them. Lines that are empty or begin with # are passed over. A word without an end lasts
    WORD_S.

    Parameters
    ----------
    text : str
    duration_s : length of the recording; an event that starts later is refused

    Raises
    ------
    SaysoError : `bad_truth`, naming the line and the value
    """
    lines = text.removeprefix("\ufeff").splitlines()
    numbered = [(number, line) for number, line in enumerate(lines, start=1)
                if line.strip() and not line.lstrip().startswith("#")]  # fmt: skip
    if not numbered:
        return []
    first = numbered[0][1]
    delimiter = next((mark for mark in "\t;" if mark in first), ",")
    cells = [(number, _cells(line, delimiter, number)) for number, line in numbered]
    header = cells[0][1]
    if _is_number(header[0]):
        columns: tuple[str, ...] = ("start_s", "end_s", "label") if len(header) > 2 else ("start_s", "label")
    else:
        columns = _columns(header, line=cells[0][0])
        cells = cells[1:]
    events = [_event(dict(zip(columns, row, strict=False)), number, duration_s) for number, row in cells]
    return sorted(events, key=lambda event: (event.start_s, event.end_s))


def write_truth(events: Sequence[Event]) -> str:
    """The events as CSV that `read_truth` reads; times are rounded to a millisecond."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["start_s", "end_s", "label", "word", "speaker"])
    for event in events:
        writer.writerow([f"{event.start_s:.3f}", f"{event.end_s:.3f}", event.label, event.word, event.speaker])
    return text.getvalue()


def _cells(line: str, delimiter: str, number: int) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error as error:
        raise SaysoError("bad_truth", f"line {number}: {line!r:.60}: {error}") from error


def _columns(header: Sequence[str], *, line: int) -> tuple[str, ...]:
    """The names of the columns, where those that mean a start, an end or a label are called as `Event` calls them."""
    names = [name.lower() for name in header]
    chosen = dict(enumerate(names))
    for own, likes, is_needed in (("start_s", START_NAMES, True), ("end_s", END_NAMES, False),
                                  ("label", LABEL_NAMES, True)):  # fmt: skip
        found = next((like for like in likes if like in names), None)
        if found:
            chosen[names.index(found)] = own
        elif is_needed:
            raise SaysoError("bad_truth", f"line {line}: header {','.join(header)!r:.200}: expected a column "
                             f"{' or '.join(likes)}")  # fmt: skip
    return tuple(chosen.values())


def _event(row: dict[str, str], line: int, duration_s: float) -> Event:
    start_s = _seconds(row, "start_s", line)
    end_s = _seconds(row, "end_s", line) if row.get("end_s") else start_s + WORD_S
    label = row.get("label", "")
    if not 0 <= start_s <= duration_s:
        raise SaysoError("bad_truth", f"line {line}: start_s {start_s:g}: expected 0 to {duration_s:g} s")
    if end_s < start_s:
        raise SaysoError("bad_truth", f"line {line}: end_s {end_s:g}: expected {start_s:g}, its start, or later")
    if not label:
        raise SaysoError("bad_truth", f"line {line}: label '': expected what was said")
    return Event(start_s, end_s, label, row.get("word", ""), row.get("speaker", ""))


def _seconds(row: dict[str, str], name: str, line: int) -> float:
    value = row.get(name, "")
    if not _is_number(value):
        raise SaysoError("bad_truth", f"line {line}: {name} {value!r:.60}: expected a number of seconds")
    return float(value)


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
