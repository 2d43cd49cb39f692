"""The whole bot as processes, killed with SIGKILL while it answers: nothing lost, nothing doubled that need not be.

`make bench ONLY=answer_kills` does the same with fifty kills in twenty thousand updates.
"""

from __future__ import annotations

import pytest

from benchmarks.answer_kills import measure


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_at_random(kind: str) -> None:
    found = measure(kind, updates=400, kills=3, seed=7)
    assert found.lost == 0
    assert found.unfinished == 0
    assert found.needlessly == 0
    assert found.odd == []
