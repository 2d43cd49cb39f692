"""SQLite for an event loop: reading at once, writing in a thread.

A read of a few rows takes microseconds; handing it to a thread and back takes many times as long. So a read runs right
here, and only when it turns out long (or finds the file locked) is it run again in a thread. Everything in a writing
transaction runs in a thread, because it may wait for the lock and for the disk.

Invariant: the event loop is never held up for longer than some milliseconds, and of one connection nothing runs while
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
_SHORT_WAIT_MS: Final = 20
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

T = TypeVar("T")


async def connect(file: str, wait_seconds: float) -> Connection:
    """Open a connection; `wait_seconds` is how long it waits for somebody else's lock."""
    raw = await asyncio.to_thread(
        sqlite3.connect, file, timeout=_SHORT_WAIT_MS / 1000, isolation_level=None, check_same_thread=False
    )
    return Connection(raw, wait_seconds)


class Connection:
    """One connection, as aiosqlite's looks to SQLAlchemy."""

    def __init__(self, raw: sqlite3.Connection, wait_seconds: float) -> None:
        self._conn = raw
        self._connection: sqlite3.Connection | None = raw
        self._tx = self
        self._wait = wait_seconds
        self._writing = False
        self._late: asyncio.Future[Any] | None = None
        self._give_up_at = 0.0

    def cursor(self) -> Cursor:
        return Cursor(self)

    async def commit(self) -> None:
        await self.run(self._conn.commit, writes=self._writing)
        self._writing = False

    async def rollback(self) -> None:
        await self.run(self._conn.rollback, writes=self._writing)
        self._writing = False

    async def close(self) -> None:
        self._connection = None
        await self.run(self._conn.close, writes=True)

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

    async def run(self, work: Callable[[], T], *, writes: bool) -> T:
        """Do something with the connection: at once, or in a thread when it writes, waits or takes long."""
        if self._late is not None:
            await asyncio.gather(self._late, return_exceptions=True)
            self._late = None
        if not writes:
            self._give_up_at = time.perf_counter() + _LONG_SECONDS
            self._conn.set_progress_handler(self._takes_long, _STEPS)
            try:
                return work()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (*_LOCKED, sqlite3.SQLITE_INTERRUPT):
                    raise
            finally:
                self._conn.set_progress_handler(None, 0)
        self._late = asyncio.get_running_loop().run_in_executor(None, self._patiently, work)
        found: T = await asyncio.shield(self._late)
        self._late = None
        return found

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

        connection = self._connection
        if sql.startswith("BEGIN IMMEDIATE"):
            connection._writing = True
        try:
            await connection.run(work, writes=connection._writing)
        except sqlite3.Error:
            connection._writing = connection._writing and connection._conn.in_transaction
            raise

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        await self._connection.run(lambda: self._cursor.executemany(sql, parameters), writes=True)

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
