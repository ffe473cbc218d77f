"""The examples in docstrings, copied to a fresh prompt, print what they show: on a desk and in the tab."""

import doctest
import pkgutil
import sys
from importlib import import_module

import pytest
import sayso

# these import `js`, which only Pyodide has
ONLY_IN_PYODIDE = set() if sys.platform == "emscripten" else {"sayso.worker.javascript", "sayso.worker.session"}
RUNS_WHEN_IMPORTED = {"sayso.__main__"}  # importing it runs the command line
TAUGHT_BY_EXAMPLE = {
    "sayso.features.log_mel.log_mel",
    "sayso.features.log_mel.StreamingLogMel",
    "sayso.listening.detector.Detector",
    "sayso.models.formats.open_model",
    "sayso.training.trainer.Trainer",
}


def find_examples():
    """The docstrings that hold examples, by the names of the modules they stand in."""
    names = {"sayso", *(found.name for found in pkgutil.walk_packages(sayso.__path__, "sayso."))}
    finder = doctest.DocTestFinder()
    docstrings = {
        name: [docstring for docstring in finder.find(import_module(name), name, globs={}) if docstring.examples]
        for name in sorted(names - ONLY_IN_PYODIDE - RUNS_WHEN_IMPORTED)
    }
    return {name: found for name, found in docstrings.items() if found}


EXAMPLES = find_examples()


@pytest.mark.parametrize("module", EXAMPLES)
def test_examples_print_what_they_show(module):
    runner, report = doctest.DocTestRunner(verbose=False), []
    for docstring in EXAMPLES[module]:
        runner.run(docstring, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


def test_what_is_met_first_is_taught_by_example():
    shown = {docstring.name for found in EXAMPLES.values() for docstring in found}
    assert shown >= TAUGHT_BY_EXAMPLE
