"""The inbox: each update once, a chat's updates in order, red flags first, poison set aside."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.records import inbox
from bot.records.database import Connection, Database
from bot.records.inbox import NewUpdate, Urgency
from bot.records.tables import inbox as table
from bot.records.types import db_now
from tests.records.making import NOON


def new_update(update_id: int, chat_id: int = 1, priority: Urgency = Urgency.NORMAL) -> NewUpdate:
    return NewUpdate(update_id, chat_id, priority, {"update_id": update_id, "message": {"text": "private words"}})


async def claim(connection: Connection, limit: int = 10, token: str = "w") -> list[int]:
    taken = await inbox.claim(connection, limit=limit, token=token, lease_seconds=60)
    return [item.update_id for item in taken]


async def test_an_update_is_written_once(database: Database) -> None:
    async with database.write() as connection:
        assert await inbox.write(connection, [new_update(1), new_update(2)], NOON) == {1, 2}
        assert await inbox.write(connection, [new_update(2), new_update(3)], NOON) == {3}
        assert await inbox.write(connection, [], NOON) == set()
        assert await inbox.last_update_id(connection) == 3
        assert await inbox.oldest_waiting(connection) == NOON


async def test_of_a_chat_only_the_oldest_and_only_when_none_is_held(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=n % 2 + 1) for n in range(1, 7)], NOON)
        assert await claim(connection) == [1, 2]
        assert await claim(connection) == []
        assert await inbox.done(connection, [1], "w", NOON) == 1
        assert await claim(connection) == [3]
        assert await inbox.backlog(connection, 2) == 2
        # one that comes late with a lower number does not overtake the one that is held
        await inbox.write(connection, [new_update(0, chat_id=1)], NOON)
        assert await claim(connection) == []


async def test_red_flags_jump_the_queue_with_what_stands_before_them(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=n) for n in range(1, 20)], NOON)
        await inbox.write(connection, [new_update(20, chat_id=50), new_update(21, 50, Urgency.RED_FLAG)], NOON)
        await inbox.write(connection, [new_update(22, 60, Urgency.RED_FLAG)], NOON)
        assert await claim(connection, 3) == [20, 22, 1]
        await inbox.done(connection, [20], "w", NOON)
        assert await claim(connection, 2) == [21, 2]


async def test_urgency_can_be_raised_while_it_waits(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=n) for n in range(1, 5)], NOON)
        await inbox.raise_urgency(connection, 4)
        assert await claim(connection, 1) == [4]


async def test_text_is_dropped_when_it_was_answered(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1)], NOON)
        await claim(connection)
        await inbox.done(connection, [1], "w", NOON)
        row = (await connection.execute(select(table))).mappings().one()
        assert (row["state"], row["payload"], row["done_at"]) == ("done", {}, NOON)


async def test_poison_is_tried_three_times_and_then_set_aside(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1), new_update(2)], NOON)
        for attempt in (1, 2):
            taken = await inbox.claim(connection, limit=5, token="w", lease_seconds=60)
            assert [(item.update_id, item.attempts) for item in taken] == [(1, attempt)]
            assert await inbox.fail(connection, 1, "w", NOON) is None
        await claim(connection)
        error_id = await inbox.fail(connection, 1, "w", NOON)
        assert error_id
        assert await claim(connection) == [2]
        row = (await connection.execute(select(table).where(table.c.update_id == 1))).mappings().one()
        assert (row["state"], row["error_id"], row["payload"]) == ("set_aside", error_id, {})


async def test_a_holder_that_is_gone_loses_its_updates_and_cannot_end_them(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1)], NOON)
        await claim(connection, token="dead")
        assert await inbox.reap(connection) == 0
        await connection.execute(update(table).values(lease_until=db_now(-1)))
        assert await inbox.reap(connection) == 1
        assert await claim(connection, token="w") == [1]
        assert await inbox.done(connection, [1], "dead", NOON) == 0
        assert await inbox.fail(connection, 1, "dead", NOON) is None
        assert await inbox.done(connection, [1], "w", NOON) == 1


async def test_what_was_handled_is_not_handled_again_because_its_lease_ended_before_it_could_be_marked(
    database: Database,
) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1)], NOON)
        await claim(connection, token="w")
        await connection.execute(update(table).values(lease_until=db_now(-1)))
        await inbox.reap(connection)
        assert await inbox.done(connection, [1], "w", NOON) == 1
        assert await claim(connection, token="x") == []


async def test_a_killer_update_is_set_aside_although_nobody_lives_to_say_so(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1), new_update(2)], NOON)
        for _ in range(inbox.TRIES):
            assert await claim(connection) == [1]
            await connection.execute(update(table).values(lease_until=db_now(-1)))
            await inbox.reap(connection)
        # the fourth holder sees that three have died of it
        taken = await inbox.claim(connection, limit=5, token="w", lease_seconds=60)
        assert taken[0].attempts > inbox.TRIES
        await inbox.set_aside(connection, 1, "w", NOON)
        assert await claim(connection) == [2]


async def test_what_is_handed_back_was_not_tried(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(1)], NOON)
        for _ in range(5):
            taken = await inbox.claim(connection, limit=5, token="w", lease_seconds=60)
            assert taken[0].attempts == 1
            assert await inbox.release(connection, [1], "w") == 1


async def test_old_updates_go_but_the_newest_number_stays(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=n) for n in range(1, 4)], NOON)
        await claim(connection)
        await inbox.done(connection, [1, 2, 3], "w", NOON)
        assert await inbox.drop_done(connection, NOON) == 0
        assert await inbox.drop_done(connection, NOON + timedelta(days=9)) == 2
        assert await inbox.last_update_id(connection) == 3


@pytest.mark.parametrize("seed", range(3))
async def test_many_processes_keep_the_order_of_every_chat(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    updates = [new_update(n, chat_id=chance.randrange(1, 6)) for n in range(1, 61)]
    handled: list[int] = []
    async with database.write() as connection:
        await inbox.write(connection, updates, NOON)

    async def work(token: str) -> None:
        while True:
            async with database.write() as connection:
                taken = await claim(connection, 4, token)
            if not taken:
                async with database.read() as connection:
                    if await inbox.oldest_waiting(connection) is None:
                        return
                await asyncio.sleep(0.002)
            for update_id in taken:
                await asyncio.sleep(0)
                handled.append(update_id)
            async with database.write() as connection:
                await inbox.done(connection, taken, token, NOON)

    await asyncio.gather(*(work(f"w{n}") for n in range(4)))
    chat_of = {item.update_id: item.chat_id for item in updates}
    assert sorted(handled) == sorted(chat_of)
    for chat_id in set(chat_of.values()):
        mine = [update_id for update_id in handled if chat_of[update_id] == chat_id]
        assert mine == sorted(mine)


async def test_one_chats_flood_does_not_starve_the_others(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=1) for n in range(1, 301)], NOON)
        await inbox.write(connection, [new_update(301, chat_id=2)], NOON)
        assert await claim(connection, 10) == [1, 301]


async def test_one_chats_updates_can_be_asked_for(database: Database) -> None:
    async with database.write() as connection:
        await inbox.write(connection, [new_update(n, chat_id=n) for n in range(1, 4)], NOON)
        taken = await inbox.claim(connection, limit=5, token="w", lease_seconds=60, chat_id=2)
        assert [item.update_id for item in taken] == [2]
