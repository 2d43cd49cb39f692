"""Plan-ahead: every slot of every plan is written once, whoever plans, whatever changes meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.clock import FixedClock
from bot.delivery import planning
from bot.delivery.planning import Planner, offset
from bot.records import chats, outbox, plans
from bot.records.database import Database
from bot.records.outbox import NewDelivery, Priority
from bot.records.plans import DuePlan, Plan
from bot.records.tables import outbox as table
from tests.records.making import new_person

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class EverySoOften:
    """A slot every `step`, from `first` on; valid for an hour."""

    kind: str
    local_date: date
    due_at: datetime
    expires_at: datetime


class Agenda:
    """An obvious agenda: a slot at each multiple of the prescription's minutes since 2026."""

    def __init__(self, due: DuePlan) -> None:
        self._due = due
        minutes = due.plan.prescription["minutes"]
        assert isinstance(minutes, int)
        self._step = timedelta(minutes=minutes)

    def next_slot(self, after: datetime) -> EverySoOften | None:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        at = start + ((after - start) // self._step + 1) * self._step
        if at >= MONDAY + timedelta(days=5):
            return None
        return EverySoOften("main", at.date(), at, at + timedelta(hours=1))

    def render(self, slot: EverySoOften) -> NewDelivery:
        return NewDelivery(
            dedupe_key=f"rem:{self._due.plan.id}:{slot.due_at.isoformat()}",
            kind=slot.kind,
            policy="once",
            priority=Priority.REMINDER,
            chat_id=self._due.chat_id,
            payload={"text": "now"},
            not_before=slot.due_at,
            expires_at=slot.expires_at,
            person_id=self._due.plan.person_id,
            plan_id=self._due.plan.id,
            slot=slot.kind,
            local_date=slot.local_date,
        )


async def make_plan(database: Database, minutes: int, chat_id: int = 1) -> Plan:
    async with database.write() as connection:
        person = await new_person(connection, chat_id)
        return await plans.create(
            connection, person.id, prescription={"minutes": minutes}, phase="loading", next_due_at=MONDAY, now=MONDAY
        )


async def keys(database: Database, plan: Plan) -> list[str]:
    async with database.read() as connection:
        wanted = select(table.c.dedupe_key).where(table.c.plan_id == plan.id).order_by(table.c.not_before)
        return list((await connection.execute(wanted)).scalars())


def expected(plan: Plan, minutes: int, until: datetime, since: datetime = MONDAY) -> list[str]:
    moments = [since + timedelta(minutes=n) for n in range(0, int((until - since).total_seconds() // 60) + 1, minutes)]
    return [f"rem:{plan.id}:{moment.isoformat()}" for moment in moments]


async def test_each_slot_is_written_once_and_a_little_ahead(database: Database) -> None:
    plan = await make_plan(database, 30)
    clock = FixedClock(MONDAY - timedelta(minutes=5))
    planner = Planner(database, clock, Agenda)
    assert (await planner.run()).plans == 0
    clock.advance(timedelta(minutes=5) - timedelta(seconds=planning.AHEAD))
    assert await planner.run() == planning.Planned(1, 1, 0)
    assert await planner.run() == planning.Planned(0, 0, 0)
    assert await keys(database, plan) == expected(plan, 30, MONDAY)
    for _ in range(8):
        clock.advance(timedelta(minutes=15))
        await planner.run()
    assert await keys(database, plan) == expected(plan, 30, MONDAY + timedelta(hours=2))


async def test_after_an_outage_only_what_still_makes_sense_is_written(database: Database) -> None:
    plan = await make_plan(database, 30)
    clock = FixedClock(MONDAY + timedelta(hours=6))
    done = await Planner(database, clock, Agenda).run()
    assert done.rows == 2  # 13:30 and 14:00; 13:00 is over at 14:00
    assert done.missed == 11
    since = MONDAY + timedelta(hours=5, minutes=30)
    assert await keys(database, plan) == expected(plan, 30, MONDAY + timedelta(hours=6), since)
    async with database.read() as connection:
        found = await plans.get(connection, plan.id)
    assert found is not None
    assert found.next_due_at == MONDAY + timedelta(hours=6, minutes=30)


async def test_a_very_long_silence_is_caught_up_with_in_pieces(database: Database) -> None:
    plan = await make_plan(database, 1)
    clock = FixedClock(MONDAY + timedelta(hours=3))
    planner = Planner(database, clock, Agenda)
    rounds = 0
    while (await planner.plan_batch()).plans:
        rounds += 1
    assert rounds == -(-181 // planning.SLOTS_AT_A_TIME)
    found = await keys(database, plan)
    assert found == expected(plan, 1, clock.now(), clock.now() - timedelta(minutes=59))


async def test_a_plan_with_nothing_more_to_say_is_left_alone(database: Database) -> None:
    plan = await make_plan(database, 600)
    clock = FixedClock(MONDAY + timedelta(days=6))
    planner = Planner(database, clock, Agenda)
    await planner.run()
    async with database.read() as connection:
        found = await plans.get(connection, plan.id)
    assert found is not None
    assert found.next_due_at is None
    assert (await planner.run()).plans == 0


async def test_planners_at_once_write_each_slot_once(database: Database) -> None:
    made = [await make_plan(database, 15, chat_id=n) for n in range(1, 21)]
    clock = FixedClock(MONDAY)

    async def work(seed: int) -> int:
        chance = random.Random(seed)
        planner = Planner(database, clock, Agenda)
        rows = 0
        for _ in range(6):
            rows += (await planner.plan_batch(chance.randrange(1, 8))).rows
            await asyncio.sleep(0)
        return rows

    written = 0
    for _ in range(5):
        written += sum(await asyncio.gather(*(work(seed) for seed in range(3))))
        clock.advance(timedelta(minutes=15))
    await Planner(database, clock, Agenda).run()
    until = MONDAY + timedelta(minutes=75)
    for plan in made:
        assert await keys(database, plan) == expected(plan, 15, until)


async def test_a_changed_plan_starts_afresh(database: Database) -> None:
    plan = await make_plan(database, 60)
    clock = FixedClock(MONDAY)
    planner = Planner(database, clock, Agenda, spread=timedelta(hours=2))
    await planner.run()
    async with database.write() as connection:
        changed = dataclasses.replace(plan, prescription={"minutes": 60}, next_due_at=MONDAY)
        await plans.save(connection, changed, clock.now())
        assert await outbox.cancel_plan(connection, plan.id, clock.now()) == 1
    await planner.run()
    async with database.read() as connection:
        assert await outbox.count_by_state(connection) == {"pending": 1}


async def test_who_cannot_be_reached_gets_no_rows_but_the_plan_goes_on(database: Database) -> None:
    plan = await make_plan(database, 60)
    async with database.write() as connection:
        await chats.lose(connection, 1, "blocked", MONDAY)
    clock = FixedClock(MONDAY)
    planner = Planner(database, clock, Agenda)
    await planner.run()
    assert await keys(database, plan) == []
    async with database.write() as connection:
        await chats.regain(connection, 1, MONDAY)
    clock.advance(timedelta(hours=1))
    await planner.run()
    assert await keys(database, plan) == expected(plan, 60, clock.now(), clock.now())


async def test_a_slot_may_say_nothing(database: Database) -> None:
    class Silent(Agenda):
        def render(self, slot: EverySoOften) -> NewDelivery | None:  # type: ignore[override]
            return None

    plan = await make_plan(database, 60)
    assert await Planner(database, FixedClock(MONDAY), Silent).run() == planning.Planned(1, 0, 0)
    assert await keys(database, plan) == []


async def test_a_batch_that_fails_leaves_everything_as_it_was(database: Database) -> None:
    class Broken(Agenda):
        def render(self, slot: EverySoOften) -> NewDelivery:
            if self._due.chat_id == 2:
                raise RuntimeError("a bug in the words")
            return super().render(slot)

    made = [await make_plan(database, 60, chat_id=n) for n in (1, 2)]
    with pytest.raises(RuntimeError):
        await Planner(database, FixedClock(MONDAY), Broken).run()
    async with database.read() as connection:
        assert [await plans.get(connection, plan.id) for plan in made] == made
        assert await outbox.count_by_state(connection) == {}


@given(st.integers(1, 10**12), st.integers(1, 120))
def test_a_persons_offset_is_always_the_same_and_within_bounds(person_id: int, minutes: int) -> None:
    spread = timedelta(minutes=minutes)
    assert offset(person_id, spread) == offset(person_id, spread)
    assert timedelta() <= offset(person_id, spread) < spread
    assert offset(person_id, timedelta()) == timedelta()


def test_offsets_spread_people_evenly() -> None:
    quarters = [0] * 4
    for person_id in range(1, 4001):
        quarters[int(offset(person_id, timedelta(minutes=60)) / timedelta(minutes=15))] += 1
    assert all(900 < count < 1100 for count in quarters)


async def test_spread_moves_the_sending_and_not_the_slot(database: Database) -> None:
    plan = await make_plan(database, 60)
    spread = timedelta(minutes=30)
    await Planner(database, FixedClock(MONDAY), Agenda, spread=spread).run()
    async with database.read() as connection:
        row = await outbox.by_key(connection, expected(plan, 60, MONDAY)[0])
    assert row is not None
    assert row.not_before == MONDAY + offset(plan.person_id, spread)
