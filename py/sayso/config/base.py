"""What every configuration is: a frozen dataclass that checks its values, and goes to JSON and back."""

from __future__ import annotations

from sayso.typed import Typed, refuse_unless


class Config(Typed):
    """Base of the configurations: to and from the JSON that model files carry."""

    code = "bad_config"


def require(condition: bool, name: str, value: object, expected: str) -> None:
    """Refuse a value unless the condition holds.

    Raises
    ------
    SaysoError : `bad_config`, naming the field, its value and what was expected
    """
    refuse_unless(condition, Config.code, name, value, expected)
