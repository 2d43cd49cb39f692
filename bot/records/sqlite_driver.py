"""SQLite for an event loop: short things at once, waiting and long things in a thread.

A row or two take microseconds; handing them to a thread and back takes many times as long, and under load each
hand-over waits its turn. So statements run right here. A thread is used for what waits: the lock somebody else holds,
the disk at COMMIT; and for what is long: a read that turns out so is stopped and run again there, a write says so
before.

Invariant: the event loop is not held up for longer than some milliseconds, and of one connection nothing runs while
something else of it is still running in a thread, also when whoever waited for that gave up.

It stands in for aiosqlite under SQLAlchemy's dialect of that name, and offers what that dialect uses.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, TypeVar

_STEPS: Final = 4_000  # of SQLite's machine between two looks at the clock, well below a millisecond
_LONG_SECONDS: Final = 0.004
_MANY: Final = 200  # parameters; a statement with more writes many rows
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

T = TypeVar("T")


async def connect(file: str, wait_seconds: float) -> Connection:
    """Open a connection; `wait_seconds` is how long it waits for somebody else's lock."""
    raw = await asyncio.to_thread(sqlite3.connect, file, timeout=0, isolation_level=None, check_same_thread=False)
    return Connection(raw, wait_seconds)


class Connection:
    """One connection, as aiosqlite's looks to SQLAlchemy. Set `bulk` before a transaction that writes a lot."""

    def __init__(self, raw: sqlite3.Connection, wait_seconds: float) -> None:
        self._conn = raw
        self._connection: sqlite3.Connection | None = raw
        self._tx = self
        self._wait = wait_seconds
        self._writing = False
        self._late: asyncio.Future[Any] | None = None
        self._give_up_at = 0.0
        self.bulk = False

    def cursor(self) -> Cursor:
        return Cursor(self)

    async def commit(self) -> None:
        await (self._in_thread(self._conn.commit) if self._writing else self._here(self._conn.commit))
        self._writing = self.bulk = False

    async def rollback(self) -> None:
        await self._here(self._conn.rollback)
        self._writing = self.bulk = False

    async def close(self) -> None:
        self._connection = None
        await self._in_thread(self._conn.close)

    def stop(self) -> None:
        """Give the connection up without waiting."""
        self._connection = None
        self._conn.interrupt()

    async def create_function(self, *args: Any, **more: Any) -> None:
        self._conn.create_function(*args, **more)

    def put_nowait(self, asked: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        """What SQLAlchemy uses to set the isolation level."""
        future, work = asked
        future.set_result(work())

    async def execute(self, work: Callable[[], None], sql: str, many: bool) -> None:
        """Run a statement where it belongs."""
        if sql.startswith("BEGIN IMMEDIATE"):
            await self._here(work)
            self._writing = True
        elif not self._writing:
            await self._read(work)
        else:
            try:
                await (self._in_thread(work) if many or self.bulk else self._here(work))
            except sqlite3.Error:
                self._writing = self._conn.in_transaction  # some errors end the transaction
                raise

    async def _read(self, work: Callable[[], None]) -> None:
        """Here, until it turns out long."""
        self._give_up_at = time.perf_counter() + _LONG_SECONDS
        self._conn.set_progress_handler(self._takes_long, _STEPS)
        try:
            await self._here(work)
        finally:
            self._conn.set_progress_handler(None, 0)

    async def _here(self, work: Callable[[], None]) -> None:
        """At once; in a thread if somebody else holds the lock, or if it was stopped for taking long."""
        if self._late is not None:
            await self._settled()
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (*_LOCKED, sqlite3.SQLITE_INTERRUPT):
                raise
        else:
            return
        self._conn.set_progress_handler(None, 0)
        await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._late is not None:
            await self._settled()
        self._late = asyncio.get_running_loop().run_in_executor(None, self._patiently, work)
        self._late.add_done_callback(_look_at)  # whoever asked may have given up by then
        found: T = await asyncio.shield(self._late)
        self._late = None
        return found

    async def _settled(self) -> None:
        """Wait for what nobody waits for any more."""
        if self._late is not None:
            await asyncio.wait({self._late})  # unlike gather, it does not cancel what it waits for
            self._late = None

    def _takes_long(self) -> bool:
        return time.perf_counter() > self._give_up_at

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do it in this thread, again while somebody else holds the lock."""
        ends = time.monotonic() + self._wait
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _LOCKED or time.monotonic() > ends:
                    raise
            time.sleep(0.002)


def _look_at(late: asyncio.Future[Any]) -> None:
    """So that asyncio does not complain of an error nobody waited for."""
    if not late.cancelled():
        late.exception()


class Cursor:
    """One statement and its rows."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection._conn.cursor()
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        cursor = self._cursor

        def work() -> None:
            cursor.execute(sql, parameters)
            self._rows = cursor.fetchall() if cursor.description else []

        await self._connection.execute(work, sql, many=len(parameters) > _MANY)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        cursor = self._cursor

        def work() -> None:
            cursor.executemany(sql, parameters)

        await self._connection.execute(work, sql, many=len(parameters) > _MANY // 10)

    async def fetchall(self) -> list[Any]:
        found, self._rows = self._rows, []
        return found

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        size = size or self.arraysize
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def close(self) -> None:
        self._cursor.close()
