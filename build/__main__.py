"""`python3 build COMMAND`: sets up, builds, serves and tests Sayso. Needs Python alone, then Node.js with npm."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

if sys.version_info < (3, 11):  # noqa: UP036, an older Python is told here, before it meets what it lacks
    sys.exit("Sayso needs Python 3.11 or later.")

from base import BASE, EMBEDDING
from checks import suites
from checks.formatting import mend_form
from engine.chromium import chromium
from engine.console import BuildError, say
from engine.desk import desk_environment, desk_python, recordings_folder
from engine.steps import CACHE, ROOT, locked, made_folders
from page import bundle, server, watch
from reports import benchmark, shipped

Command = Callable[[argparse.Namespace, list[str]], int]  # options, and arguments for a script; returns an exit code
MAX_PORT = 65_535
INTERRUPTED = 130  # exit code that shells expect after Ctrl-C


def on_desk(script: Sequence[object], env: dict[str, str] | None = None) -> int:
    """Run the desk's Python in the folder the caller is in; returns its exit code."""
    desk = desk_environment()
    importable = {"PYTHONPATH": os.pathsep.join((desk["PYTHONPATH"], str(ROOT / "build")))}
    full = {**os.environ, **desk, **importable, **(env or {})}
    return subprocess.run([desk_python(), *map(str, script)], env=full, check=False).returncode


def serve(options: argparse.Namespace, rest: list[str]) -> int:
    if options.watch:
        watch.serve_watched(options.host, options.port)
    else:
        server.serve(server.PageServer(bundle.DIST, options.host, options.port), bundle.build_site)
    return 0


def test(options: argparse.Namespace, rest: list[str]) -> int:
    if rest[:1] in (["-h"], ["--help"]):
        say(suites.HELP)
        return 0
    return 0 if suites.run_suites(rest) else 1


def check(options: argparse.Namespace, rest: list[str]) -> int:
    return 0 if suites.run_suites(suites.QUICK) else 1


def fix(options: argparse.Namespace, rest: list[str]) -> int:
    return 1 if mend_form()["failed"] else 0


def site(options: argparse.Namespace, rest: list[str]) -> int:
    say(f"The page is in {bundle.build_site()}")
    return 0


def voices(options: argparse.Namespace, rest: list[str]) -> int:
    say(f"The built-in voices are in {bundle.VOICES.ensure()}")
    return 0


def base(options: argparse.Namespace, rest: list[str]) -> int:
    say(f"Google's speech embedding is in {BASE.ensure()}")
    return 0


def sprites(options: argparse.Namespace, rest: list[str]) -> int:
    return on_desk([bundle.SPEECH / "sprites.py", *rest])


def models(options: argparse.Namespace, rest: list[str]) -> int:
    shipped.train_models()
    return 0


def compare(options: argparse.Namespace, rest: list[str]) -> int:
    recordings = recordings_folder() / "speech_commands"
    audio = ["--audio", recordings, "--audio", bundle.VOICES.ensure()]
    return on_desk(["-m", "reports.compare", *audio, "--out", shipped.MODELS / "networks.md", *rest])


def adapt_report(options: argparse.Namespace, rest: list[str]) -> int:
    recordings = recordings_folder() / "speech_commands"
    model, out = shipped.MODELS / shipped.SHIPPED[-1].file, shipped.MODELS / "adaptation.md"
    files = ["--model", model, "--audio", recordings, "--bank", bundle.VOICES.ensure(), "--out", out]
    return on_desk(["-m", "reports.adaptation", *files, *rest])


def own_words(options: argparse.Namespace, rest: list[str]) -> int:
    files = ["--base", BASE.ensure() / EMBEDDING, "--audio", recordings_folder() / "speech_commands"]
    return on_desk(["-m", "reports.own_words", *files, "--out", shipped.MODELS / "own-words.md", *rest])


def bench(options: argparse.Namespace, rest: list[str]) -> int:
    env = {"SAYSO_DIST": str(bundle.build_site()), "SAYSO_CHROMIUM": chromium(), **benchmark.bench_environment()}
    return on_desk([benchmark.BENCH, *rest], env)


def clean(options: argparse.Namespace, rest: list[str]) -> int:
    with locked(CACHE):
        for folder in (bundle.DIST, *made_folders()):
            say(f"removing {folder}")
            shutil.rmtree(folder, ignore_errors=True)
    return 0


PASSING_ON = (test, sprites, compare, adapt_report, own_words, bench)


def port(text: str) -> int:
    """A port number from the command line."""
    number = int(text)
    if not 0 <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{number}: expected 0 (any free one) to {MAX_PORT}")
    return number


def parser() -> argparse.ArgumentParser:
    """The command line; the commands of `PASSING_ON` hand what follows them to the program they run."""
    top = argparse.ArgumentParser(prog="python3 build", description="Sets up, builds, serves and tests Sayso.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    command = commands.add_parser("serve", help="build the page and serve it at http://localhost:8000")
    command.add_argument("--port", type=port, default=8000, help="8000 unless told otherwise")
    command.add_argument("--host", default="127.0.0.1", help="127.0.0.1, this machine alone, unless told otherwise")
    command.add_argument("--watch", action="store_true", help="serve the sources: an edit shows after a reload")
    command.set_defaults(run=serve)

    listing: tuple[tuple[str, Command, str], ...] = (
        ("test", test, "[SUITE ...] [PATH ...] [OPTION ...]: run all tests, or those selected"),
        ("check", check, "check style, types, the order of the layers and the JavaScript, in seconds"),
        ("fix", fix, "format the sources, and mend what can be mended"),
        ("site", site, "build the page into dist/, a folder for any web server"),
        ("voices", voices, "make the voices that come with the page"),
        ("base", base, "fetch and convert Google's speech embedding"),
        ("sprites", sprites, "DIR --out OUT: pack a folder of recordings as audio sprites"),
        ("models", models, "train the model that comes with the page, from recordings and voices"),
        ("compare", compare, "train every network and compare them"),
        ("adapt-report", adapt_report, "measure what a few recordings teach the model that comes with the page"),
        ("own-words", own_words, "measure what a few recordings teach a head on Google's speech embedding"),
        ("bench", bench, "measure the page in a browser"),
        ("clean", clean, "remove dist/ and everything kept from earlier builds"),
    )
    for name, run, text in listing:
        passes_on = run in PASSING_ON
        commands.add_parser(name, help=text, add_help=not passes_on).set_defaults(run=run, passes_on=passes_on)
    return top


def main() -> int:
    options, rest = parser().parse_known_args()
    if not hasattr(options, "run"):
        parser().print_help()
        return 0
    if rest and not getattr(options, "passes_on", False):
        parser().error(f"unknown arguments: {' '.join(rest)}")
    # SIGTERM acts as Ctrl-C does, so that programs that are running are ended too
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code: int = options.run(options, rest)
    except BuildError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command takes up where this one left off.", file=sys.stderr)
        return INTERRUPTED
    return code


sys.exit(main())
