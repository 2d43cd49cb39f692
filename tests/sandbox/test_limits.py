"""The flood limits as arithmetic, against a slow obvious count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.limits import Limits


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, -5]), st.floats(0, 3)), max_size=150))
def test_no_stretch_of_time_lets_more_through_than_rate_and_burst(steps: list[tuple[int, float]]) -> None:
    limits = Limits(enabled=True)
    now = 0.0
    passed: list[tuple[float, int]] = []
    for chat, gap in steps:
        now += gap
        wait = limits.refuse(chat, now)
        assert wait >= 0
        if wait == 0:
            passed.append((now, chat))
    for start, _ in passed:
        for end, _ in passed:
            if end < start:
                continue
            within = [chat for at, chat in passed if start <= at <= end]
            length = end - start
            assert len(within) <= 30 + 30 * length + 1e-6
            for chat in (1, 2, 3):
                assert within.count(chat) <= 3 + length + 1e-6
            assert within.count(-5) <= 20 + 20 / 60 * length + 1e-6


@given(st.sampled_from([1, -5]), st.integers(1, 60))
def test_who_waits_as_told_gets_through(chat: int, tries: int) -> None:
    limits = Limits(enabled=True)
    now = 0.0
    for _ in range(tries):
        now += limits.refuse(chat, now)
    wait = limits.refuse(chat, now)
    assert wait == 0 or limits.refuse(chat, now + wait) == 0


def test_without_limits_everything_passes_and_paid_broadcasts_are_faster() -> None:
    free = Limits(enabled=False)
    assert not any(free.refuse(1, 0.0) for _ in range(1000))
    paid = Limits(enabled=True)
    assert sum(paid.refuse(chat, 0.0, paid=True) == 0 for chat in range(1, 1101)) == 1000
