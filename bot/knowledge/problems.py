"""What is wrong with a content file, and where.

Invariant: every complaint about content names a file and a line a person can open.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, order=True)
class Problem:
    """One complaint. `level` error stops loading; warning only shows in `b12bot check`."""

    file: str
    line: int
    message: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message}"


class ContentError(Exception):
    """Content that cannot be used; `problems` holds all of it, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(path: Path, root: Path) -> str:
    """The path as an editor of `root` would name it."""
    try:
        return str(path.relative_to(root.parent))
    except ValueError:
        return str(path)
