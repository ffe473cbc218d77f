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
    with contextlib.suppress(ImportError):  # some of these names stand for what is no module of its own
        importlib.import_module(name)

# These come after the modules, which are imported in the order of the rehearsal.
import numpy as np  # noqa: E402
from sayso.features.presets import PRESETS  # noqa: E402
from sayso.listening.listener import Listener  # noqa: E402
from sayso.models.model import new_model  # noqa: E402
from sayso.models.networks import ARCHITECTURES  # noqa: E402
from sayso.worker.catalogue import introduction  # noqa: E402

# The snapshot holds what these compute at their first call, so that the page need not.
introduction()
for network in ("compact", "residual"):  # the networks of the models that come with the page
    preset = PRESETS[ARCHITECTURES[network].preset]
    model = new_model("", features=preset, labels=("yes", "other", "silence"), network=network, seed=None)
    list(Listener(model, sample_rate_hz=48_000).accept(np.zeros(96_000, np.float32), position=0))
del sys.meta_path[0]  # the finder of find_linked.py
del os.environ["PYTHONHASHSEED"]
for name in [name for name in globals() if not name.startswith("__") and name not in ("gc", "name")]:
    del globals()[name]
del name
gc.collect()
gc.freeze()  # garbage collections need not look at all this again
