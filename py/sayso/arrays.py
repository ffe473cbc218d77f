"""Array types used in signatures."""

from typing import Any

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
# Layers compute in the type they are given: float32 in use, float64 when their gradients are checked.
Floats = npt.NDArray[np.floating[Any]]
Shape = tuple[int, ...]
Rng = np.random.Generator
