"""The desk: Sayso run outside a browser, by `python -m sayso COMMAND`; each command is a module of this package.

Nothing here computes: a command reads options and files, calls the packages above, and prints or writes what they
return. What the tab needs too does not live here, since the page does not import it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from sayso.cli import adapt, alarms, evaluate, features, stream, synth_stream, train, tune
from sayso.errors import SaysoError


class Subcommand(Protocol):
    """What the module of a command defines."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def run(self, options: argparse.Namespace) -> None:
        """Carry the command out.

        Raises
        ------
        SaysoError
        """


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "train": train,
    "tune": tune,
    "adapt": adapt,
    "evaluate": evaluate,
    "stream": stream,
    "alarms": alarms,
    "synth-stream": synth_stream,
    "features": features,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : those of the process unless given

    Returns
    -------
    The exit code: 0, or 1 after an error, which is told on standard error
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except SaysoError as error:
        print(f"sayso: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"sayso: file_unreadable: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sayso", description="Teach a network spoken commands, and use it.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in SUBCOMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser
