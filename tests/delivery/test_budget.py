"""The shared rate: never more than allowed over any stretch, and never less than can be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.budget import AHEAD, CATCH_UP, allow
from bot.records.budgets import BudgetState

START = datetime(2026, 5, 4, tzinfo=UTC)

rates = st.sampled_from([0.5, 1.0, 30.0, 1000.0])
steps = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 200)), min_size=1, max_size=60)


def leaving(rate: float, asked: list[tuple[int, int]]) -> list[datetime]:
    """When messages leave if workers ask after so many milliseconds for so many messages, one after the other."""
    now, free = START, START
    moments: list[datetime] = []
    for pause, wanted in asked:
        now += timedelta(milliseconds=pause)
        allowance = allow(BudgetState(free, None, now), rate, wanted)
        assert allowance.count <= wanted
        gap = timedelta(seconds=allowance.gap_seconds)
        moments += [max(now, allowance.first_at + place * gap) for place in range(allowance.count)]
        if allowance.count:
            free = allowance.next_free_at(allowance.count)
    return moments


@settings(max_examples=200)
@given(rates, steps)
def test_no_stretch_of_time_sees_more_than_the_rate_and_one_second_in_hand(
    rate: float, asked: list[tuple[int, int]]
) -> None:
    moments = sorted(leaving(rate, asked))
    for first in range(0, len(moments), max(1, len(moments) // 40)):
        for last in range(first, len(moments), max(1, len(moments) // 40)):
            stretch = (moments[last] - moments[first]).total_seconds()
            assert last - first + 1 <= rate * stretch + rate * (CATCH_UP + AHEAD) + 1.001


@given(rates, st.integers(100, 900))
def test_workers_that_keep_asking_use_all_of_it(rate: float, every: int) -> None:
    # asked again before what was reserved and may be caught up has passed
    asked = [(min(every, int((CATCH_UP + AHEAD) * 1000)), 100_000)] * 60
    moments = leaving(rate, asked)
    lasted = sum(pause for pause, _ in asked) / 1000
    assert len(moments) >= rate * (lasted - 2) - 1


@given(rates, st.floats(0.001, 5000))
def test_while_all_must_be_quiet_nothing_is_allowed(rate: float, quiet: float) -> None:
    state = BudgetState(START, START + timedelta(seconds=quiet), START)
    allowance = allow(state, rate, 10)
    assert allowance.count == 0
    assert abs(allowance.wait_seconds - quiet) < 0.001
    later = BudgetState(START, state.halted_until, START + timedelta(seconds=quiet + 0.001))
    assert allow(later, rate, 1).count == 1


@given(rates)
def test_when_nothing_is_allowed_the_wait_is_long_enough(rate: float) -> None:
    state = BudgetState(START + timedelta(seconds=100), None, START)
    allowance = allow(state, rate, 1)
    assert allowance.count == 0
    then = START + timedelta(seconds=allowance.wait_seconds + 0.0001)
    assert allow(BudgetState(state.next_free_at, None, then), rate, 1).count == 1
