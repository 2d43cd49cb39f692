"""Plans: changed over a revision, due in order, moved on once."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from bot.records import chats, people, plans
from bot.records.database import Database
from bot.records.plans import Advance
from bot.records.stale import StaleError
from tests.records.making import NOON, new_person, new_plan

HOUR = timedelta(hours=1)


async def test_a_plan_comes_back_as_it_was_written(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        made = await new_plan(connection, person)
        assert await plans.get(connection, made.id) == made
        assert made.prescription == {"dose": "1 mg"}
        assert (made.label, made.status, made.revision) == ("for Mum", "active", 1)


async def test_of_two_changes_from_one_reading_the_second_is_refused(database: Database) -> None:
    async with database.write() as connection:
        seen = await new_plan(connection, await new_person(connection))
        saved = await plans.save(connection, dataclasses.replace(seen, phase="maintenance"), NOON)
        assert (saved.phase, saved.revision) == ("maintenance", 2)
        with pytest.raises(StaleError):
            await plans.save(connection, dataclasses.replace(seen, phase="loading"), NOON)


async def test_due_plans_come_longest_first_and_only_active_ones(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        late, soon, later = [await new_plan(connection, person, NOON + n * HOUR) for n in (-1, 0, 1)]
        await new_plan(connection, person, None)
        paused = await new_plan(connection, person, NOON - HOUR)
        await plans.save(connection, dataclasses.replace(paused, status="paused"), NOON)
        found = await plans.due(connection, NOON, 10)
        assert [item.plan.id for item in found] == [late.id, soon.id]
        assert (found[0].chat_id, found[0].reachable) == (1, True)
        assert [item.plan.id for item in await plans.due(connection, NOON, 1)] == [late.id]
        assert await plans.count_due(connection, NOON) == 2
        assert later.id not in [item.plan.id for item in found]


async def test_a_plan_of_an_unreachable_person_says_so(database: Database) -> None:
    async with database.write() as connection:
        await new_plan(connection, await new_person(connection))
        await chats.lose(connection, 1, "blocked", NOON)
        assert [item.reachable for item in await plans.due(connection, NOON, 10)] == [False]


async def test_a_plan_moves_on_only_from_the_revision_that_was_planned(database: Database) -> None:
    async with database.write() as connection:
        plan = await new_plan(connection, await new_person(connection))
        await plans.advance(connection, [Advance(plan.id, plan.revision + 1, NOON, NOON + 9 * HOUR)])
        assert await plans.get(connection, plan.id) == plan
        await plans.advance(connection, [Advance(plan.id, plan.revision, NOON, NOON + 2 * HOUR)])
        moved = await plans.get(connection, plan.id)
        assert moved is not None
        assert (moved.planned_until, moved.next_due_at, moved.revision) == (NOON, NOON + 2 * HOUR, plan.revision)


async def test_two_planners_never_hold_the_same_plan(postgresql_database: Database) -> None:
    async with postgresql_database.write() as connection:
        person = await new_person(connection)
        for _ in range(4):
            await new_plan(connection, person)
    async with postgresql_database.write() as one, postgresql_database.write() as other:
        mine = {item.plan.id for item in await plans.due(one, NOON, 2)}
        theirs = {item.plan.id for item in await plans.due(other, NOON, 4)}
    assert len(mine) == len(theirs) == 2
    assert not mine & theirs


async def test_plans_are_found_by_zone_and_by_person(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        person = await people.save(connection, dataclasses.replace(person, zone="Africa/Cairo"))
        made = [await new_plan(connection, person) for _ in range(3)]
        ended = await plans.save(connection, dataclasses.replace(made[0], status="ended"), NOON)
        assert ended.ended_at == NOON
        assert ended.next_due_at is None
        open_ids = [made[1].id, made[2].id]
        assert [plan.id for plan in await plans.of_person(connection, person.id)] == open_ids
        assert len(await plans.of_person(connection, person.id, ended=True)) == 3
        assert [plan.id for plan in await plans.in_zones(connection, ["Africa/Cairo"])] == open_ids
        assert [
            plan.id for plan in await plans.in_zones(connection, ["Africa/Cairo"], after_id=made[1].id)
        ] == open_ids[1:]
        assert await plans.in_zones(connection, ["Asia/Tokyo"]) == []
