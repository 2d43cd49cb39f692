"""People: found or made, changed over a version, lost and regained, forgotten."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from bot.records import chats, outbox, people, plans
from bot.records.database import Database
from bot.records.stale import StaleError
from tests.records.making import NOON, new_delivery, new_person, new_plan


async def test_the_same_chat_is_the_same_person(database: Database) -> None:
    async with database.write() as connection:
        first = await new_person(connection, 7)
        again = await people.arrive(connection, 7, NOON + timedelta(days=1))
        assert again.id == first.id
        assert again.code == first.code
        assert again.started_at == NOON
        assert again.last_seen_at == NOON + timedelta(days=1)
        assert (await new_person(connection, 8)).id != first.id


async def test_two_first_messages_at_once_make_one_person(database: Database) -> None:
    async def arrive() -> int:
        async with database.write() as connection:
            return (await new_person(connection, 7)).id

    assert len(set(await asyncio.gather(*(arrive() for _ in range(4))))) == 1


async def test_codes_are_found_however_they_are_typed(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        for typed in (person.code, person.code.lower(), person.code.replace("-", " "), f" {person.code} "):
            found = await people.by_code(connection, typed)
            assert found is not None
            assert found.id == person.id
        assert await people.by_code(connection, "") is None


async def test_a_taken_code_is_not_given_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["AAA-AAA", "AAA-AAA", "BBB-BBB"])
    monkeypatch.setattr(people, "new_code", lambda: next(codes))
    async with database.write() as connection:
        one, other = await new_person(connection, 1), await new_person(connection, 2)
    assert (one.code, other.code) == ("AAA-AAA", "BBB-BBB")


async def test_of_two_changes_from_one_reading_the_second_is_refused(database: Database) -> None:
    async with database.write() as connection:
        seen = await new_person(connection)
        saved = await people.save(connection, dataclasses.replace(seen, zone="Europe/Berlin", share_text=True))
        assert (saved.zone, saved.share_text, saved.version) == ("Europe/Berlin", True, seen.version + 1)
        with pytest.raises(StaleError):
            await people.save(connection, dataclasses.replace(seen, zone="Asia/Tokyo"))


async def test_a_lost_chat_has_nothing_left_to_send_and_comes_back_by_writing(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection, 7)
        await outbox.add(connection, [new_delivery("a", chat_id=7), new_delivery("b", chat_id=8)], NOON)
        assert await chats.lose(connection, 7, "bot was blocked by the user", NOON) == 1
        assert [found.id for found in await people.unreachable(connection)] == [person.id]
        assert await people.unreachable(connection, before=NOON) == []
        states = [(await outbox.by_key(connection, key)) for key in "ab"]
        assert [row.state for row in states if row] == ["cancelled", "pending"]
        back = await people.arrive(connection, 7, NOON + timedelta(days=3))
        assert back.unreachable_at is None
        assert back.version > person.version
        assert await people.unreachable(connection) == []


async def test_telegram_says_that_a_chat_is_back(database: Database) -> None:
    async with database.write() as connection:
        await new_person(connection, 7)
        await chats.lose(connection, 7, "kicked", NOON)
        await chats.regain(connection, 7, NOON)
        person = await people.find(connection, 7)
        assert person is not None
        assert person.unreachable_at is None


async def test_forgetting_takes_plans_and_messages_and_leaves_the_neighbour(database: Database) -> None:
    async with database.write() as connection:
        one, other = await new_person(connection, 1), await new_person(connection, 2)
        plan, kept = await new_plan(connection, one), await new_plan(connection, other)
        await outbox.add(connection, [new_delivery("a", plan_id=plan.id), new_delivery("b", chat_id=2)], NOON)
        await people.forget(connection, one)
        assert await people.get(connection, one.id) is None
        assert await plans.get(connection, plan.id) is None
        assert await outbox.by_key(connection, "a") is None
        assert await plans.get(connection, kept.id) is not None
        assert await outbox.by_key(connection, "b") is not None


async def test_a_forgotten_number_is_never_used_again(database: Database) -> None:
    async with database.write() as connection:
        gone = await new_person(connection, 1)
        await people.forget(connection, gone)
        assert (await new_person(connection, 2)).id > gone.id
