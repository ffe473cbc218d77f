"""What every configuration is: a frozen dataclass that checks its values, and goes to JSON and back."""

from __future__ import annotations

import math
import sys
import types
from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from sayso.errors import SaysoError


def require(condition: bool, name: str, value: object, expected: str) -> None:
    """Refuse a value unless the condition holds.

    Raises
    ------
    SaysoError : `bad_config`, naming the field, its value and what was expected
    """
    if not condition:
        raise SaysoError("bad_config", f"{name}={value!r:.100}: expected {expected}")


class Config:
    """Base of the configurations: to and from the JSON that model files carry."""

    _hints: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # kept, because it compiles every annotation: done at each call, it took a third of loading a model
        cls._hints = get_type_hints(cls)

    def to_dict(self) -> dict[str, Any]:
        """Names and values, as JSON can hold them."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Build from parsed JSON; names with a default may be left out.

        Raises
        ------
        SaysoError : `bad_config`, naming what is unknown or missing, or a value of another type or out of range
        """
        require(isinstance(values, dict), cls.__name__, values, "an object")
        assert isinstance(values, dict)
        hints = cls._hints
        known = {field.name: field.default is MISSING for field in fields(cls)}  # type: ignore[arg-type]  # a dataclass
        unknown = sorted(set(map(str, values)) - known.keys())
        require(not unknown, cls.__name__, unknown[:5], f"only {', '.join(sorted(known))}")
        missing = [name for name, is_required in known.items() if is_required and name not in values]
        require(not missing, cls.__name__, values, f"a value for {', '.join(missing)}")
        return cls(**{name: _checked(f"{cls.__name__}.{name}", hints[name], value) for name, value in values.items()})


def _checked(name: str, hint: Any, value: object) -> Any:
    """The value as the type that the annotation `hint` asks for; raises `bad_config` where it is of another."""
    if get_origin(hint) in (Union, types.UnionType):
        options = get_args(hint)
        if value is None and type(None) in options:
            return None
        return _checked(name, next(option for option in options if option is not type(None)), value)
    if get_origin(hint) is Literal:
        require(value in get_args(hint), name, value, f"one of {', '.join(map(repr, get_args(hint)))}")
        return value
    if get_origin(hint) is tuple:
        require(isinstance(value, (list, tuple)), name, value, "a list")
        assert isinstance(value, (list, tuple))
        return tuple(_checked(name, get_args(hint)[0], item) for item in value)
    if is_dataclass(hint) and isinstance(hint, type) and issubclass(hint, Config):
        return hint.from_dict(value)
    if hint is float:
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.inf
        require(abs(number) <= sys.float_info.max, name, value, "a finite number")
        return float(number)
    require(isinstance(value, hint) and not (hint is int and isinstance(value, bool)), name, value, hint.__name__)
    return value
