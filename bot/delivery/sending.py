"""From claimed to settled: the loop that sends.

Invariant: a call starts only for a row whose move to `sending` is committed; at most `width` rows are `sending` at a
time in one worker, so a kill leaves at most that many unsure. One transaction writes down what ended and starts what
is next.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from functools import partial

from bot.clock import Clock, monotonic
from bot.delivery.bot_api import Transport
from bot.delivery.claim import Claimer, Turn
from bot.delivery.outcome import Unsure, judge
from bot.delivery.settling import Result, Tally, settle
from bot.records import claims, outbox
from bot.records.database import Database
from bot.records.outbox import Delivery, Priority

#: Rows in flight at a time in one worker.
WIDTH = 48
#: Places among them that reminders never take: reminders that hang must not keep an alert waiting.
KEPT_FOR_ALERTS = 4
#: Seconds between two looks into the outbox while there is something else to do.
LOOK = 0.25
#: Seconds an end in order waits for calls that hang; after that they are unsure. A host gives 30 before it kills.
GRACE = 20.0


class Sender:
    """Sends what is due until nothing is, or until told to stop. One run() at a time."""

    def __init__(
        self, database: Database, clock: Clock, transport: Transport, claimer: Claimer, *, width: int = WIDTH
    ) -> None:
        self._database = database
        self._clock = clock
        self._transport = transport
        self._claimer = claimer
        self._width = width
        self._hand: deque[Turn] = deque()
        self._in_flight: set[asyncio.Task[int | None]] = set()
        self._ended: list[Result] = []
        self._awake = asyncio.Event()
        self._stopping = False
        self._look_at = 0.0
        #: When the loop last went round, by bot.clock.monotonic; it does so at least once a second while it runs.
        self.alive_at = monotonic()

    def stop(self) -> None:
        """Claim nothing more; run() waits for what it began, writes it down, hands the rest back, and returns."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> Tally:
        """Send everything that is due now. Returns when nothing is left, in hand or in flight, or all must be quiet.

        When the database fails it raises what the driver raises; what was learned until then is written by the next
        run().
        """
        total = Tally()
        self._look_at = 0.0
        try:
            while True:
                self.alive_at = monotonic()
                self._awake.clear()
                pause = await self._claim_more()
                if await self._step(total):
                    continue
                if self._is_over(pause):
                    return total
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._until_next(pause)):
                        await self._awake.wait()
        finally:
            await self._leave(total)

    async def _claim_more(self) -> float | None:
        """Look for work when the hand is empty, else for alerts now and then.

        Gives seconds until the budget allows more.
        """
        now = monotonic()
        if self._stopping or now < self._look_at:
            return None
        if self._hand:
            self._look_at = now + LOOK
            urgent = await self._claimer.claim(KEPT_FOR_ALERTS, (Priority.ALERT,))
            self._hand.extendleft(Turn(turn.delivery, now) for turn in reversed(urgent.turns))
            return None
        async with self._database.read() as connection:
            if not await outbox.due(connection, self._clock.now()):
                self._look_at = now + LOOK
                return None
        batch = await self._claimer.claim(self._width * 4)
        self._hand.extend(batch.turns)
        # rows that are due but not to be had belong to chats that had a message just now
        self._look_at = monotonic() + (batch.wait_seconds if not batch.turns and batch.wait_seconds else LOOK)
        return batch.wait_seconds or None

    async def _step(self, total: Tally) -> bool:
        """Write down what ended and start what may leave now, in one transaction. False when there was neither."""
        starting = self._take_ready(monotonic())
        ended, self._ended = self._ended, []
        if not ended and not starting:
            return False
        token = self._claimer.token
        started: set[int] = set()
        written = False
        try:
            async with self._database.write() as connection:
                tally = await settle(connection, ended, token, self._clock.now())
                if starting:
                    ids = [row.id for row in starting]
                    started = await claims.start(connection, ids, token, self._claimer.lease_seconds)
                    await claims.release(connection, [one for one in ids if one not in started], token)
            written = True
        finally:
            if not written:
                self._ended = ended + self._ended
        total.add(tally)
        for row in starting:
            if row.id in started:
                task = asyncio.create_task(self._transport.send(row))
                self._in_flight.add(task)
                task.add_done_callback(partial(self._land, row))
        if not self._hand:
            self._look_at = 0.0  # there may be more where these came from
        return True

    def _take_ready(self, now: float) -> list[Delivery]:
        if self._stopping:
            return []
        free = self._width - len(self._in_flight)
        ready: list[Delivery] = []
        while self._hand and self._hand[0].at <= now:
            kept = 0 if self._hand[0].delivery.priority == Priority.ALERT else KEPT_FOR_ALERTS
            if len(ready) >= free - kept:
                break
            ready.append(self._hand.popleft().delivery)
        return ready

    def _land(self, row: Delivery, task: asyncio.Task[int | None]) -> None:
        self._in_flight.discard(task)
        self._awake.set()
        if task.cancelled():
            self._ended.append(Result(row, Unsure("cancelled while sending")))
            return
        error = task.exception()
        outcome = judge(error) if isinstance(error, Exception) else None
        self._ended.append(Result(row, outcome, task.result() if error is None else None))

    def _is_over(self, pause: float | None) -> bool:
        if self._stopping:
            return True  # _leave() ends what is under way
        if self._in_flight or self._ended:
            return False
        return not self._hand and (pause is None or pause > 1.0)

    def _until_next(self, pause: float | None) -> float:
        """Seconds until there may be something to do although no call ended."""
        now = monotonic()
        moments = [1.0, max(0.0, self._look_at - now)]
        if pause is not None:
            moments.append(pause)
        free = self._width - KEPT_FOR_ALERTS - len(self._in_flight)
        if self._hand and free > 0:
            moments.append(max(0.0, self._hand[0].at - now))
        return min(moments)

    async def _leave(self, total: Tally) -> None:
        """Wait for what is under way, write it down, hand back what was not begun."""
        unbegun = [turn.delivery.id for turn in self._hand]
        self._hand.clear()
        if self._in_flight:
            _, hanging = await asyncio.wait(self._in_flight, timeout=GRACE)
            for task in hanging:
                task.cancel()
            if hanging:
                await asyncio.wait(hanging)
                await asyncio.sleep(0)  # for _land to be called
        if unbegun:
            async with self._database.write() as connection:
                await claims.release(connection, unbegun, self._claimer.token)
        await self._step(total)
