"""Ticks that keep ticking: through errors, overlaps, a clock that is put back, and until they are stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import apscheduler.schedulers.base
import pytest

from bot.delivery import watchdog
from bot.delivery.ticks import Tick, Ticks
from bot.delivery.watchdog import Watchdog


class Counter:
    """Something to run, that can be waited for."""

    def __init__(self) -> None:
        self.runs = 0
        self.changed = asyncio.Condition()

    async def __call__(self) -> None:
        async with self.changed:
            self.runs += 1
            self.changed.notify_all()

    async def reach(self, runs: int) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: self.runs >= runs)


async def test_ticks_run_at_once_and_again() -> None:
    one, other = Counter(), Counter()
    ticks = Ticks([Tick("one", 0.02, one), Tick("other", 3600, other)])
    ticks.start()
    await one.reach(3)
    await other.reach(1)
    await ticks.stop()
    assert other.runs == 1
    runs = one.runs
    await asyncio.sleep(0.1)
    assert one.runs == runs


async def test_a_tick_that_raises_comes_again_and_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    counter = Counter()

    async def fails() -> None:
        await counter()
        if counter.runs < 3:
            raise RuntimeError("no database")

    ticks = Ticks([Tick("plan", 0.02, fails)])
    ticks.start()
    await counter.reach(2)
    await counter.reach(4)
    await ticks.stop()
    assert ticks.failing() == frozenset()
    assert capsys.readouterr().out.count("tick_failed") == 1


async def test_a_failing_tick_is_known_as_such() -> None:
    counter = Counter()

    async def fails() -> None:
        await counter()
        raise RuntimeError("no database")

    ticks = Ticks([Tick("plan", 0.02, fails)])
    ticks.start()
    await counter.reach(2)
    await ticks.stop()
    assert ticks.failing() == {"plan"}


async def test_a_tick_never_runs_twice_at_a_time_and_is_waited_for() -> None:
    at_once = most = 0
    finished = False
    started = asyncio.Event()
    go_on = asyncio.Event()

    async def slow() -> None:
        nonlocal at_once, most, finished
        at_once += 1
        most = max(most, at_once)
        started.set()
        await go_on.wait()
        at_once -= 1
        finished = True

    ticks = Ticks([Tick("slow", 0.01, slow)])
    ticks.start()
    await started.wait()
    await asyncio.sleep(0.08)
    stopping = asyncio.create_task(ticks.stop())
    await asyncio.sleep(0.02)
    assert not stopping.done()
    go_on.set()
    await stopping
    assert finished
    assert most == 1


async def test_waking_a_tick_before_its_time() -> None:
    counter = Counter()
    ticks = Ticks([Tick("dispatch", 3600, counter)])
    ticks.start()
    await counter.reach(1)
    ticks.wake("dispatch")
    await counter.reach(2)
    await ticks.stop()
    ticks.wake("dispatch")  # too late, and no matter


async def test_a_clock_put_back_an_hour_stops_the_ticks_until_the_watchdog_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """APScheduler waits for the wall clock to come round again; measured, and the reason for the watchdog."""
    back = timedelta()

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - back  # type: ignore[arg-type]

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Stepped)
    monkeypatch.setattr(watchdog, "FLOOR", 0.1)
    counter = Counter()
    ticks = Ticks([Tick("plan", 0.03, counter)])
    monkeypatch.setattr(ticks, "_wall", type("Wall", (), {"now": staticmethod(lambda: datetime.now(tz=UTC) - back)})())
    ticks.start()
    await counter.reach(2)
    back = timedelta(hours=1)
    await asyncio.sleep(0.15)
    stalled = counter.runs
    await asyncio.sleep(0.15)
    assert counter.runs <= stalled + 1
    dog = Watchdog(ticks, give_up=lambda _tick: pytest.fail("it was revived"))
    assert dog.look() == ["plan"]
    await counter.reach(stalled + 3)
    assert dog.look() == []
    await ticks.stop()


class Dead:
    """Ticks that nothing revives."""

    def __init__(self) -> None:
        self.heard = 0.0
        self.revived: list[str] = []

    def intervals(self) -> Mapping[str, float]:
        return {"plan": 5.0}

    def alive_at(self, tick: str) -> float:
        return self.heard

    def revive(self, tick: str) -> None:
        self.revived.append(tick)


def test_what_cannot_be_revived_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(watchdog, "monotonic", lambda: now)
    given_up: list[str] = []
    dead = Dead()
    dead.heard = now
    dog = Watchdog(dead, given_up.append)
    now += 15
    assert dog.look() == []
    now += 1
    assert dog.look() == ["plan"]
    now += 2
    dog.look()
    assert (dead.revived, given_up) == (["plan"], [])
    now += 60
    dog.look()
    assert (dead.revived, given_up) == (["plan"], [])
    now += 30
    dog.look()
    assert (dead.revived, given_up) == (["plan"], ["plan"])
    dead.heard = now  # it lives after all: the next silence counts anew
    assert dog.look() == []
    now += 16
    dog.look()
    assert dead.revived == ["plan", "plan"]


def test_a_long_run_that_makes_progress_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = 0.0
    ticks = Ticks([Tick("dispatch", 1.0, Counter(), progress=lambda: progress)])
    ticks._heard["dispatch"] = 5.0
    progress = 50.0
    assert ticks.alive_at("dispatch") == 5.0  # not running: what it did then is over
    ticks._running["dispatch"] = None  # type: ignore[assignment]
    assert ticks.alive_at("dispatch") == 50.0
