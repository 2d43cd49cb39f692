"""SQLite beside an event loop: reads at once, long ones and writes in a thread, nothing twice at a time."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.records import sqlite_driver
from bot.records.database import Database
from bot.records.sqlite_driver import Connection

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT count(*) FROM n"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    opened = await sqlite_driver.connect(str(tmp_path / "x.db"), 2.0)
    yield opened
    await opened.close()


async def ask(connection: Connection, sql: str) -> tuple[list[tuple[object, ...]], str]:
    """The rows, and the thread that read them."""
    where: list[str] = []

    def here() -> int:
        where.append(threading.current_thread().name)
        return 0

    connection._conn.create_function("here", 0, here)
    cursor = connection.cursor()
    await cursor.execute(sql)
    return await cursor.fetchall(), where[-1] if where else ""


async def test_a_short_read_runs_right_here(connection: Connection) -> None:
    rows, thread = await ask(connection, "SELECT 1, here()")
    assert rows == [(1, 0)]
    assert thread == threading.current_thread().name


async def test_a_long_read_is_run_again_in_a_thread_and_the_loop_goes_on(connection: Connection) -> None:
    longest, stop = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            began = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - began)

    watching = asyncio.create_task(watch())
    rows, thread = await ask(connection, LONG.replace("count(*)", "count(*), here()"))
    stop.set()
    await watching
    assert rows == [(400000, 0)]
    assert thread != threading.current_thread().name


async def test_what_is_written_runs_here_and_in_a_thread_when_it_is_much(connection: Connection) -> None:
    here = threading.current_thread().name
    for bulk in (False, True):
        connection.bulk = bulk
        assert (await ask(connection, "BEGIN IMMEDIATE"))[0] == []
        _, thread = await ask(connection, "SELECT here()")
        assert (thread == here) is not bulk
        await connection.commit()
        assert connection.bulk is False
    _, thread = await ask(connection, "SELECT here()")
    assert thread == here


async def test_bulk_is_said_to_the_database(sqlite_database: Database) -> None:
    for bulk in (True, False):
        async with sqlite_database.write(bulk=bulk) as opened:
            driver = (await opened.get_raw_connection()).driver_connection
            assert isinstance(driver, Connection)
            assert driver.bulk is bulk


async def test_the_lock_is_waited_for_without_holding_up_the_loop(connection: Connection, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    asyncio.get_running_loop().call_later(0.2, other.execute, "COMMIT")
    await ask(connection, "BEGIN IMMEDIATE")
    await connection.rollback()
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await ask(connection, "BEGIN IMMEDIATE")
    other.close()
    assert (await ask(connection, "SELECT 1"))[0] == [(1,)]


async def test_a_wrong_statement_raises_and_the_connection_stays_good(connection: Connection) -> None:
    for sql in ("SELEC", "SELECT * FROM nowhere"):
        with pytest.raises(sqlite3.OperationalError):
            await ask(connection, sql)
    assert (await ask(connection, "SELECT 2"))[0] == [(2,)]


async def test_who_gives_up_leaves_nothing_running_beside_the_next(connection: Connection) -> None:
    connection.bulk = True
    await ask(connection, "BEGIN IMMEDIATE")
    asking = asyncio.create_task(ask(connection, LONG))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    late = connection._late
    assert late is not None
    assert not late.done()
    await connection.rollback()
    assert late.done()
    assert (await ask(connection, "SELECT 3"))[0] == [(3,)]


async def test_readers_and_a_writer_cancelled_at_random(sqlite_database: Database) -> None:
    """Whatever is given up in the middle, every committed row is there, and every other connection goes on."""
    async with sqlite_database.write() as connection:
        await connection.execute(text("CREATE TABLE counted (n INTEGER PRIMARY KEY)"))
    committed: set[int] = set()

    async def write(number: int) -> None:
        async with sqlite_database.write() as connection:
            await connection.execute(text("INSERT INTO counted VALUES (:n)"), {"n": number})
        committed.add(number)

    async def read() -> None:
        async with sqlite_database.read() as connection:
            await connection.execute(text("SELECT count(*) FROM counted"))

    for number in range(60):
        tasks = [asyncio.create_task(write(number)), *(asyncio.create_task(read()) for _ in range(3))]
        await asyncio.sleep(0.0005 * (number % 7))
        for task in tasks[number % 3 :: 2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with sqlite_database.read() as connection:
        found = set((await connection.execute(text("SELECT n FROM counted"))).scalars())
    assert committed <= found
    assert committed


async def test_a_full_disk_is_an_error_of_the_database(sqlite_database: Database) -> None:
    async with sqlite_database.write() as connection:
        await connection.execute(text("CREATE TABLE big (x BLOB)"))
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()

    async def fill() -> None:
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
            await connection.execute(text("INSERT INTO big VALUES (zeroblob(10000000))"))

    with pytest.raises(OperationalError, match="full"):
        await fill()
    async with sqlite_database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM big"))).scalar_one() == 0
