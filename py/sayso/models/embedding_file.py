"""An embedding's weights as a safetensors file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sayso.arrays import Floats
from sayso.errors import SaysoError
from sayso.models.embedding import POOLS, Embedding
from sayso.models.model_file import fill
from sayso.models.safetensors import read_tensors, write_tensors

FORMAT = "sayso-embedding"
VERSION = "1"


def write_embedding(embedding: Embedding, notes: Mapping[str, str], *, half: bool = False) -> bytes:
    """The bytes of a safetensors file.

    Parameters
    ----------
    embedding : Embedding
    notes : text by name, where the weights come from, to stand in the file's metadata
    half : whether the weights are stored as float16, which halves the file
    """
    dtype = np.dtype(np.float16 if half else np.float32)
    tensors = {name: tensor.astype(dtype) for name, tensor in embedding.tensors.items()}
    return write_tensors(tensors, {**notes, "format": FORMAT, "version": VERSION})


def read_embedding(content: bytes) -> Embedding:
    """The embedding in a file's bytes; its weights become float32, however they were stored.

    Raises
    ------
    SaysoError : those of `read_tensors`; `model_not_sayso`, `model_version`, `model_shape` or `model_not_finite`
    """
    tensors, metadata = read_tensors(content)
    if metadata.get("format") != FORMAT:
        raise SaysoError("model_not_sayso", f"format {metadata.get('format')!r:.60}: expected {FORMAT!r}")
    if metadata.get("version") != VERSION:
        raise SaysoError("model_version", f"version {metadata.get('version')!r:.60}: this Sayso reads {VERSION}")
    embedding = Embedding(_widths(tensors))
    fill(embedding.tensors, tensors)
    return embedding


def _widths(tensors: Mapping[str, Floats]) -> list[int]:
    """The width of each stage, from the bias of its first convolution."""
    biases = [tensors.get(f"conv{stage}a.bias") for stage in range(1, len(POOLS) + 1)]
    widths = [0 if bias is None else bias.size for bias in biases]
    if not all(widths):
        raise SaysoError("model_shape", f"stages {widths} channels wide: expected five of one or more")
    return widths
