"""The database's clock is put back or forward by an hour: messages go on leaving, and none leaves twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.records import budgets, claims
from bot.records.outbox import Priority
from bot.records.tables import budgets as budgets_table
from bot.records.tables import outbox as outbox_table
from bot.records.types import db_now
from tests.delivery.conftest import Desk, Telegram
from tests.records.making import new_delivery


async def put_back_an_hour(desk: Desk) -> None:
    """What was noted by the database's clock until now lies an hour ahead of it."""
    async with desk.database.write() as connection:
        ahead = db_now(3600)
        await connection.execute(update(budgets_table).values(next_free_at=ahead))
        started = update(outbox_table).where(outbox_table.c.started_at.is_not(None))
        await connection.execute(started.values(started_at=ahead))


@pytest.mark.parametrize("chat", [1, -5])
async def test_put_back_an_hour_the_next_message_leaves_at_once(desk: Desk, telegram: Telegram, chat: int) -> None:
    telegram.know(chat)
    await desk.owe(*(new_delivery(f"a{n}", chat_id=chat, not_before=desk.clock.now()) for n in range(1)))
    await desk.sender().run()
    await put_back_an_hour(desk)
    await desk.owe(new_delivery("b", chat_id=chat, not_before=desk.clock.now(), priority=Priority.ALERT))
    await desk.sender().run()
    assert await desk.states() == {"sent": 2}
    assert telegram.texts(chat) == ["message a0", "message b"]


async def test_put_back_an_hour_telegrams_quiet_lasts_as_long_as_it_asked_for(desk: Desk) -> None:
    async with desk.database.write() as connection:
        await budgets.hold(connection)
        await connection.execute(update(budgets_table).values(next_free_at=db_now(3600), halted_until=db_now(3605)))
        state = await budgets.hold(connection)
        assert state.next_free_at <= state.now
        assert state.halted_until is not None
        assert timedelta() < state.halted_until - state.now <= timedelta(seconds=6)
        assert 0 < await budgets.halted_for(connection) <= 6


async def test_a_reservation_within_reach_is_no_step(desk: Desk) -> None:
    async with desk.database.write() as connection:
        await budgets.hold(connection)
        await connection.execute(update(budgets_table).values(next_free_at=db_now(100)))
        state = await budgets.hold(connection, 120)
        assert state.next_free_at > state.now + timedelta(seconds=90)


async def test_put_forward_an_hour_what_is_being_sent_becomes_unsure_and_is_not_sent_twice(
    desk: Desk, telegram: Telegram
) -> None:
    """Every lease is over at once; a reminder is left alone, an alert written anew."""
    telegram.know(1, 2)
    now = desk.clock.now()
    await desk.owe(
        new_delivery("r", not_before=now),
        new_delivery("a", chat_id=2, policy="again", priority=Priority.ALERT, not_before=now),
    )
    async with desk.database.write() as connection:
        state = await budgets.hold(connection)
        rows = await claims.claim(connection, limit=9, token="w", lease_seconds=90, now=now, database_now=state.now)
        await claims.start(connection, [row.id for row in rows], "w", 90)
        held = update(outbox_table).where(outbox_table.c.lease_until.is_not(None))
        await connection.execute(held.values(lease_until=db_now(90 - 3600), started_at=db_now(-3600)))
        await claims.reap(connection, now)
    await desk.sender().run()
    assert (telegram.texts(1), telegram.texts(2)) == ([], ["message a"])
    assert (await desk.row("r")).state == "unsure"
