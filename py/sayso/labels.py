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
# Each text lists words that sound exactly alike; no word is in two of them.
SAME_SOUND = tuple(
    tuple(words.split())
    for words in (
        "one won", "two to too", "four for fore", "eight ate", "right write rite", "no know", "new knew", "not knot",
        "nose knows", "none nun", "so sew sow", "oh owe", "toe tow", "great grate", "guest guessed", "you ewe",
        "pause paws", "okay ok", "red read", "blue blew", "by buy bye", "hi high", "hear here", "see sea", "be bee",
        "week weak", "wait weight", "son sun", "hour our", "through threw", "there their",
    )
)  # fmt: skip
_SOUND = {word: words[0] for words in SAME_SOUND for word in words}  # the first word of a group stands for its sound


def labels_for(commands: Sequence[str]) -> tuple[str, ...]:
    """The labels of a model that recognises these commands: the commands, "other", "silence".

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
    """What a word counts as where these are the commands: itself, a command that sounds the same, or "other".

    Nobody can tell "know" from "no" by its sound, so a recording of it must neither teach nor score as another word.
    Training, scores of clips and of streams, and streams made of clips all ask here.
    """
    if word in commands:
        return word
    for form in (_plain, _sound_of):  # a command that is the same word comes before one that only sounds the same
        same = [command for command in commands if form(command) == form(word)]
        if same:
            return same[0]
    return OTHER


def _plain(word: str) -> str:
    return word.strip().casefold()


def _sound_of(word: str) -> str:
    return _SOUND.get(_plain(word), _plain(word))


def commands_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The commands among a model's labels."""
    return tuple(label for label in labels if label not in (OTHER, SILENCE))
