"""Every number the package is steered by, as frozen dataclasses; each validates itself when it is made.

Presets, which are choices of these numbers, live in `features.presets`.
"""

from sayso.config.base import Config, require
from sayso.config.detector import DetectorConfig
from sayso.config.features import FeatureConfig, PcenConfig
from sayso.config.training import MAX_DB, AugmentConfig, TrainConfig

__all__ = [
    "MAX_DB",
    "AugmentConfig",
    "Config",
    "DetectorConfig",
    "FeatureConfig",
    "PcenConfig",
    "TrainConfig",
    "require",
]
