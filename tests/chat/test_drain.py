"""The inbox is emptied: in order within a chat, many chats at once, nothing lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.care.receiving import Receiving
from bot.care.screening import SafeScreen
from bot.chat.drain import Drain
from bot.clock import FixedClock
from bot.metrics import Metrics
from bot.records import inbox, inbox_room
from bot.records.database import Database
from tests.chat.inboxing import DANGER, KeywordScreen, Recorder, message


async def no_card(chat_id: int, text: str, language: str | None) -> bool:
    return False


@asynccontextmanager
async def draining(
    database: Database, handler: Recorder, clock: FixedClock, *, concurrency: int = 8, lease: float = 15.0,
    grace: float = 5.0,
) -> AsyncIterator[Receiving]:  # fmt: skip
    metrics = Metrics()
    drain = Drain(database, handler, clock, metrics, concurrency=concurrency, lease_seconds=lease, grace_seconds=grace)
    door = Receiving(database, SafeScreen(KeywordScreen()), clock, metrics, no_card)
    door.wakes(drain.wake)
    stop = asyncio.Event()
    running = asyncio.create_task(drain.run(stop))
    try:
        yield door
    finally:
        stop.set()
        await running


async def open_updates(database: Database, *chat_ids: int) -> dict[int, int]:
    async with database.read() as connection:
        return await inbox_room.open_counts(connection, chat_ids)


async def test_each_chat_in_order_and_one_at_a_time(database: Database, clock: FixedClock) -> None:
    handler = Recorder()
    batch = [message(100 + n, n % 5 + 1) for n in range(100)]
    async with draining(database, handler, clock) as door:
        await door.take(batch)
        await handler.until(lambda: len(handler.ended) == 100)
    for chat in range(1, 6):
        theirs = [taken.update_id for taken in handler.begun if taken.chat_id == chat]
        assert theirs == sorted(theirs)
        assert len(theirs) == 20
        assert handler.most_at_once[chat] == 1
    assert await open_updates(database, 1, 2, 3, 4, 5) == {}


async def test_two_processes_share_the_work_and_keep_the_order(database_url: str, clock: FixedClock) -> None:
    one, two = Recorder(), Recorder()
    two.bell, two.begun = one.bell, one.begun
    async with (
        Database(database_url) as first,
        Database(database_url) as second,
        draining(first, one, clock) as door,
        draining(second, two, clock),
    ):
        for start in range(0, 200, 20):
            await door.take([message(1000 + n, n % 7 + 1) for n in range(start, start + 20)])
        await one.until(lambda: len(one.ended) + len(two.ended) == 200)
    for chat in range(1, 8):
        theirs = [taken.update_id for taken in one.begun if taken.chat_id == chat]
        assert theirs == sorted(set(theirs))
    assert sorted(one.ended + two.ended) == [1000 + n for n in range(200)]


async def test_a_slow_chat_and_a_flood_hold_up_nobody_else(database: Database, clock: FixedClock) -> None:
    handler = Recorder()
    handler.gate[1] = asyncio.Event()
    async with draining(database, handler, clock, concurrency=2) as door:
        await door.take([message(n, 1, f"flood {n}") for n in range(1, inbox_room.OPEN_LIMIT + 50)])
        await handler.until(lambda: len(handler.begun) == 1)
        await door.take([message(1500 + n, 100 + n) for n in range(20)])
        await handler.until(lambda: len(handler.ended) == 20)
        assert all(update_id >= 1500 for update_id in handler.ended)
        handler.gate[1].set()
        await handler.until(lambda: len(handler.ended) == 20 + inbox_room.OPEN_LIMIT)


async def test_a_red_flag_jumps_the_queue_behind_what_its_own_chat_wrote_before(
    database: Database, clock: FixedClock
) -> None:
    handler = Recorder()
    gate = handler.gate[1] = asyncio.Event()
    async with draining(database, handler, clock, concurrency=1) as door:
        await door.take([message(1, 1)])
        await handler.until(lambda: len(handler.begun) == 1)
        await door.take([message(n, n) for n in range(2, 12)])
        await door.take([message(20, 20, "hello"), message(21, 20, DANGER)])
        gate.set()
        await handler.until(lambda: len(handler.ended) == 13)
    assert [taken.update_id for taken in handler.begun][:3] == [1, 20, 21]


async def test_a_poisonous_update_is_tried_three_times_and_set_aside(database: Database, clock: FixedClock) -> None:
    handler = Recorder()
    handler.script[1] = ["failed"] * 9
    handler.script[2] = ["hopeless"]
    handler.script[3] = ["failed", "done"]
    async with draining(database, handler, clock) as door:
        await door.take([message(1, 1), message(2, 2), message(3, 3), message(4, 1)])
        await handler.until(lambda: len(handler.apologies) == 2 and 4 in handler.ended and handler.ended.count(3) == 2)
    assert [taken.attempts for taken in handler.begun if taken.update_id == 1] == [1, 2, 3]
    assert handler.ended.count(2) == 1
    assert handler.ended.count(3) == 2
    assert handler.ended.index(4) > max(n for n, found in enumerate(handler.ended) if found == 1)
    assert sorted(update_id for update_id, _ in handler.apologies) == [1, 2]
    assert len({error_id for _, error_id in handler.apologies}) == 2
    assert await open_updates(database, 1, 2, 3) == {}


async def test_passing_trouble_does_not_count_as_a_try(database: Database, clock: FixedClock) -> None:
    handler = Recorder()
    handler.script[1] = ["again", "again", "done"]
    async with draining(database, handler, clock) as door:
        await door.take([message(1, 1)])
        await handler.until(lambda: len(handler.ended) == 3)
    assert [taken.attempts for taken in handler.begun] == [1, 1, 1]
    assert handler.apologies == []


async def test_told_to_stop_it_finishes_what_is_under_way_and_leaves_the_rest(
    database: Database, clock: FixedClock
) -> None:
    handler = Recorder()
    gate = handler.gate[1] = asyncio.Event()
    async with draining(database, handler, clock, concurrency=1) as door:
        await door.take([message(1, 1), message(2, 1), message(3, 3)])
        await handler.until(lambda: len(handler.begun) == 1)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert handler.ended == [1]
    assert await open_updates(database, 1, 3) == {1: 1, 3: 1}


async def test_what_does_not_finish_in_time_is_handed_back_uncounted(database: Database, clock: FixedClock) -> None:
    stuck, other = Recorder(), Recorder()
    stuck.gate[1] = asyncio.Event()
    async with draining(database, stuck, clock, grace=0.05) as door:
        await door.take([message(1, 1)])
        await stuck.until(lambda: len(stuck.begun) == 1)
    async with draining(database, other, clock):
        await other.until(lambda: other.ended == [1])
    assert other.begun[0].attempts == 1


async def test_what_a_dead_process_held_is_taken_over(database: Database, clock: FixedClock) -> None:
    door = Receiving(database, SafeScreen(KeywordScreen()), clock, Metrics(), no_card)
    await door.take([message(1, 1), message(2, 1)])
    async with database.write() as connection:
        await inbox.claim(connection, limit=5, token="dead", lease_seconds=0.2)
    handler = Recorder()
    async with draining(database, handler, clock, lease=0.5):
        await handler.until(lambda: handler.ended == [1, 2])
    assert handler.begun[0].attempts == 2


async def test_a_living_process_keeps_what_it_holds_past_its_lease(database_url: str, clock: FixedClock) -> None:
    one, two = Recorder(), Recorder()
    two.bell, two.begun, two.ended = one.bell, one.begun, one.ended
    gate = one.gate[1] = two.gate[1] = asyncio.Event()
    async with (
        Database(database_url) as first,
        Database(database_url) as second,
        draining(first, one, clock, lease=1.0) as door,
        draining(second, two, clock, lease=1.0),
    ):
        await door.take([message(1, 1)])
        await one.until(lambda: len(one.begun) == 1)
        await asyncio.sleep(2.5)  # two leases and a half
        gate.set()
        await one.until(lambda: one.ended == [1])
    assert len(one.begun) == 1


async def test_the_database_gone_for_a_while_loses_nothing_and_doubles_nothing(
    sqlite_database: Database, clock: FixedClock
) -> None:
    handler = Recorder()
    gate = handler.gate[1] = asyncio.Event()
    async with draining(sqlite_database, handler, clock) as door:
        await door.take([message(1, 1), message(2, 1)])
        await handler.until(lambda: len(handler.begun) == 1)
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
        gate.set()
        await handler.until(lambda: handler.ended == [1])
        await asyncio.sleep(0.3)
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE gone RENAME TO inbox")
        await handler.until(lambda: len(handler.ended) == 2)
    assert handler.ended == [1, 2]
    assert await open_updates(sqlite_database, 1) == {}
