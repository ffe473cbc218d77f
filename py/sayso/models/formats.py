"""The kinds of file that a model can come in."""

from __future__ import annotations

from sayso.models.model import Model
from sayso.models.model_file import load_model
from sayso.models.published_2017 import read_2017


def open_model(content: bytes) -> Model:
    """The model of a model file, of a checkpoint, or of the 2017 demo's weights.

    Raises
    ------
    SaysoError : the codes of `load_model` and `read_2017`

    Examples
    --------
    >>> from sayso.features.presets import COMPACT
    >>> from sayso.models.formats import open_model
    >>> from sayso.models.model import new_model
    >>> from sayso.models.model_file import save_model
    >>> model = new_model("mine", features=COMPACT, labels=["yes", "other", "silence"], network="compact", seed=1)
    >>> content = save_model(model)  # the bytes of a file
    >>> open_model(content).labels
    ('yes', 'other', 'silence')
    """
    if content[:64].lstrip()[:1] == b"{":
        return read_2017(content)
    model, _ = load_model(content)
    return model
