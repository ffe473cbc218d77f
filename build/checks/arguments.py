"""What follows `python3 build test`: names of suites, then paths and options for the program that runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.console import BuildError
from engine.steps import ROOT

HOW = "python3 build test [SUITE ...] [PATH ...] [OPTION ...]"
EXAMPLE = "python3 build test unit tests/unit/test_detector.py -k lasts"
# Options of pytest and of node's test runner whose value is a word of its own, which may be the name of a file too.
WITH_VALUE = frozenset(
    "-k -m -p -c -o -W -r -n --deselect --ignore --ignore-glob --rootdir --confcutdir --basetemp --junitxml "
    "--override-ini --import --require --test-reporter --test-reporter-destination --test-name-pattern "
    "--test-skip-pattern".split()
)


@dataclass(frozen=True)
class Arguments:
    """What a suite hands to the program that runs it.

    Attributes
    ----------
    options : as they were given, each followed by its value
    paths : files, folders or node ids of pytest, relative to the repository's root
    """

    options: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def within(self, folder: str) -> list[str]:
        """The command line of a runner whose tests are in `folder`: all of it unless paths were given."""
        return [*self.options, *(self.paths or (folder,))]

    def for_node(self) -> list[str]:
        """The options as node's test runner takes them: each one word, and pytest's -k by node's name for it."""
        joined: list[str] = []
        for before, word in zip(("", *self.options), self.options, strict=False):
            if word.startswith("-") and before not in WITH_VALUE:
                joined.append("--test-name-pattern" if word == "-k" else word)
            else:
                joined[-1] += f"={word}"
        return joined


@dataclass(frozen=True)
class Selection:
    """The suites to run, none for all, and what is handed on to each of them."""

    suites: tuple[str, ...]
    arguments: Arguments


def read_selection(words: Sequence[str], folders: Mapping[str, str]) -> Selection:
    """Tell suites, paths and options apart.

    Parameters
    ----------
    words : the command line after `test`
    folders : for every suite the folder its tests are in, relative to the repository's root; "" for a suite that runs
        as a whole and takes neither paths nor options

    Raises
    ------
    BuildError : a word that is neither, a path of another suite, options without a suite
    """
    n_suites = next((n for n, word in enumerate(words) if word not in folders), len(words))
    suites, rest = tuple(dict.fromkeys(words[:n_suites])), words[n_suites:]
    if not suites and rest and rest[0].startswith("-"):
        raise BuildError(f"{rest[0]} is for a suite, and none is named. As in: {EXAMPLE}")
    options: list[str] = []
    paths: list[str] = []
    for before, word in zip(("", *rest), rest, strict=False):
        path = None if word.startswith("-") or before in WITH_VALUE else _from_root(word)
        if path:
            paths.append(path)
        elif word.startswith("-") or before.startswith("-"):
            options.append(word)
        else:
            names = ", ".join(folders)
            raise BuildError(f"{word} is no test suite, and no path that is there.\n{HOW}\nThe suites: {names}")
    if not suites and paths:
        suites = (_suite_of(paths[0], folders),)
    if rest:
        for suite in suites:
            _check(suite, folders[suite], paths)
    return Selection(suites, Arguments(tuple(options), tuple(paths)))


def _from_root(word: str) -> str | None:
    """A path or node id, from the caller's folder or the root, as one from the root; None where nothing is there."""
    path, colons, test = word.partition("::")
    for base in (Path.cwd(), ROOT):
        there = (base / path).resolve()
        if path and there.exists() and there.is_relative_to(ROOT):
            return there.relative_to(ROOT).as_posix() + colons + test
    return None


def _belongs(path: str, folder: str) -> bool:
    return bool(folder) and Path(path.partition("::")[0]).is_relative_to(folder)


def _suite_of(path: str, folders: Mapping[str, str]) -> str:
    for suite, folder in folders.items():
        if _belongs(path, folder):
            return suite
    raise BuildError(f"{path} belongs to no suite. As in: {EXAMPLE}")


def _check(suite: str, folder: str, paths: Sequence[str]) -> None:
    if not folder:
        raise BuildError(f"The suite {suite} runs as a whole: it takes neither paths nor options.")
    if strays := [path for path in paths if not _belongs(path, folder)]:
        raise BuildError(f"{', '.join(strays)}: not of the suite {suite}, whose tests are in {folder}.")
