"""A whole worker: it plans, sends, clears up, and ends in order."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import SystemClock, TravelClock
from bot.delivery.bot_api import BotApi
from bot.delivery.planning import Agenda, Slot
from bot.delivery.settling import Tally
from bot.delivery.ticks import Tick
from bot.delivery.worker import Pace, Worker
from bot.records import budgets, heartbeats, outbox, people, plans
from bot.records.database import Database
from bot.records.outbox import Priority
from bot.records.plans import DuePlan
from tests.delivery.conftest import Telegram, until
from tests.delivery.fragile import NOW, Daily
from tests.records.making import new_delivery

FAST = Pace(rate=10_000, plan=0.05, dispatch=0.05, reap=0.05)


def no_agenda(_plan: DuePlan) -> Agenda[Slot]:
    raise AssertionError("no plan is due")


async def test_a_plan_becomes_a_message_without_anybody_calling(database: Database, telegram: Telegram) -> None:
    telegram.know(7)
    clock = TravelClock(NOW - timedelta(minutes=5))
    async with database.write() as connection:
        person = await people.arrive(connection, 7, clock.now())
        await plans.create(connection, person.id, prescription={}, phase="loading", next_due_at=NOW, now=clock.now())
    heard: list[Tally] = []
    transport = BotApi(telegram.request, telegram.base_url)
    worker = Worker(database, clock, transport, Daily, pace=FAST, on_sent=heard.append)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.2)
    assert telegram.texts(7) == []
    for day in range(1, 4):
        clock.advance(timedelta(minutes=6) if day == 1 else timedelta(days=1))
        await until(lambda count=day: len(telegram.texts(7)) == count)  # type: ignore[misc]
    worker.stop()
    assert await running == 0
    assert sum(tally.sent for tally in heard) == 3
    async with database.read() as connection:
        assert {beat.tick for beat in await heartbeats.all_heartbeats(connection)} == {"plan", "dispatch", "reap"}
        assert await outbox.count_by_state(connection) == {"sent": 3}


async def test_waking_it_sends_before_the_next_tick(database: Database, telegram: Telegram) -> None:
    telegram.know(7)
    clock = SystemClock()
    worker = Worker(
        database, clock, BotApi(telegram.request, telegram.base_url), no_agenda, pace=Pace(dispatch=3600, plan=3600)
    )
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(worker._beats.get("dispatch")))
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("a", chat_id=7, priority=Priority.ALERT)], clock.now())
    worker.wake()
    await until(lambda: bool(telegram.texts(7)))
    worker.stop()
    await running


async def test_sigterm_ends_it_in_order(database: Database, telegram: Telegram) -> None:
    telegram.know(*range(1, 41))
    telegram.fault("latency", method="sendMessage", seconds=0.1, times=None)
    clock = SystemClock()
    async with database.write() as connection:
        rows = [new_delivery(f"r{n}", chat_id=n) for n in range(1, 41)]
        await outbox.add(connection, rows, clock.now())
    pace = Pace(rate=10_000, dispatch=0.05, width=12)
    worker = Worker(database, clock, BotApi(telegram.request, telegram.base_url), no_agenda, pace=pace)
    running = asyncio.create_task(worker.run(signals=True))
    await until(lambda: telegram.begun() >= 3)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    async with database.read() as connection:
        states = await outbox.count_by_state(connection)
    assert set(states) == {"sent", "pending"}
    assert states["sent"] == telegram.calls() < 40


async def test_other_rooms_ticks_run_beside_its_own(database: Database, telegram: Telegram) -> None:
    ran = asyncio.Event()

    async def escalate() -> None:
        ran.set()

    transport = BotApi(telegram.request, telegram.base_url)
    worker = Worker(database, SystemClock(), transport, no_agenda, pace=FAST, more=[Tick("escalate", 5, escalate)])
    running = asyncio.create_task(worker.run())
    await ran.wait()
    worker.stop()
    assert await running == 0


async def test_ticks_that_cannot_be_revived_end_the_process(database: Database, telegram: Telegram) -> None:
    worker = Worker(database, SystemClock(), BotApi(telegram.request, telegram.base_url), no_agenda, pace=FAST)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    worker._give_up("plan")
    assert await running == 1


async def test_nothing_is_planned_while_the_clocks_disagree(
    database: Database, telegram: Telegram, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def far(*_: Any) -> float:
        return 31.0

    monkeypatch.setattr(budgets, "clock_difference", far)
    clock = TravelClock(NOW)
    async with database.write() as connection:
        person = await people.arrive(connection, 7, NOW)
        await plans.create(connection, person.id, prescription={}, phase="loading", next_due_at=NOW, now=NOW)
    worker = Worker(database, clock, BotApi(telegram.request, telegram.base_url), Daily, pace=FAST)
    await worker._plan()
    async with database.read() as connection:
        assert await plans.count_due(connection, NOW) == 1
    assert "clock_skew" in capsys.readouterr().out


async def test_it_goes_on_when_the_database_comes_back(
    database: Database, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.know(7)
    clock = SystemClock()
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("a", chat_id=7)], clock.now())
    broken = True
    real = outbox.due

    async def due(*arguments: Any) -> bool:
        if broken:
            raise ConnectionError("the database is gone")
        return await real(*arguments)

    monkeypatch.setattr(outbox, "due", due)
    worker = Worker(database, clock, BotApi(telegram.request, telegram.base_url), no_agenda, pace=FAST)
    running = asyncio.create_task(worker.run())
    await until(lambda: "dispatch" in worker.ticks.failing())
    broken = False
    await until(lambda: bool(telegram.texts(7)))
    worker.stop()
    assert await running == 0
