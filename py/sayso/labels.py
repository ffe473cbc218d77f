"""The labels a network tells apart: the commands, then "other" words, then "silence"."""

from __future__ import annotations

from collections.abc import Sequence

from sayso.errors import SaysoError

OTHER = "other"
SILENCE = "silence"
BACKGROUND_NOISE = "_background_noise_"
SILENCE_FOLDERS = frozenset({SILENCE, "_silence_"})
NOISE_FOLDERS = SILENCE_FOLDERS | {BACKGROUND_NOISE}
MAX_COMMANDS = 30
MAX_LABEL_CHARACTERS = 40


def labels_for(commands: Sequence[str]) -> tuple[str, ...]:
    """The labels of a model for these commands.

    Raises
    ------
    SaysoError : `bad_label`, a command that is empty, too long, repeated, reserved, or too many of them
    """
    if not 1 <= len(commands) <= MAX_COMMANDS:
        raise SaysoError("bad_label", f"{len(commands)} commands: expected 1 to {MAX_COMMANDS}")
    for command in commands:
        if not command.strip() or len(command) > MAX_LABEL_CHARACTERS or not command.isprintable():
            raise SaysoError("bad_label", f"command {command[:60]!r}: expected 1 to {MAX_LABEL_CHARACTERS} characters")
        if command in NOISE_FOLDERS | {OTHER}:
            raise SaysoError("bad_label", f"command {command!r}: the name is reserved")
        if list(commands).count(command) > 1:
            raise SaysoError("bad_label", f"command {command!r}: named twice")
    return (*commands, OTHER, SILENCE)


def commands_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The commands among a model's labels."""
    return tuple(label for label in labels if label not in (OTHER, SILENCE))
