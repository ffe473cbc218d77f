"""Files like the one of the 2017 demo's weights, of random numbers."""

import base64
import json

import numpy as np

SHAPES = {
    "save-conv2d-0-w": (5, 5, 1, 8),
    "save-conv2d-0-b": (8,),
    "save-conv2d-1-w": (5, 5, 8, 16),
    "save-conv2d-1-b": (16,),
    "save-fc1-weights": (8064, 4),
    "save-fc1-bias": (4,),
}


def random_nodes():
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape).astype("<f4") * np.float32(0.1) for name, shape in SHAPES.items()}


def file_of(nodes, **changed):
    saved = {
        name: {"shape": list(values.shape), "data": base64.encodebytes(values.tobytes()).decode()}
        for name, values in nodes.items()
    }
    return json.dumps(saved | changed).encode()
