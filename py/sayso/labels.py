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
# Words of a bank that are one sound with words that somebody may choose as a command.
SAME_SOUND = tuple(
    frozenset(words.split())
    for words in (
        "one won", "two to too", "four for fore", "eight ate", "right write rite", "no know", "new knew", "not knot",
        "nose knows", "none nun", "so sew sow", "oh owe", "toe tow", "great grate", "guest guessed", "you ewe",
        "pause paws", "okay ok", "red read", "blue blew", "by buy bye", "hi high", "hear here", "see sea", "be bee",
        "week weak", "wait weight", "son sun", "hour our", "through threw", "there their",
    )
)  # fmt: skip


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


def label_of(word: str, commands: Sequence[str]) -> str:
    """The label of a word: itself, a command that sounds the same (nobody could tell them apart), or "other"."""
    if word in commands:
        return word
    return next((command for command in commands if _sound_alike(word, command)), OTHER)


def _sound_alike(word: str, command: str) -> bool:
    ours, theirs = word.strip().casefold(), command.strip().casefold()
    return ours == theirs or any(ours in sound and theirs in sound for sound in SAME_SOUND)


def commands_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The commands among a model's labels."""
    return tuple(label for label in labels if label not in (OTHER, SILENCE))
