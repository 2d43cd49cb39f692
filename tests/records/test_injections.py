"""Injections and the check-ins after them: pressed twice is recorded once."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from bot.records import check_ins, injections
from bot.records.database import Connection, Database
from bot.records.injections import Injection
from tests.records.making import NOON, new_person, new_plan

DAY = date(2026, 5, 4)


async def record(
    connection: Connection, plan_id: int, person_id: int, day: date | None = DAY
) -> tuple[Injection, bool]:
    return await injections.record(
        connection, plan_id=plan_id, person_id=person_id, local_date=DAY, at=NOON, slot_date=day, source="button",
        now=NOON,
    )  # fmt: skip


async def test_done_pressed_many_times_at_once_is_one_injection(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        plan = await new_plan(connection, person)

    async def press() -> tuple[int, bool]:
        async with database.write() as connection:
            injection, new = await record(connection, plan.id, person.id)
            return injection.id, new

    pressed = await asyncio.gather(*(press() for _ in range(4)))
    assert len({number for number, _ in pressed}) == 1
    assert sorted(new for _, new in pressed) == [False, False, False, True]


async def test_unplanned_injections_do_not_stand_in_each_others_way(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        plan = await new_plan(connection, person)
        made = [
            (await record(connection, plan.id, person.id, day)) for day in (None, None, DAY, DAY + timedelta(days=7))
        ]
        assert all(new for _, new in made)
        assert len(await injections.of_plan(connection, plan.id)) == 4
        assert len(await injections.of_person(connection, person.id, limit=2)) == 2


async def test_a_site_may_follow_and_a_mistake_be_taken_back(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        plan = await new_plan(connection, person)
        made, _ = await record(connection, plan.id, person.id)
        await injections.amend(connection, made.id, site="thigh", side="left")
        found = await injections.get(connection, made.id)
        assert found is not None
        assert (found.site, found.side) == ("thigh", "left")
        assert await injections.remove(connection, made.id) is True
        assert await injections.remove(connection, made.id) is False
        assert (await record(connection, plan.id, person.id))[1] is True


async def test_check_ins_are_planned_once_and_answered_once(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        plan = await new_plan(connection, person)
        injection, _ = await record(connection, plan.id, person.id)
        due = NOON + timedelta(minutes=30)
        made = [
            await check_ins.plan(
                connection, injection_id=injection.id, person_id=person.id, kind="30_minutes", due_at=due
            )
            for _ in range(2)
        ]
        assert made[0] == made[1]
        assert await check_ins.unanswered(connection, kind="30_minutes", before=due) == []
        assert await check_ins.unanswered(connection, kind="30_minutes", before=due + timedelta(hours=1)) == made[:1]
        assert await check_ins.answer(connection, made[0].id, "fine", due) is True
        assert await check_ins.answer(connection, made[0].id, "rash", due) is False
        found = await check_ins.of_injection(connection, injection.id)
        assert [(item.answer, item.answered_at) for item in found] == [("fine", due)]
        assert await check_ins.get(connection, made[0].id) == found[0]
        assert await check_ins.unanswered(connection, kind="30_minutes", before=due + timedelta(hours=1)) == []
