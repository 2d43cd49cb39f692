"""Occurrences: a plan's local dates and the instants its reminders fall on.

Invariant: an occurrence is known by its local date, never by its instant, so a clock change can neither double nor lose
one. A time the clock skips becomes the same stretch later that day, a time it shows twice is the first of the two, and
a date a zone leaves out becomes the next one, merged with what was planned there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.plans.cadence import last_date, next_date, nominal_days
from bot.plans.lateness import early_margin
from bot.plans.plan import Phase, Plan

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Occurrence:
    """One injection to come: its local date, its instant (aware, UTC), and the phase it belongs to."""

    local_date: date
    due_at: datetime
    phase: Phase = "maintenance"


def local_instant(day: date, at: time, zone: str) -> tuple[date, datetime]:
    """The local date and the instant (aware, UTC) that "this day at this time" becomes in an IANA zone.

    Gap: shifted later by the length of the gap, or earlier by it when later would leave the day. Fold: the first.
    A date the zone leaves out (Apia, 30 December 2011): the next local date, same time.
    """
    info = ZoneInfo(zone)
    later = datetime.combine(day, at, info).astimezone(UTC)
    landed = later.astimezone(info).date()
    if landed == day:
        return day, later
    earlier = datetime.combine(day, at.replace(fold=1), info).astimezone(UTC)
    return (day, earlier) if earlier.astimezone(info).date() == day else (landed, later)


def planned_dates(plan: Plan, since: date) -> Iterator[tuple[date, Phase]]:
    """The unsettled dates from `since` on, as things stand: as if nothing more is ever recorded.

    Without end, save for a loading phase that ends on a date with no maintenance after it. A loading phase that ends
    after K injections goes on until K are recorded; one that ends on a date passes into maintenance by itself.
    """
    floor = since - _DAY if plan.settled is None else max(since - _DAY, plan.settled)
    base = plan.anchor
    if plan.once is not None:
        if plan.once >= since:
            yield plan.once, plan.phase
        floor = max(floor, plan.once + timedelta(days=early_margin(nominal_days(plan.cadence))))
    if plan.phase == "loading":
        until = plan.loads_until or date.max
        day = next_date(plan.cadence, base, floor)
        while day <= until:
            yield day, "loading"
            day = next_date(plan.cadence, base, day)
        base = loading_end(plan, until)
        floor = max(floor, base)
    if plan.maintenance is None:
        return
    day = next_date(plan.maintenance, base, floor)
    while True:
        yield day, "maintenance"
        day = next_date(plan.maintenance, base, day)


def loading_end(plan: Plan, until: date) -> date:
    """The date maintenance counts from when loading ends on `until` and nothing more is recorded."""
    last = last_date(plan.cadence, plan.anchor, until) or plan.anchor
    return max(last, plan.once) if plan.once is not None and plan.count_from == "actual" else last


def occurrences(plan: Plan, since: date) -> Iterator[Occurrence]:
    """The plan's occurrences whose local date is `since` or later, as things stand, each local date once."""
    seen: date | None = None
    for day, phase in planned_dates(plan, since):
        local_date, due_at = local_instant(day, plan.at, plan.zone)
        if seen is None or local_date > seen:
            seen = local_date
            yield Occurrence(local_date, due_at, phase)


def next_occurrence(plan: Plan, after: datetime) -> Occurrence | None:
    """The first occurrence due later than `after` (aware), whatever the plan's status; None when there is no more."""
    since = after.astimezone(ZoneInfo(plan.zone)).date() - _DAY
    return next((each for each in occurrences(plan, since) if each.due_at > after), None)
