"""Plan-ahead: turning plans whose next slot is due into rows of the outbox.

Invariant: the rows and the step of the plan that made them are one transaction, guarded by the plan's revision and by
the rows' keys, so a slot is written once whoever plans, however often, and whenever it was interrupted.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from bot.clock import Clock
from bot.records import outbox, plans
from bot.records.database import Database
from bot.records.outbox import NewDelivery
from bot.records.plans import Advance, DuePlan

#: Plans in one transaction.
BATCH = 500
_BREATH = 100
#: Seconds a slot is written down before it is due, so that it leaves on time.
AHEAD = 30.0
#: Slots of one plan in one transaction; after a long silence the rest follows in the next.
SLOTS_AT_A_TIME = 50


class Slot(Protocol):
    """One thing to say on one day: which (`kind`), for which local date, when, and until when it still makes sense."""

    @property
    def kind(self) -> str: ...
    @property
    def local_date(self) -> date: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...


S = TypeVar("S", bound=Slot)


class Agenda(Protocol[S]):
    """What one plan says comes next, and in which words. Pure: the same plan and moment always give the same."""

    def next_slot(self, after: datetime) -> S | None:
        """The first slot due later than `after`; None when there is none any more. No two are due at one moment."""
        ...

    def render(self, slot: S) -> NewDelivery | None:
        """The message of a slot; None when this slot says nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """How many plans moved on, rows were written, and slots were over before they could be written."""

    plans: int
    rows: int
    missed: int


class Planner(Generic[S]):
    """`spread` puts reminders that are due at one moment up to so long later, each person always by the same time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        agenda_of: Callable[[DuePlan], Agenda[S]],
        *,
        spread: timedelta = timedelta(),
    ) -> None:
        self._database = database
        self._clock = clock
        self._agenda_of = agenda_of
        self._spread = spread

    async def run(self) -> Planned:
        """Plan everything that is due, batch by batch."""
        total = Planned(0, 0, 0)
        while True:
            done = await self.plan_batch()
            total = Planned(total.plans + done.plans, total.rows + done.rows, total.missed + done.missed)
            if done.plans < BATCH:
                return total

    async def plan_batch(self, limit: int = BATCH) -> Planned:
        """Plan at most `limit` plans in one transaction."""
        now = self._clock.now()
        until = now + timedelta(seconds=AHEAD)
        async with self._database.write() as connection:
            due = await plans.due(connection, until, limit)
            rows: list[NewDelivery] = []
            steps: list[Advance] = []
            missed = 0
            for number, item in enumerate(due, start=1):
                if number % _BREATH == 0:
                    await asyncio.sleep(0)  # others get the event loop
                agenda = self._agenda_of(item)
                slots, step = _slots_until(item, agenda, until)
                alive = [slot for slot in slots if slot.expires_at > now]
                missed += len(slots) - len(alive)
                steps.append(step)
                if item.reachable:
                    rows += self._rows(item, agenda, alive)
            written = await outbox.add(connection, rows, now)
            await plans.advance(connection, steps)
        return Planned(len(due), len(written), missed)

    def _rows(self, item: DuePlan, agenda: Agenda[S], slots: Sequence[S]) -> list[NewDelivery]:
        rendered = [agenda.render(slot) for slot in slots]
        later = offset(item.plan.person_id, self._spread)
        return [replace(row, not_before=row.not_before + later) for row in rendered if row is not None]


def _slots_until(item: DuePlan, agenda: Agenda[S], until: datetime) -> tuple[list[S], Advance]:
    """The slots due by `until` that were not yet written, and how far that brings the plan."""
    # `next_due_at` itself has not been planned yet
    after = (item.plan.next_due_at or until) - timedelta(microseconds=1)
    slots: list[S] = []
    upcoming = agenda.next_slot(after)
    while upcoming is not None and upcoming.due_at <= until and len(slots) < SLOTS_AT_A_TIME:
        slots.append(upcoming)
        after = upcoming.due_at
        upcoming = agenda.next_slot(after)
    next_due_at = None if upcoming is None else upcoming.due_at
    return slots, Advance(item.plan.id, item.plan.revision, after, next_due_at)


def offset(person_id: int, spread: timedelta) -> timedelta:
    """How much later than due this person's reminders leave: always the same for a person, even over all persons."""
    share = zlib.crc32(person_id.to_bytes(8, "big")) / 2**32
    return timedelta(seconds=int(spread.total_seconds() * share))
