"""Answers that get worse and worse. Pure.

Invariant: the rule is one a nurse can check by eye: each of the last so many answers scored higher than the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def worsening(scores: Sequence[int], rises: int) -> bool:
    """Whether the last `rises` scores were each higher than the one before; `scores` oldest first."""
    last = scores[-(rises + 1) :]
    return len(last) == rises + 1 and all(later > earlier for earlier, later in pairwise(last))
