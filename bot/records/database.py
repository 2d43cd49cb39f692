"""One database, SQLite or PostgreSQL, and its two kinds of transaction.

Invariant: every transaction that writes says so when it begins (on SQLite BEGIN IMMEDIATE, so it can wait for the lock
but never fails half way with a stale snapshot), and a commit is on disk before `write()` returns, because a lost commit
could send a message twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from sqlalchemy import URL, event, make_url
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.records import sqlite_driver
from bot.records.types import Keyring, attach_keyring

#: What the functions of this room take; other rooms only hand it back.
Connection: TypeAlias = AsyncConnection

_BUSY_TIMEOUT_SECONDS = 10.0
_GLANCES = 2
_CACHE_KILOBYTES = 512
"""Of each SQLite connection; beyond it the system's own cache of the file, which all of them share, is near enough."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg"}


def driver_url(url: str) -> URL:
    """Turn `sqlite:///file`, `postgres://…` or `postgresql://…` into the URL of the async driver.

    Raises ValueError for any other.
    """
    parsed = make_url(url)
    kind = parsed.drivername.split("+", 1)[0]
    if kind not in _DRIVERS:
        raise ValueError(f"unknown database {kind}: use sqlite:///file or postgres://")
    if kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("an in-memory SQLite database differs for each connection; give a file")
    parsed = parsed.set(drivername=_DRIVERS[kind])
    if "sslmode" in parsed.query:  # libpq's spelling, as hosts give it; asyncpg says ssl
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed


class Database:
    """Opens with `async with Database(url) as database:`; hands out transactions with `read()` and `write()`.

    `pool_size` is the most connections this process asks PostgreSQL for; `keys` are Fernet keys, newest first.
    """

    def __init__(self, url: str, *, keys: Sequence[str] = (), pool_size: int = 5) -> None:
        self.url = driver_url(url)
        sqlite = self.url.drivername.startswith("sqlite")
        self.dialect: Literal["sqlite", "postgresql"] = "sqlite" if sqlite else "postgresql"
        self._engine = _sqlite_engine(self.url) if self.dialect == "sqlite" else _postgresql_engine(self.url, pool_size)
        attach_keyring(self._engine.dialect, Keyring(keys))
        self._writer = self._engine.execution_options(writes=True)
        self._bulk_writer = self._engine.execution_options(writes=True, bulk=True)
        self._glancer = self._engine.execution_options(isolation_level="AUTOCOMMIT", glances=True)
        self._glancing: list[Connection] = []
        self._glances = asyncio.Semaphore(_GLANCES)
        # SQLite has one writer: waiting here is fair and costs nothing, waiting in SQLite polls
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        return Path(self.url.database or "") if self.dialect == "sqlite" else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. A Database that is used afterwards opens new ones."""
        while self._glancing:
            await self._glancing.pop().close()
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A transaction that only reads; what it sees may be a moment old by the time it ends."""
        async with _Reached(self._engine.connect()) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Connection]:
        """For reading a row or two, without a transaction: each statement sees what is committed when it runs.

        A fifth of the cost of read(). Two statements may see two moments; where that matters, use read().
        """
        async with self._glances:
            connection = (
                self._glancing.pop() if self._glancing else await _Reached(self._glancer.connect()).__aenter__()
            )
            try:
                yield connection
            except BaseException:
                await connection.close()
                raise
            self._glancing.append(connection)

    @asynccontextmanager
    async def write(self, *, bulk: bool = False) -> AsyncIterator[Connection]:
        """A transaction that may write: committed and on disk on leaving, undone when the body raises.

        Keep it short and never wait for the network inside it. Do not open another write() inside: on SQLite it would
        wait for itself. `bulk` says that it writes more than some dozens of rows, so that SQLite does it in a thread.
        """
        if self._turn is None:
            async with _Reached(self._writer.begin()) as connection:
                yield connection
        else:
            async with self._turn, _Reached((self._bulk_writer if bulk else self._writer).begin()) as connection:
                yield connection


class DatabaseGoneError(OSError):
    """The database could not be reached at all: nothing was begun."""


class _Reached:
    """Opens a connection; tells an operating system's error of doing so from any that comes later."""

    def __init__(self, opening: AbstractAsyncContextManager[Connection]) -> None:
        self._opening = opening

    async def __aenter__(self) -> Connection:
        try:
            return await self._opening.__aenter__()
        except OSError as error:
            raise DatabaseGoneError(error.errno, error.strerror) from error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._opening.__aexit__(kind, error, trace)


def _postgresql_engine(url: URL, pool_size: int) -> AsyncEngine:
    return create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_pre_ping=False, pool_recycle=1800)


def _sqlite_engine(url: URL) -> AsyncEngine:
    file = url.database or ""
    engine = create_async_engine(
        url, pool_size=4, max_overflow=0, async_creator=lambda: sqlite_driver.connect(file, _BUSY_TIMEOUT_SECONDS)
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # secure_delete: what a person had deleted is overwritten in the file, not only marked as free
        for pragma in (
            "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON",
            f"cache_size=-{_CACHE_KILOBYTES}",
        ):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: SyncConnection) -> None:
        options = connection.get_execution_options()
        driver = connection.connection.driver_connection
        if options.get("bulk", False) and isinstance(driver, sqlite_driver.Connection):
            driver.bulk = True
        if not options.get("glances", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")

    return engine
