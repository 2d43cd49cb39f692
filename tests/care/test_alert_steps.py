"""The escalation as a table: whoever ticks late, the patient is told in the end, and never too much at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.alert_steps import REMINDERS, StepKind, first_step_at, kept_step, told, unseen_step
from bot.care.hours import parse_hours

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
OFFICE = parse_hours("mon-fri 09:00-17:00", "UTC")

Told = list[tuple[float, tuple[StepKind, ...]]]


def walk(late: list[float], *, next_contact: bool, stated: bool = True) -> Told:
    """Take every step, each so many minutes late; gives minutes since the opening and what was done."""
    delays, found, taken = iter(late), [], 0
    due: datetime | None = first_step_at(NOON)
    while due is not None:
        now = due + next(delays, 0.0) * MINUTE
        step = unseen_step(taken, NOON, now, next_contact=next_contact, hours=OFFICE if stated else None)
        found.append(((now - NOON) / MINUTE, step.kinds))
        taken, due = taken + 1, step.next_at
    return found


def test_on_time_with_two_contacts() -> None:
    day = 24 * 60
    assert walk([], next_contact=True) == [
        (5, ("again",)),
        (10, ("next_contact",)),
        (15, ("tell_patient",)),
        (21 * 60, ("remind",)),
        (21 * 60 + day, ("remind",)),
        (21 * 60 + 2 * day, ("remind",)),
    ]


def test_on_time_with_one_contact() -> None:
    assert walk([], next_contact=False)[:2] == [(5, ("again",)), (10, ("again", "tell_patient"))]


def test_without_stated_hours_it_comes_again_twice_a_day() -> None:
    assert [minutes for minutes, _ in walk([], next_contact=True, stated=False)][3:] == [735, 1455, 2175]


@given(st.lists(st.floats(0, 3000), max_size=10), st.booleans(), st.booleans())
def test_however_late_the_ticks_are(late: list[float], next_contact: bool, stated: bool) -> None:
    steps = walk(late, next_contact=next_contact, stated=stated)
    kinds = [kind for _, found in steps for kind in found]
    assert kinds.count("tell_patient") == 1
    assert kinds.count("next_contact") == int(next_contact)
    assert kinds.count("remind") == REMINDERS
    assert kinds.index("again") < kinds.index("tell_patient") < kinds.index("remind")
    assert all(later[0] - earlier[0] >= 1 for earlier, later in pairwise(steps))
    # each step is at most its own delay (and those before it) later than the table says
    until_told = next(minutes for minutes, found in steps if "tell_patient" in found)
    assert until_told <= 15 + 3 + sum(late)


@given(st.integers(0, 8), st.booleans())
def test_told_means_that_the_telling_step_was_taken(taken: int, next_contact: bool) -> None:
    steps = [unseen_step(n, NOON, NOON, next_contact=next_contact, hours=None) for n in range(taken)]
    assert told(taken, next_contact=next_contact) is any("tell_patient" in step.kinds for step in steps)


@pytest.mark.parametrize(("hours", "step"), [(24, "ask"), (48, "ask"), (71, "ask"), (72, "close"), (500, "close")])
def test_an_alert_somebody_has_is_asked_after_and_closed_in_the_end(hours: int, step: str) -> None:
    assert kept_step(NOON, NOON + timedelta(hours=hours)) == step
