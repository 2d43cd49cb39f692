"""Sees when the ticks stop, as APScheduler's do for an hour when the clock is put back an hour.

Invariant: it counts on a clock that never steps and sleeps on the event loop, so nothing that stops the ticks stops
it, save a process that is dead anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from bot.clock import monotonic

_log = structlog.get_logger(__name__)

#: A tick is missed when nothing was heard of it for so many of its intervals, and at least for FLOOR seconds.
INTERVALS = 3
FLOOR = 10.0
#: Seconds a revived tick has, at least: a database that says nothing holds each try up for some ten seconds, and a new
#: process would fare no better.
GIVE_UP = 90.0


class Watched(Protocol):
    """Ticks as the watchdog sees them."""

    def intervals(self) -> Mapping[str, float]:
        """Each tick's interval in seconds."""
        ...

    def alive_at(self, tick: str) -> float:
        """When the tick last finished or made progress, by bot.clock.monotonic."""
        ...

    def revive(self, tick: str) -> None:
        """Let the tick run now."""
        ...


class Watchdog:
    """Revives a tick that stopped. When that does not help in GIVE_UP seconds, calls `give_up` with the tick's name.

    Whoever runs the process ends it then: a fresh one is better than one that sends no reminders.
    """

    def __init__(self, ticks: Watched, give_up: Callable[[str], None], *, look_every: float = 2.0) -> None:
        self._ticks = ticks
        self._give_up = give_up
        self._look_every = look_every
        self._revived: dict[str, float] = {}

    async def run(self) -> None:
        """Look for ever; cancel it to stop."""
        while True:
            await asyncio.sleep(self._look_every)
            self.look()

    def look(self) -> list[str]:
        """Revive what stopped; gives the names of the ticks that are silent."""
        now = monotonic()
        silent = []
        for tick, interval in self._ticks.intervals().items():
            patience = max(FLOOR, INTERVALS * interval)
            heard = self._ticks.alive_at(tick)
            if now - heard <= patience:
                self._revived.pop(tick, None)
                continue
            silent.append(tick)
            if tick not in self._revived:
                self._revived[tick] = now
                _log.warning("tick_revived", tick=tick, silent_seconds=round(now - heard, 1))
                self._ticks.revive(tick)
            elif now - self._revived[tick] > max(GIVE_UP, patience):
                _log.critical("tick_dead", tick=tick, silent_seconds=round(now - heard, 1))
                self._give_up(tick)
        return silent
