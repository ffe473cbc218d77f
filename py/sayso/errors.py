"""The one exception of the package."""


class SaysoError(Exception):
    """Something the user can act on.

    Parameters
    ----------
    code : str
        Stable, snake_case; the page turns it into a sentence that says what to do next.
    message : str
        Names the offending value and what was expected.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def to_dict(self) -> dict[str, str]:
        """As it crosses to the page."""
        return {"code": self.code, "message": self.message}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
