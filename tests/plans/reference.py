"""A slow and obvious calendar to hold the real one against.

It knows a zone only by asking, UTC minute by UTC minute, what the clock on the wall shows; it finds a plan's dates by
looking at every day there is. Dates and instants share no arithmetic with bot.plans.
"""

from __future__ import annotations

from bisect import bisect
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.plans.cadence import Cadence, Every, nominal_days
from bot.plans.lateness import URGENCY, SlotKind, nudge_time, overdue_after
from bot.plans.occurrence import Occurrence, local_instant
from bot.plans.plan import Plan

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """From `start` until `end`, in UTC without zone, the wall clock shows UTC plus `offset`."""

    start: datetime
    end: datetime
    offset: timedelta


class SlowZone:
    """A zone's wall clock between two UTC instants, learnt by watching it."""

    def __init__(self, name: str, start: datetime, end: datetime, step: timedelta = timedelta(hours=1)) -> None:
        self._info = ZoneInfo(name)
        self.stretches: list[Stretch] = []
        begun, offset, at = start, self._offset(start), start
        while at < end:
            following = min(at + step, end)
            if self._offset(following) != offset:
                while self._offset(at) == offset:
                    at += MINUTE
                self.stretches.append(Stretch(begun, at, offset))
                begun, offset = at, self._offset(at)
            else:
                at = following
        self.stretches.append(Stretch(begun, end, offset))
        self.starts = [stretch.start for stretch in self.stretches]

    def _offset(self, at: datetime) -> timedelta:
        return at.replace(tzinfo=UTC).astimezone(self._info).replace(tzinfo=None) - at

    def gaps(self) -> list[tuple[datetime, datetime]]:
        """Wall-clock times the zone leaves out: from, until."""
        pairs = pairwise(self.stretches)
        return [(one.end + one.offset, two.start + two.offset) for one, two in pairs if two.offset > one.offset]

    def folds(self) -> list[tuple[datetime, datetime]]:
        """Wall-clock times the zone shows twice: from, until."""
        pairs = pairwise(self.stretches)
        return [(two.start + two.offset, one.end + one.offset) for one, two in pairs if two.offset < one.offset]

    def instant(self, day: date, at: time) -> tuple[date, datetime]:
        """The first instant the wall shows this; in a gap the same stretch after or before it."""
        wall = datetime.combine(day, at)
        near = bisect(self.starts, wall)
        nearby = self.stretches[max(0, near - 4) : near + 4]
        for stretch in nearby:
            if stretch.start <= wall - stretch.offset < stretch.end:
                return day, (wall - stretch.offset).replace(tzinfo=UTC)
        for one, two in pairwise(nearby):
            shown, shows = one.end + one.offset, two.start + two.offset
            if shown <= wall < shows:
                late, early = one.end + (wall - shown), one.end - (shows - wall)
                if (late + two.offset).date() == day:
                    return day, late.replace(tzinfo=UTC)
                if (early + one.offset).date() == day:
                    return day, early.replace(tzinfo=UTC)
                return (late + two.offset).date(), late.replace(tzinfo=UTC)
        raise LookupError(f"{wall} was not watched")


def around(name: str, day: date, days: int = 3) -> SlowZone:
    """A zone watched minute by minute for some days before and after a date."""
    middle = datetime.combine(day, time(0))
    return SlowZone(name, middle - days * DAY, middle + days * DAY, MINUTE)


def belongs(cadence: Cadence, anchor: date, day: date) -> bool:
    """Is this day one of the series that starts at the anchor?"""
    if day < anchor:
        return False
    if not isinstance(cadence, Every):
        return day.weekday() in cadence.days
    if cadence.unit == "months":
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        return months % cadence.count == 0 and day.day == min(anchor.day, monthrange(day.year, day.month)[1])
    return (day - anchor).days % (cadence.count * (7 if cadence.unit == "weeks" else 1)) == 0


def dates(cadence: Cadence, anchor: date, first: date, last: date) -> list[date]:
    """The series between two days, both included, by looking at each day."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if belongs(cadence, anchor, day)]


def slots(plan: Plan, occurrences: list[Occurrence]) -> list[tuple[datetime, SlotKind, date]]:
    """Every reminder of these occurrences, the last one's left out, worked out one by one and then sorted."""
    found: dict[datetime, tuple[SlotKind, date]] = {}
    for n, this in enumerate(occurrences[:-1]):
        following = occurrences[n + 1]
        before = occurrences[n - 1].due_at if n else datetime.min.replace(tzinfo=UTC)
        cadence = plan.maintenance if this.phase == "maintenance" else plan.cadence
        assert cadence is not None
        wanted: list[tuple[SlotKind, int, time]] = []
        if nominal_days(cadence) > 7:
            wanted.append(("prepare", -3, plan.at))
        if (nudge := nudge_time(plan.at)) is not None:
            wanted.append(("nudge", 0, nudge))
        if (late := overdue_after((following.local_date - this.local_date).days)) is not None:
            wanted.append(("overdue", late, plan.at))
        kept: list[tuple[SlotKind, datetime]] = [("main", this.due_at)]
        for kind, days, at in wanted:
            due_at = local_instant(this.local_date + days * DAY, at, plan.zone)[1]
            if (before < due_at < this.due_at) if kind == "prepare" else (this.due_at < due_at < following.due_at):
                kept.append((kind, due_at))
        for kind, due_at in kept:
            if due_at not in found or URGENCY[kind] < URGENCY[found[due_at][0]]:
                found[due_at] = kind, this.local_date
    return sorted((due_at, kind, day) for due_at, (kind, day) in found.items())


def occurrences(
    cadence: Cadence, anchor: date, at: time, zone: SlowZone, first: date, last: date
) -> list[tuple[date, datetime]]:
    """Local dates and instants of a series, each local date once."""
    found: dict[date, datetime] = {}
    for day in dates(cadence, anchor, first, last):
        local_date, instant = zone.instant(day, at)
        found.setdefault(local_date, instant)
    return sorted(found.items())
