"""The whole bot as a process while what is around it breaks for some seconds: nothing lost, every alert sent.

`make bench ONLY=faults` does the same for thirty seconds each.
"""

from __future__ import annotations

import pytest

from benchmarks.faults import measure


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["database gone", "disk full"])
def test_gone_for_a_while(fault: str) -> None:
    found = measure(fault, seconds=2.0, rate=10.0, lead=1.0)
    assert found.lost == 0
    assert found.unalerted == 0
    assert found.odd == []
