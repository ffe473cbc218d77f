"""An order of parts: each may import itself and what stands below it, and nothing else of the order."""

from collections.abc import Sequence


class Levels:
    """Parts by level, the lowest first; the parts of one level, separated by spaces, do not import each other."""

    def __init__(self, levels: Sequence[str]) -> None:
        self.levels = levels
        self.height = {part: height for height, level in enumerate(levels) for part in level.split()}

    def fault(self, file: str, part: str, imported: str, name: str) -> str | None:
        """A sentence on why `file`, of `part`, may not import `name`, of `imported`; None where it may."""
        order = "the order is " + " < ".join(self.levels)
        if unknown := {part, imported} - self.height.keys():
            return f"{file} imports {name}: {', '.join(unknown)} has no place yet; {order}"
        if part == imported or self.height[imported] < self.height[part]:
            return None
        relation = "stands above" if self.height[imported] > self.height[part] else "stands beside"
        return f"{file} imports {name}: {imported} {relation} {part}; {order}"
