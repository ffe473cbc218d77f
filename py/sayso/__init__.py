"""Sayso: teach a browser tab, or a desk, your spoken commands.

The names below are what most programs need, each documented where it stands; the packages beside them hold the rest.
"""

from sayso.config import FeatureConfig
from sayso.evaluation.metrics import evaluate
from sayso.features.log_mel import log_mel
from sayso.listening.listener import Listener
from sayso.models.formats import open_model
from sayso.training.trainer import Trainer

__all__ = ["FeatureConfig", "Listener", "Trainer", "__version__", "evaluate", "log_mel", "open_model"]
__version__ = "0.3.0"
