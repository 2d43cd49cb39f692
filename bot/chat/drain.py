"""The inbox is emptied: many chats at once, each chat in order.

Invariant: an update is handled by one process at a time and marked only by who holds it; what a dead process held is
taken over when its lease is over. All marking and taking of one round is one commit, however many updates it is.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import structlog

from bot.clock import Clock, monotonic
from bot.metrics import Metrics
from bot.records import inbox, inbox_room
from bot.records.database import Connection, Database
from bot.records.inbox import TakenUpdate
from bot.records.trouble import DATABASE_TROUBLE

_LEASE_SECONDS: Final = 15.0
_IDLE_SECONDS: Final = 0.5
#: In a rush only this many are begun before some have ended, so that what is answered is soon marked so, and little
#: is answered again after a crash. Those that take longer than a quick one should do not count.
_QUICK_AT_ONCE: Final = 32
_QUICK_SECONDS: Final = 0.25
#: In a rush, how long ends are gathered before one commit marks them and takes the next.
_GATHER_SECONDS: Final = 0.004
_LONGEST_PAUSE: Final = 15.0

T = TypeVar("T")

#: done; again = the trouble is not the update's, try later without counting; failed = counts as a try; hopeless =
#: trying again changes nothing
Outcome: TypeAlias = Literal["done", "again", "failed", "hopeless"]

_log = structlog.get_logger(__name__)


class Handler(Protocol):
    """What the drain needs to know about handling."""

    async def handle(self, taken: TakenUpdate) -> Outcome: ...
    async def apologise(self, taken: TakenUpdate, error_id: str) -> None: ...


class _UnderWay(NamedTuple):
    """An update that is being handled; `begun_at` by bot.clock.monotonic."""

    task: asyncio.Task[None]
    begun_at: float


class Drain:
    """Takes updates from the inbox and has them handled, until it is told to stop.

    `concurrency` is how many chats are handled at once; `grace_seconds` how long stopping waits for what is under way.
    """

    def __init__(
        self,
        database: Database,
        handler: Handler,
        clock: Clock,
        metrics: Metrics,
        *,
        concurrency: int = 64,
        grace_seconds: float = 20.0,
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._handler = handler
        self._clock = clock
        self._metrics = metrics
        self._concurrency = concurrency
        self._grace = grace_seconds
        self._lease = lease_seconds
        self._token = secrets.token_hex(16)
        self._bell = asyncio.Event()
        self._active: dict[int, _UnderWay] = {}
        self._done: list[int] = []
        self._postponed: dict[int, int] = {}
        self._waiting: set[int] = set()
        self._renewed_at = self._reaped_at = monotonic()
        self._failures = 0

    def wake(self) -> None:
        """Something was written to the inbox."""
        self._bell.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Take and handle until `stop` is set; then finish what is under way and hand the rest back."""
        told = asyncio.ensure_future(stop.wait())
        told.add_done_callback(lambda _: self._bell.set())
        try:
            while not stop.is_set():
                self._bell.clear()
                await self._round()
                await self._until_rung()
                if len(self._active) > _QUICK_AT_ONCE // 2:
                    await asyncio.sleep(_GATHER_SECONDS)
        finally:
            told.cancel()
            await self._finish()

    def _free(self) -> int:
        """How many more may be begun now."""
        recently = monotonic() - _QUICK_SECONDS
        quick = sum(one.begun_at > recently for one in self._active.values())
        return min(self._concurrency - len(self._active), _QUICK_AT_ONCE - quick)

    async def _until_rung(self) -> None:
        try:
            async with asyncio.timeout(_QUICK_SECONDS if self._active else _IDLE_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        """One commit: what was handled is marked, what waits is taken."""
        free = self._free()
        done, self._done = self._done, []
        taken: list[TakenUpdate] = []
        try:
            async with self._database.write() as connection:
                if done:
                    await inbox.done(connection, done, self._token, self._clock.now())
                if self._failures:
                    await inbox_room.hand_back_strays(connection, self._token, self._active.keys())
                await self._upkeep(connection)
                if free > 0:
                    taken = await inbox.claim(connection, limit=free, token=self._token, lease_seconds=self._lease)
        except DATABASE_TROUBLE as error:
            self._done = done + self._done
            self._failures += 1
            self._reaped_at = monotonic() + self._lease  # leases ran out meanwhile: the living renew theirs first
            if self._failures == 1:
                _log.error("inbox_unreachable", error=type(error).__name__)
            await asyncio.sleep(min(2.0, 0.1 * 2.0 ** min(self._failures, 6)))
            return
        if self._failures:
            _log.info("inbox_reachable", after_failures=self._failures)
            self._failures = 0
        for update in taken:
            self._active[update.update_id] = _UnderWay(asyncio.create_task(self._handle(update)), monotonic())

    async def _upkeep(self, connection: Connection) -> None:
        now = monotonic()
        reaping = now - self._reaped_at >= self._lease / 5
        # before reaping too: the database's clock may have been put forward
        if self._active and (reaping or now - self._renewed_at >= self._lease / 4):
            await inbox_room.renew(connection, self._token, self._lease)
            self._renewed_at = now
        if reaping:
            lost = await inbox.reap(connection)
            self._reaped_at = now
            if lost:
                _log.warning("updates_taken_over", updates=lost)

    async def _handle(self, update: TakenUpdate) -> None:
        try:
            outcome = await self._handler.handle(update)
            self._metrics.handled.labels(outcome).inc()
            await self._settle(update, outcome)
        finally:
            self._active.pop(update.update_id, None)
            self._bell.set()

    async def _settle(self, update: TakenUpdate, outcome: Outcome) -> None:
        times = self._postponed.pop(update.update_id, 0) + 1
        if outcome == "done":
            self._done.append(update.update_id)
        elif outcome == "again":
            self._postponed[update.update_id] = times
            self._waiting.add(update.update_id)
            try:
                await asyncio.sleep(min(_LONGEST_PAUSE, 0.25 * 2.0 ** min(times, 6)))
            finally:
                self._waiting.discard(update.update_id)
            await self._until_written(lambda connection: inbox.release(connection, [update.update_id], self._token))
        else:
            error_id = await self._until_written(lambda connection: self._fail(connection, update, outcome))
            if error_id is not None:
                self._metrics.handled.labels("set_aside").inc()
                await self._handler.apologise(update, error_id)

    async def _fail(self, connection: Connection, update: TakenUpdate, outcome: Outcome) -> str | None:
        now = self._clock.now()
        if outcome == "hopeless":
            return await inbox.set_aside(connection, update.update_id, self._token, now)
        return await inbox.fail(connection, update.update_id, self._token, now)

    async def _until_written(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do `work` in a transaction, again and again until the database takes it."""
        for times in itertools.count():
            try:
                async with self._database.write() as connection:
                    return await work(connection)
            except DATABASE_TROUBLE:
                await asyncio.sleep(min(2.0, 0.1 * 2.0 ** min(times, 6)))
        raise AssertionError

    async def _finish(self) -> None:
        """Nothing more is taken: finish, mark, hand back."""
        open_ids = set(self._active)
        for update_id in self._waiting:
            self._active[update_id].task.cancel()
        if self._active:
            _, late = await asyncio.wait([one.task for one in self._active.values()], timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        back = sorted(open_ids - set(self._done))
        try:
            async with self._database.write() as connection:
                if self._done:
                    await inbox.done(connection, self._done, self._token, self._clock.now())
                if back:  # those settled meanwhile are not ours any more, and stay as they are
                    await inbox.release(connection, back, self._token)
        except DATABASE_TROUBLE as error:
            _log.error("inbox_not_handed_back", updates=len(back), error=type(error).__name__)
        self._done = []
        _log.info("inbox_drain_stopped", handed_back=len(back))
