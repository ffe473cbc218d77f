"""Frozen dataclasses made from plain values that strangers wrote: JSON of files, payloads of requests."""

from __future__ import annotations

import math
import sys
import types
from dataclasses import MISSING, asdict, fields
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from sayso.errors import SaysoError


def refuse_unless(condition: bool, code: str, name: str, value: object, expected: str) -> None:
    """Raise `code`, naming the field, its value and what was expected, unless the condition holds."""
    if not condition:
        raise SaysoError(code, f"{name}={value!r:.100}: expected {expected}")


class Typed:
    """Base of frozen dataclasses whose annotations describe what plain values they are made from.

    A field may be a number, a text, a `Literal`, None or one of these, a tuple of one type, another `Typed`, or a class
    that the value must be an instance of. Subclasses name their `code`, that of the SaysoError for what does not fit.
    """

    code: ClassVar[str]
    _hints: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._hints = get_type_hints(cls)  # once a class: it compiles every annotation, a third of loading a model

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_dict(cls, values: object, *, name: str = "") -> Self:
        """Build from plain values, refusing unknown or missing names and values of another type.

        Parameters
        ----------
        values : a dict, by field
        name : what errors call the whole; the class's name unless told otherwise

        Raises
        ------
        SaysoError : the class's `code`, naming the field and its value
        """
        name = name or cls.__name__
        refuse_unless(isinstance(values, dict), cls.code, name, values, "an object")
        assert isinstance(values, dict)
        known = {field.name: field.default is MISSING for field in fields(cls)}  # type: ignore[arg-type]  # a dataclass
        unknown = sorted(set(map(str, values)) - known.keys())
        expected = f"only {', '.join(sorted(known))}" if known else "nothing"
        refuse_unless(not unknown, cls.code, name, unknown[:5], expected)
        missing = [key for key, is_required in known.items() if is_required and key not in values]
        refuse_unless(not missing, cls.code, name, list(values), f"a value for {', '.join(missing)}")
        hints = cls._hints
        return cls(**{key: _checked(cls.code, f"{name}.{key}", hints[key], value) for key, value in values.items()})


def _checked(code: str, name: str, hint: Any, value: object) -> Any:
    """`value` as the type that `hint` asks for, or an error with `code`."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        if value is None and len(options) < len(get_args(hint)):
            return None
        if len(options) == 1:
            return _checked(code, name, options[0], value)
        classes = tuple(get_origin(option) or option for option in options)
        refuse_unless(isinstance(value, classes), code, name, value, " or ".join(each.__name__ for each in classes))
        return value
    if origin is Literal:
        is_one = any(type(value) is type(option) and value == option for option in get_args(hint))
        refuse_unless(is_one, code, name, value, f"one of {', '.join(map(repr, get_args(hint)))}")
        return value
    if origin is tuple:
        refuse_unless(isinstance(value, (list, tuple)), code, name, value, "a list")
        assert isinstance(value, (list, tuple))
        return tuple(_checked(code, f"{name}[{i}]", get_args(hint)[0], item) for i, item in enumerate(value))
    if isinstance(hint, type) and issubclass(hint, Typed):
        return hint.from_dict(value, name=name)
    if hint is float:
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.inf
        refuse_unless(abs(number) <= sys.float_info.max, code, name, value, "a finite number")
        return float(number)
    kind = origin or hint
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    refuse_unless(fits, code, name, value, kind.__name__)
    return value
