"""A worker: the ticks that plan, send and clear up, and an orderly end.

Invariant: stopping loses nothing and repeats nothing: what is being sent is waited for and written down, what was
claimed and not begun is handed back, and both fit into the time a host gives between SIGTERM and SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot.clock import Clock, SystemClock, monotonic
from bot.delivery.bot_api import Transport
from bot.delivery.claim import LEASE_SECONDS, Claimer
from bot.delivery.planning import Agenda, Planner
from bot.delivery.reaping import reap
from bot.delivery.sending import WIDTH, Sender
from bot.delivery.settling import Tally
from bot.delivery.ticks import Tick, Ticks
from bot.delivery.watchdog import Watchdog
from bot.records import budgets, heartbeats
from bot.records.database import Database
from bot.records.plans import DuePlan

_log = structlog.get_logger(__name__)

#: Seconds by which the machine's clock may differ from the database's; planning waits while it differs more.
GREATEST_SKEW = 30.0
_BEAT_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two runs of each tick, messages a second over all workers, messages at a time in this one.

    `lease` in seconds must be longer than all timeouts of one call together.
    """

    rate: float = 30.0
    plan: float = 5.0
    dispatch: float = 1.0
    reap: float = 30.0
    width: int = WIDTH
    lease: float = LEASE_SECONDS
    spread: timedelta = timedelta()


class Worker:
    """Plans, sends and clears up. Any number of them on PostgreSQL, one on SQLite.

    `more` are further ticks of other rooms (escalation steps, retention). `on_sent` hears the tally of every dispatch.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transport: Transport,
        agenda_of: Callable[[DuePlan], Agenda[Any]],
        *,
        pace: Pace | None = None,
        more: Sequence[Tick] = (),
        on_sent: Callable[[Tally], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_sent = on_sent
        self._pace = pace = pace or Pace()
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        claimer = Claimer(database, clock, pace.rate, pace.lease)
        self._sender = Sender(database, clock, transport, claimer, width=pace.width)
        self._planner = Planner(database, clock, agenda_of, spread=pace.spread)
        self.ticks = Ticks(
            [
                Tick("plan", pace.plan, self._plan),
                Tick("dispatch", pace.dispatch, self._dispatch, progress=lambda: self._sender.alive_at),
                Tick("reap", pace.reap, self._reap),
                *more,
            ]
        )
        self._beats: dict[str, float] = {}
        self._stopped = asyncio.Event()
        self._dead: str | None = None

    def wake(self) -> None:
        """Something was written to the outbox that should leave now. (Otherwise it is found within a second.)"""
        self.ticks.wake("dispatch")

    def stop(self) -> None:
        """Begin an orderly end; run() returns when it is done."""
        self._stopped.set()

    async def run(self, *, signals: bool = False) -> int:
        """Work until stop(), or SIGTERM and SIGINT when `signals`.

        Gives the process's exit code: 1 when the ticks died.
        """
        loop = asyncio.get_running_loop()
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
        # what is loaded by now lives as long as the process; walking through it again and again would stop the loop
        # for 50 ms at a time
        gc.collect()
        gc.freeze()
        watchdog = asyncio.create_task(Watchdog(self.ticks, self._give_up).run(), name="watchdog")
        self.ticks.start()
        try:
            await self._stopped.wait()
        finally:
            watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watchdog
            self._sender.stop()
            await self.ticks.stop()
            if signals:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.remove_signal_handler(number)
        return 1 if self._dead else 0

    def _give_up(self, tick: str) -> None:
        self._dead = tick
        self.stop()

    async def _plan(self) -> None:
        skew = await self._skew()
        if abs(skew) > GREATEST_SKEW:
            _log.error("clock_skew", seconds=round(skew, 1))
            return
        done = await self._planner.run()
        if done.plans:
            _log.info("planned", plans=done.plans, rows=done.rows, missed=done.missed)
        await self._beat("plan")

    async def _dispatch(self) -> None:
        tally = await self._sender.run()
        for error in tally.errors:
            _log.error("delivery_refused", error=error)
        if tally.unsure:
            _log.warning("deliveries_unsure", count=tally.unsure, again=tally.again)
        if self._on_sent is not None:
            self._on_sent(tally)
        await self._beat("dispatch")

    async def _reap(self) -> None:
        found = await reap(self._database, self._clock)
        if found.unsure:
            _log.warning("deliveries_unsure", count=found.unsure, again=found.again)
        if found.again:
            self.wake()
        await self._beat("reap")

    async def _skew(self) -> float:
        async with self._database.read() as connection:
            return await budgets.clock_difference(connection, SystemClock().now())

    async def _beat(self, tick: str) -> None:
        """Write down that a tick finished, at most every few seconds."""
        now = monotonic()
        if now - self._beats.get(tick, -_BEAT_EVERY) >= _BEAT_EVERY:
            self._beats[tick] = now
            async with self._database.write() as connection:
                await heartbeats.beat(connection, self.name, tick)
