"""A planner as a process of its own: `python -m benchmarks._planner DATABASE_URL ROUNDS`.

Prints one JSON object: its memory once it has started, and how long each round took; in each 500 plans were due.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import psutil

from bot.clock import FixedClock, monotonic
from bot.delivery.planning import BATCH, Planner
from bot.plans import plan_json
from bot.plans.agenda import Slot, next_slot
from bot.plans.plan import Plan
from bot.records.database import Database
from bot.records.outbox import NewDelivery, Priority
from bot.records.plans import DuePlan

#: The first round's 500 plans are due at this moment, the next round's a minute later, and so on.
FIRST_DUE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Figures(TypedDict):
    """Memory in bytes resident, seconds each round took."""

    memory: int
    took: list[float]


class RealAgenda:
    """What the real agenda works out, with the plainest words."""

    def __init__(self, due: DuePlan) -> None:
        self._due = due
        self._plan: Plan = plan_json.from_json(due.plan.prescription)

    def next_slot(self, after: datetime) -> Slot | None:
        return next_slot(self._plan, after)

    def render(self, slot: Slot) -> NewDelivery:
        return NewDelivery(
            dedupe_key=slot.key(self._due.plan.id),
            kind=slot.kind,
            policy="once",
            priority=Priority.REMINDER,
            chat_id=self._due.chat_id,
            payload={"text": f"It is time for your B12 injection: {self._plan.product}, {self._plan.dose.text}."},
            not_before=slot.due_at,
            expires_at=slot.expires_at,
            person_id=self._due.plan.person_id,
            plan_id=self._due.plan.id,
            slot=slot.kind,
            local_date=slot.local_date,
        )


async def main(database_url: str, rounds: int) -> None:
    clock = FixedClock(FIRST_DUE - timedelta(minutes=5))
    async with Database(database_url) as database:
        planner = Planner(database, clock, RealAgenda)
        await planner.run()  # nothing is due yet; all that planning needs is loaded by this
        memory = psutil.Process().memory_info().rss
        print("ready", flush=True)
        clock.advance(timedelta(minutes=5))
        took = []
        for _ in range(rounds):
            began = monotonic()
            done = await planner.plan_batch()
            took.append(monotonic() - began)
            if (done.plans, done.rows) != (BATCH, BATCH):
                raise RuntimeError(f"{done} instead of {BATCH} plans and rows")
            clock.advance(timedelta(minutes=1))
    print(json.dumps(Figures(memory=memory, took=took)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
