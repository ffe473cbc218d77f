"""Runs inside Pyodide after find_linked.py: imports what the snapshot is to hold, and leaves nothing else behind.

/modules.json: [names of modules]
"""

import contextlib
import gc
import importlib
import json
import os
import sys
from pathlib import Path

for name in json.loads(Path("/modules.json").read_text()):
    with contextlib.suppress(ImportError):  # names that packages give to what is no module of its own
        importlib.import_module(name)

from sayso.workbench import introduction  # noqa: E402  after the modules, in the order in which they came

introduction()  # it is kept for when the page asks
del sys.meta_path[0]  # find_linked.py's
del os.environ["PYTHONHASHSEED"]
for name in [name for name in globals() if not name.startswith("__") and name != "gc"]:
    del globals()[name]
gc.collect()
gc.freeze()  # collections need not look at all this again
