"""The clockwork: a few jobs at fixed intervals in every process. The only module that knows APScheduler.

Invariant: APScheduler is the clock, never the store: jobs live in memory, are the same in every process, and hold
nothing. A tick that is late runs once, never twice at a time, and is never dropped (`misfire_grace_time=None,
coalesce=True, max_instances=1`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import SystemClock, monotonic

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to do every `seconds`. `progress`, if given, says when a run that takes long was last seen alive."""

    name: str
    seconds: float
    run: Callable[[], Coroutine[Any, Any, object]]
    progress: Callable[[], float] | None = None


class Ticks:
    """Runs ticks until stopped. A tick that raises is logged and comes again at its next interval.

    The scheduler reads the machine's own clock, whatever time the bot believes it is; when a tick runs decides
    nothing but lag.
    """

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._ticks = {tick.name: tick for tick in ticks}
        self._heard: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[object]] = {}
        self._failing: set[str] = set()
        self._wall = SystemClock()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        """Begin ticking, each tick at once. Needs a running event loop."""
        for tick in self._ticks.values():
            self._heard[tick.name] = monotonic()
            every = IntervalTrigger(seconds=tick.seconds, timezone=UTC)
            self._scheduler.add_job(self._fire, every, args=[tick], id=tick.name, next_run_time=self._wall.now())
        self._scheduler.start()

    def intervals(self) -> Mapping[str, float]:
        """Each tick's interval in seconds."""
        return {tick.name: tick.seconds for tick in self._ticks.values()}

    def alive_at(self, tick: str) -> float:
        """When the tick last finished, well or badly, or made progress; by bot.clock.monotonic."""
        progress, heard = self._ticks[tick].progress, self._heard[tick]
        return heard if progress is None or tick not in self._running else max(heard, progress())

    def failing(self) -> frozenset[str]:
        """Ticks whose last run raised."""
        return frozenset(self._failing)

    def revive(self, tick: str) -> None:
        """Let a tick run now, whatever APScheduler believes the time is."""
        self._scheduler.modify_job(tick, next_run_time=self._wall.now())

    def wake(self, tick: str) -> None:
        """Something is there for a tick before its time."""
        if self._scheduler.running:
            self.revive(tick)

    async def stop(self) -> None:
        """Tick no more and wait for what is running. (APScheduler's own shutdown would cancel it.)"""
        if self._scheduler.running:
            self._scheduler.pause()
        while self._running:
            await asyncio.wait(set(self._running.values()))
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it shuts down by a callback

    async def _fire(self, tick: Tick) -> None:
        # a run of its own, so that one that takes long is neither cancelled at shutdown nor complained about
        if tick.name not in self._running:
            task: asyncio.Task[object] = asyncio.create_task(tick.run(), name=f"tick {tick.name}")
            self._running[tick.name] = task
            task.add_done_callback(partial(self._finish, tick.name))

    def _finish(self, name: str, task: asyncio.Task[object]) -> None:
        del self._running[name]
        self._heard[name] = monotonic()
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._failing.discard(name)
        elif name not in self._failing:  # said once, not at every tick of an outage
            self._failing.add(name)
            _log.error("tick_failed", tick=name, exc_info=error)
