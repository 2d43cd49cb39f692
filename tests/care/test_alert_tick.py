"""The alerts' tick when there is much to do: a process that works is not ended as dead."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.care import advancing
from bot.clock import FixedClock
from bot.delivery import ticks, watchdog
from bot.delivery.ticks import Ticks
from bot.delivery.watchdog import FLOOR, Watchdog
from bot.records import alerts
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from tests.care.caring import ward

MINUTE = timedelta(minutes=1)


async def test_many_alerts_on_a_slow_machine_are_carried_on_and_the_tick_lives(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen under load: a hundred alerts nobody had, due at once, took longer than the watchdog waits."""
    place = ward(database, clock)
    many = 14
    for chat in range(1, many + 1):
        await place.raise_alert(await place.person(chat))
    await place.send_all()
    await place.tick(4)  # nothing is due yet
    now, given_up, taken, bell = [1000.0], list[str](), 0, asyncio.Event()
    for module in (advancing, ticks, watchdog):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    place.caring.steps.alive_at = now[0]
    clockwork = Ticks([tick for tick in place.caring.ticks if tick.name == "alerts"])
    dog = Watchdog(clockwork, given_up.append)
    take = alerts.take_step

    async def slow(connection: Connection, seen: Alert, next_step_at: datetime | None) -> bool:
        nonlocal taken
        now[0] += FLOOR * 0.9
        dog.look()
        taken += 1
        if taken == many:
            bell.set()
        return await take(connection, seen, next_step_at)

    monkeypatch.setattr(alerts, "take_step", slow)
    place.clock.advance(6 * MINUTE)
    clockwork.start()
    async with asyncio.timeout(60):
        await bell.wait()
    await clockwork.stop()
    assert given_up == []
    assert clockwork.failing() == frozenset()
