"""What reminders a plan has: prepare, main, nudge, overdue; one slot after the other.

Invariant: slots of one plan never share an instant or a key (kind, local date), and `next_slot` from slot to slot
visits every one of them. A plan on which nothing is ever recorded keeps having slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, pairwise
from zoneinfo import ZoneInfo

from bot.plans.cadence import nominal_days
from bot.plans.lateness import (
    OVERDUE_AFTER,
    PREPARE_DAYS,
    PREPARE_OVER_DAYS,
    URGENCY,
    VALID_FOR,
    SlotKind,
    nudge_time,
    overdue_after,
)
from bot.plans.occurrence import Occurrence, local_instant, next_occurrence, occurrences
from bot.plans.plan import Phase, Plan
from bot.plans.settling import Settled, settle_given

_LOOK_BACK = timedelta(days=OVERDUE_AFTER[0][1] + 2)
_LOOK_AHEAD = timedelta(days=PREPARE_DAYS, hours=6)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Slot:
    """One reminder to come.

    local_date  the day of the injection it is about, not the day it is sent
    due_at      when to send it (aware, UTC)
    expires_at  from then on it is too late to send it (aware, UTC)
    """

    kind: SlotKind
    local_date: date
    due_at: datetime
    expires_at: datetime
    phase: Phase

    def key(self, plan_id: int | str) -> str:
        """The unique key of its outbox row: plan, slot and local date."""
        return f"rem:{plan_id}:{self.kind}:{self.local_date.isoformat()}"


def next_slot(plan: Plan, after: datetime) -> Slot | None:
    """The earliest slot due later than `after` (aware); None for a plan that is paused or ended."""
    if plan.status != "active":
        return None
    best: Slot | None = None
    since = after.astimezone(ZoneInfo(plan.zone)).date() - _LOOK_BACK
    before: Occurrence | None = None
    for each, following in pairwise(chain(occurrences(plan, since), (None,))):
        if each is None or (best is not None and each.due_at - _LOOK_AHEAD > best.due_at):
            break
        if following is None or following.due_at > after:
            first = next((slot for slot in _slots(plan, before, each, following) if slot.due_at > after), None)
            if first is not None and (best is None or _rank(first) < _rank(best)):
                best = first
        before = each
    return best


def slot_due(plan: Plan, due_at: datetime) -> Slot | None:
    """The slot due at exactly this instant, as a planner that stored only the instant needs it."""
    slot = next_slot(plan, due_at - _TICK)
    return slot if slot is not None and slot.due_at == due_at else None


def upcoming(plan: Plan, after: datetime, count: int) -> tuple[date, ...]:
    """The next local dates later than `after` (aware), for a preview: as if each injection is given on its day.

    Passes through the switch from loading to maintenance; the plan's status does not matter.
    """
    first = next_occurrence(plan, after)
    return () if first is None else tuple(islice(projected(plan, first.local_date), count))


def projected(plan: Plan, since: date) -> Iterator[date]:
    """The local dates from `since` on, as if each injection is given on its day."""
    step = Settled(plan)
    while not step.finished:
        occurrence = next(occurrences(step.plan, since), None)
        if occurrence is None:
            return
        yield occurrence.local_date
        since = occurrence.local_date + timedelta(days=1)
        step = settle_given(step.plan, occurrence.local_date)


def _rank(slot: Slot) -> tuple[datetime, int]:
    return slot.due_at, URGENCY[slot.kind]


def _slots(plan: Plan, before: Occurrence | None, each: Occurrence, following: Occurrence | None) -> Iterator[Slot]:
    """The slots of one occurrence that fit between the main reminders before and after it, in order."""
    cadence = plan.maintenance if each.phase == "maintenance" else plan.cadence
    days = nominal_days(cadence or plan.cadence)
    end = following.due_at if following is not None else datetime.max.replace(tzinfo=each.due_at.tzinfo)

    def slot(kind: SlotKind, due_at: datetime, until: datetime) -> Slot:
        return Slot(kind, each.local_date, due_at, min(due_at + VALID_FOR[kind], until), each.phase)

    def at(days_later: int, at_time: time) -> datetime:
        return local_instant(each.local_date + timedelta(days=days_later), at_time, plan.zone)[1]

    if days > PREPARE_OVER_DAYS:
        prepare = at(-PREPARE_DAYS, plan.at)
        if prepare < each.due_at and (before is None or prepare > before.due_at):
            yield slot("prepare", prepare, each.due_at)

    clock = nudge_time(plan.at)
    nudge = at(0, clock) if clock is not None else end
    nudged = each.due_at < nudge < end
    yield slot("main", each.due_at, nudge if nudged else end)
    if nudged:
        yield slot("nudge", nudge, min(at(1, time(0)), end))

    late = overdue_after((following.local_date - each.local_date).days if following is not None else days)
    if late is not None:
        overdue = at(late, plan.at)
        if each.due_at < overdue < end:
            yield slot("overdue", overdue, end)
