"""Every zone there is, twenty years, every cadence: how many occurrences come twice or not at all?

Ours walks `next_occurrence` (and `next_slot`) step by step and is held against the slow calendar of
tests/plans/reference.py. The peer is what a bot would otherwise use: APScheduler's CronTrigger for days and weekdays,
looked at around every clock change, and its CalendarIntervalTrigger for the rest, over the whole time. Each zone runs
daily at nine o'clock, at a time its clock skips and at a time it shows twice; the other cadences run at the
skipped time.
"""

from __future__ import annotations

import hashlib
import os
import time as stopwatch
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from apscheduler.triggers.cron import CronTrigger

from benchmarks.rows import Row, less_is_better
from bot.plans.agenda import next_slot
from bot.plans.cadence import Cadence, Every, OnWeekdays
from bot.plans.occurrence import next_occurrence
from bot.plans.plan import Plan
from tests.plans import reference
from tests.plans.making import ODD_ZONES, plan

FIRST, LAST = date(2011, 1, 1), date(2030, 12, 31)
SUNDAY, MONTH_END = date(2011, 1, 2), date(2011, 1, 31)
NINE = time(9)
DAILY = Every(1, "days")
CADENCES: tuple[tuple[Cadence, date], ...] = (
    (Every(2, "days"), SUNDAY),
    (Every(3, "days"), SUNDAY),
    (Every(28, "days"), SUNDAY),
    (Every(90, "days"), SUNDAY),
    (OnWeekdays((0, 2, 4)), SUNDAY),
    (OnWeekdays((1, 3, 6)), SUNDAY),
    *((Every(count, "weeks"), SUNDAY) for count in (1, 2, 4, 8, 10, 12)),
    *((Every(count, "months"), MONTH_END) for count in (1, 2, 3, 6, 12)),
)
SLOTS: tuple[tuple[Cadence, date], ...] = ((Every(8, "weeks"), SUNDAY), (Every(1, "months"), MONTH_END))
DAY = timedelta(days=1)


@dataclass
class Count:
    """What came of some occurrences: how many were looked at, doubled, missed; seconds spent and steps taken."""

    looked_at: int = 0
    doubled: int = 0
    missed: int = 0
    elsewhere: int = 0
    seconds: float = 0.0
    steps: int = 0
    where: list[str] = field(default_factory=list)

    def compare(self, expected: Iterable[object], found: Iterable[object], where: str) -> None:
        wanted, got = Counter(expected), Counter(found)
        self.looked_at += len(wanted)
        doubled = sum(times - 1 for each, times in got.items() if each in wanted)
        missed = sum(each not in got for each in wanted)
        elsewhere = sum(times for each, times in got.items() if each not in wanted)
        self.doubled, self.missed = self.doubled + doubled, self.missed + missed
        self.elsewhere += elsewhere
        if doubled or missed or elsewhere:
            self.where.append(f"{where}: {doubled} doubled, {missed} missed, {elsewhere} elsewhere")

    def add(self, other: Count) -> None:
        self.looked_at += other.looked_at
        self.doubled += other.doubled
        self.missed += other.missed
        self.elsewhere += other.elsewhere
        self.seconds += other.seconds
        self.steps += other.steps
        self.where += other.where

    def told(self, title: str) -> str:
        found = f"{self.doubled:,} doubled, {self.missed:,} missed, {self.elsewhere:,} on another day"
        return f"{title}: {self.looked_at:,} occurrences looked at, {found}"

    @property
    def wrong(self) -> int:
        """Doubled or missed; an occurrence on another day is a missed one already."""
        return self.doubled + self.missed


def distinct_zones() -> dict[str, list[str]]:
    """Zones by the content of their rules: one name that stands for all names with the same file."""
    by_rules: dict[str, list[str]] = {}
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        *folder, leaf = name.split("/")
        data = resources.files(".".join(["tzdata", "zoneinfo", *folder])).joinpath(leaf).read_bytes()
        by_rules.setdefault(hashlib.sha256(data).hexdigest(), []).append(name)
    return {names[0]: names for names in by_rules.values()}


@cache
def _dates(cadence: Cadence, anchor: date) -> tuple[date, ...]:
    return tuple(reference.dates(cadence, anchor, max(FIRST, anchor), LAST))


def _times(zone: reference.SlowZone) -> list[time]:
    """A time the zone's clock skips, one it shows twice, and nine o'clock."""
    times = []
    for changes in (zone.gaps(), zone.folds()):
        if changes:
            start, end = Counter((start.time(), end - start) for start, end in changes).most_common(1)[0][0]
            times.append((datetime.combine(FIRST, start) + end / 2).time().replace(second=0))
    return [*dict.fromkeys(times), NINE]


def _ours(subject: Plan, expected: list[tuple[date, datetime]], count: Count, where: str) -> None:
    found: list[tuple[date, datetime]] = []
    begun = stopwatch.perf_counter()
    each = next_occurrence(subject, datetime.combine(FIRST - 3 * DAY, time(0), UTC))
    while each is not None and each.local_date <= LAST:
        found.append((each.local_date, each.due_at))
        each = next_occurrence(subject, each.due_at)
    count.seconds += stopwatch.perf_counter() - begun
    count.steps += len(found)
    count.compare(expected, found, where)


def _slots(subject: Plan, expected: list[tuple[date, datetime]], count: Count, where: str) -> None:
    """The same through the reminders: one main slot for each occurrence, no key and no instant twice."""
    found: list[tuple[date, datetime]] = []
    keys: Counter[str] = Counter()
    slot = next_slot(subject, datetime.combine(FIRST - 10 * DAY, time(0), UTC))
    while slot is not None and slot.local_date <= LAST:
        keys[slot.key(0)] += 1
        if slot.kind == "main":
            found.append((slot.local_date, slot.due_at))
        slot = next_slot(subject, slot.due_at)
    count.compare(expected, found, f"{where} slots")
    count.doubled += sum(times - 1 for times in keys.values())


def _cron(
    zone: str, at: time, days: OnWeekdays | None, expected: list[date], changes: list[date], count: Count
) -> None:
    info = ZoneInfo(zone)
    weekdays = None if days is None else ",".join(map(str, days.days))
    trigger = CronTrigger(day_of_week=weekdays, hour=at.hour, minute=at.minute, timezone=info)
    wanted = set(expected)
    for change in changes:
        around = [change + n * DAY for n in range(-2, 4)]
        found: list[date] = []
        now = datetime.combine(around[0], time(0), info)
        previous: datetime | None = None
        begun = stopwatch.perf_counter()
        while True:
            fires = trigger.get_next_fire_time(previous, now if previous is None else previous)
            count.steps += 1
            if fires is None or fires.date() > around[-1]:
                break
            found.append(fires.date())
            previous = fires
        count.seconds += stopwatch.perf_counter() - begun
        count.compare([day for day in around if day in wanted], found, f"{zone} {at:%H:%M} cron {change}")


def _calendar(zone: str, at: time, cadence: Every, anchor: date, expected: list[date], count: Count) -> None:
    info = ZoneInfo(zone)
    number = {cadence.unit: cadence.count}
    trigger = CalendarIntervalTrigger(**number, hour=at.hour, minute=at.minute, start_date=anchor, timezone=info)
    found: list[date] = []
    begun = stopwatch.perf_counter()
    fires = trigger.get_next_fire_time(None, datetime.combine(anchor, time(0), info))
    while fires is not None and fires.date() <= LAST:
        found.append(fires.date())
        count.steps += 1
        fires = trigger.get_next_fire_time(fires, fires)
    count.seconds += stopwatch.perf_counter() - begun
    count.compare(expected, found, f"{zone} {at:%H:%M} {cadence}")


PEERS = (
    "CronTrigger, days",
    "CalendarIntervalTrigger, days and weeks",
    "CalendarIntervalTrigger, months from the 31st",
)


def watch(name: str) -> tuple[bool, list[Count]]:
    """One zone: has it clock changes, and what became of ours and of each peer's."""
    start = datetime.combine(FIRST - 10 * DAY, time(0))
    zone = reference.SlowZone(name, start, datetime.combine(LAST + 10 * DAY, time(0)), timedelta(hours=6))
    changes = sorted({wall.date() for change in (zone.gaps(), zone.folds()) for wall, _ in change})
    ours, cron, weeks, months = counts = [Count() for _ in range(4)]
    times = _times(zone)
    instants = {at: {day: zone.instant(day, at) for day in _dates(DAILY, FIRST)} for at in times}
    runs = [(DAILY, FIRST, at) for at in times] + [(cadence, anchor, times[0]) for cadence, anchor in CADENCES]
    for cadence, anchor, at in runs:
        expected = sorted(dict(instants[at][day] for day in _dates(cadence, anchor)).items())
        days = [day for day, _ in expected]
        subject = plan(zone=name, at=at, anchor=anchor, maintenance=cadence)
        where = f"{name} {at:%H:%M} {cadence}"
        _ours(subject, expected, ours, where)
        if (cadence, anchor) in SLOTS:
            _slots(subject, expected, ours, where)
        if isinstance(cadence, OnWeekdays) or cadence == DAILY:
            _cron(name, at, cadence if isinstance(cadence, OnWeekdays) else None, days, changes, cron)
        else:
            _calendar(name, at, cadence, anchor, days, months if cadence.unit == "months" else weeks)
    return bool(changes), counts


def measure(names: Iterable[str] | None = None) -> tuple[int, int, list[Count]]:
    """All zones, or those named: sets of rules, how many of them change clocks, and the counts, ours first."""
    chosen = list(distinct_zones()) if names is None else list(names)
    totals = [Count() for _ in range(1 + len(PEERS))]
    changing = 0
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for changes, parts in pool.map(watch, chosen, chunksize=8):
            changing += changes
            for total, part in zip(totals, parts, strict=True):
                total.add(part)
    return len(chosen), changing, totals


def run(quick: bool = False) -> dict[str, Row]:
    """Rows for `make bench`. `quick` looks at the oddest zones only."""
    zones, changing, (ours, *peers) = measure(ODD_ZONES if quick else None)
    names = sum(map(len, distinct_zones().values()))
    of = f"{zones} of them" if quick else f"{zones} sets of rules"
    print(f"{names} zones ({of}, {changing} with clock changes), {FIRST.year} to {LAST.year}")
    print(ours.told("ours"))
    rows: dict[str, Row] = {}
    for title, peer in zip(PEERS, peers, strict=True):
        print(peer.told(title))
        looked_at = f"of {ours.looked_at:,} and of {peer.looked_at:,} occurrences"
        rows[f"zones: doubled or missed, beside {title}"] = less_is_better(ours.wrong, peer.wrong, looked_at)
        rows[f"zones: next occurrence, beside {title}"] = less_is_better(
            1e6 * ours.seconds / ours.steps, 1e6 * peer.seconds / peer.steps, "microseconds each"
        )
    return rows
