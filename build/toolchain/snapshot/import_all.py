"""Runs inside Pyodide after find_linked.py: imports what the snapshot is to hold; of its own names only `gc` stays.

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

# after the modules, in the order in which they came
import numpy as np  # noqa: E402
from sayso.features.presets import PRESETS  # noqa: E402
from sayso.listening.listener import Listener  # noqa: E402
from sayso.models.model import new_model  # noqa: E402
from sayso.models.networks import ARCHITECTURES  # noqa: E402
from sayso.worker.catalogue import introduction  # noqa: E402

# What these compute at the first time is kept for when the page asks.
introduction()
for network in ("compact", "residual"):  # of the models that come with the page
    preset = PRESETS[ARCHITECTURES[network].preset]
    model = new_model("", features=preset, labels=("yes", "other", "silence"), network=network, seed=None)
    list(Listener(model, sample_rate_hz=48_000).accept(np.zeros(96_000, np.float32), position=0))
del sys.meta_path[0]  # find_linked.py's
del os.environ["PYTHONHASHSEED"]
for name in [name for name in globals() if not name.startswith("__") and name not in ("gc", "name")]:
    del globals()[name]
del name
gc.collect()
gc.freeze()  # collections need not look at all this again
