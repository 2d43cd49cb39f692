"""The outbox: one row for a key, groups that moved, cancelling, expiring."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from bot.records import chats, outbox
from bot.records.database import Database
from bot.records.outbox import Priority
from tests.records.making import NOON, new_delivery, new_person, new_plan

MINUTE = timedelta(minutes=1)


async def test_a_message_comes_back_as_it_was_written(database: Database) -> None:
    wanted = new_delivery(
        "rem:1:main:2026-05-04", slot="main", local_date=date(2026, 5, 4), expires_at=NOON + MINUTE,
        payload={"text": "Zeit für B12 💉", "reply_markup": {"inline_keyboard": [[{"text": "Done"}]]}},
    )  # fmt: skip
    async with database.write() as connection:
        assert await outbox.add(connection, [wanted], NOON) == {wanted.dedupe_key}
        row = await outbox.by_key(connection, wanted.dedupe_key)
        assert row is not None
        assert await outbox.get(connection, row.id) == row
    assert (row.state, row.attempt, row.created_at) == ("pending", 0, NOON)
    for name in ("payload", "slot", "local_date", "expires_at", "not_before", "method", "kind", "policy", "chat_id"):
        assert getattr(row, name) == getattr(wanted, name)


async def test_a_key_is_written_once_and_the_first_text_stands(database: Database) -> None:
    async with database.write() as connection:
        assert await outbox.add(connection, [new_delivery("a"), new_delivery("b")], NOON) == {"a", "b"}
        assert await outbox.add(
            connection, [new_delivery("a", payload={"text": "other"}), new_delivery("c")], NOON
        ) == {"c"}
        row = await outbox.by_key(connection, "a")
        assert row is not None
        assert row.payload == {"text": "message a"}


async def test_planners_at_once_write_each_key_once(database: Database) -> None:
    async def write() -> int:
        async with database.write() as connection:
            return len(await outbox.add(connection, [new_delivery(f"k{n}") for n in range(50)], NOON))

    assert sum(await asyncio.gather(*(write() for _ in range(4)))) == 50


async def test_more_rows_than_one_statement_takes(database: Database) -> None:
    async with database.write() as connection:
        new = await outbox.add(connection, [new_delivery(f"k{n}", chat_id=n + 1) for n in range(1203)], NOON)
        assert len(new) == 1203
        assert await outbox.count_by_state(connection) == {"pending": 1203}


async def test_a_cancelled_message_may_be_written_anew(database: Database) -> None:
    async with database.write() as connection:
        plan = await new_plan(connection, await new_person(connection))
        first = new_delivery("rem:1:main:2026-05-04", plan_id=plan.id, slot="main")
        await outbox.add(connection, [first], NOON)
        assert await outbox.cancel_plan(connection, plan.id, NOON, slots=["nudge"]) == 0
        assert await outbox.cancel_plan(connection, plan.id, NOON) == 1
        later = new_delivery(first.dedupe_key, plan_id=plan.id, not_before=NOON + MINUTE, payload={"text": "new time"})
        assert await outbox.add(connection, [later], NOON) == {first.dedupe_key}
        row = await outbox.by_key(connection, first.dedupe_key)
        assert row is not None
        assert (row.state, row.not_before, row.payload) == ("pending", NOON + MINUTE, {"text": "new time"})
        assert row.settled_at is None


async def test_messages_to_a_group_that_moved_go_where_it_lives_now(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("before", chat_id=-5)], NOON)
        await chats.migrate(connection, -5, -1005, NOON)
        await outbox.add(connection, [new_delivery("after", chat_id=-5), new_delivery("private", chat_id=5)], NOON)
        rows = [await outbox.by_key(connection, key) for key in ("before", "after", "private")]
        assert [row.chat_id for row in rows if row] == [-1005, -1005, 5]
        # and when it moves once more
        await chats.migrate(connection, -1005, -2005, NOON)
        assert await chats.resolve(connection, [-5, -1005, 5]) == {-5: -2005, -1005: -2005}


async def test_due_and_expired(database: Database) -> None:
    async with database.write() as connection:
        assert await outbox.due(connection, NOON) is False
        row = new_delivery("a", not_before=NOON, expires_at=NOON + MINUTE, priority=Priority.ALERT)
        await outbox.add(connection, [row], NOON)
        assert [await outbox.due(connection, NOON + n * MINUTE) for n in (-1, 0, 1)] == [False, True, False]
        assert await outbox.oldest_due(connection, NOON) == NOON
        assert await outbox.expire(connection, NOON) == 0
        assert await outbox.expire(connection, NOON + MINUTE) == 1
        assert await outbox.count_by_state(connection) == {"expired": 1}
        assert await outbox.oldest_due(connection, NOON + MINUTE) is None


async def test_cancelling_by_key(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("a"), new_delivery("b")], NOON)
        assert await outbox.cancel(connection, ["a", "nothing"], NOON) == 1
        assert await outbox.count_by_state(connection) == {"cancelled": 1, "pending": 1}
