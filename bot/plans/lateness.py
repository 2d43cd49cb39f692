"""The late rules, as data: which reminder comes when, and until when it is still worth sending.

Invariant: the figures stand here and nowhere else. Times of day are local to the plan; durations are elapsed time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from typing import Literal

SlotKind = Literal["prepare", "main", "nudge", "overdue"]

VALID_FOR: Mapping[SlotKind, timedelta] = {
    "prepare": timedelta(hours=24),
    "main": timedelta(hours=3),
    "nudge": timedelta(hours=6),
    "overdue": timedelta(hours=24),
}
"""How long after its due time a reminder may still be sent; the agenda shortens it where the next one takes over."""

URGENCY: Mapping[SlotKind, int] = {"main": 0, "overdue": 1, "nudge": 2, "prepare": 3}
"""Which reminder wins when two of one plan fall on the same instant: the lowest."""

PREPARE_DAYS = 3
PREPARE_OVER_DAYS = 7
"""A "book or prepare" reminder comes PREPARE_DAYS before, only where the interval is longer than PREPARE_OVER_DAYS."""

OVERDUE_AFTER: tuple[tuple[int, int], ...] = ((28, 3), (7, 2), (2, 1))
"""(days to the next planned injection, days after which an unanswered one is overdue), longest first.

Below the last row there is no overdue reminder: with an injection every day the next day's reminder takes its place.
"""

NUDGE_AT_LEAST = timedelta(minutes=10)
"""A nudge that could only come sooner than this after the main reminder is left out."""


@dataclass(frozen=True)
class NudgeRule:
    """For main reminders before `before` o'clock: the nudge comes `after` them, between `earliest` and `latest`."""

    before: time
    after: timedelta
    earliest: time = time(0, 0)
    latest: time = time(23, 59)


NUDGES: tuple[NudgeRule, ...] = (
    NudgeRule(before=time(7, 0), after=timedelta(hours=4), earliest=time(8, 0)),
    NudgeRule(before=time(21, 30), after=timedelta(hours=4), latest=time(22, 0)),
    NudgeRule(before=time.max, after=timedelta(hours=1)),
)
"""Nobody is nudged between 22:00 and 08:00, save who asked to be reminded after 21:30 and so is awake then."""

EARLY_PERCENT = 10
EARLY_DAYS_AT_MOST = 7


def early_margin(days: int) -> int:
    """How many days early an injection still counts as the planned one, for a plan of one every `days`.

    Earlier than this the person is asked whether it was a second injection. It is no statement about what is safe.
    """
    return min(days * EARLY_PERCENT // 100, EARLY_DAYS_AT_MOST)


def overdue_after(days_to_next: int) -> int | None:
    """Days after a planned date until it is overdue, or None for no such reminder."""
    return next((days for least, days in OVERDUE_AFTER if days_to_next >= least), None)


@cache
def nudge_time(at: time) -> time | None:
    """The local time of the nudge after a main reminder at `at`; None when too little of the day is left."""
    rule = next(rule for rule in NUDGES if at < rule.before)
    main = timedelta(hours=at.hour, minutes=at.minute)
    nudge = min(max(main + rule.after, _since_midnight(rule.earliest)), _since_midnight(rule.latest))
    if nudge - main < NUDGE_AT_LEAST:
        return None
    minutes = nudge // timedelta(minutes=1)
    return time(minutes // 60, minutes % 60)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)
