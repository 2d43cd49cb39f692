"""Transactions: whole or not at all, many writers at once, and no reader that blocks a writer."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.records import heartbeats
from bot.records.database import Database
from bot.records.upkeep import settle_file


async def test_what_a_failed_transaction_wrote_is_undone(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await heartbeats.remember(connection, "colour", "red")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as connection:
        assert await heartbeats.fact(connection, "colour") is None


async def test_many_that_read_and_then_write_lose_nothing(database: Database) -> None:
    async def count_up(times: int) -> None:
        for _ in range(times):
            async with database.write() as connection:
                if database.dialect == "postgresql":
                    await connection.execute(text("LOCK TABLE facts IN EXCLUSIVE MODE"))
                seen = await heartbeats.fact(connection, "count") or "0"
                await asyncio.sleep(0)
                await heartbeats.remember(connection, "count", str(int(seen) + 1))

    await asyncio.gather(*(count_up(5) for _ in range(10)))
    async with database.read() as connection:
        assert await heartbeats.fact(connection, "count") == "50"


async def test_two_processes_may_write_one_sqlite_file(sqlite_url: str) -> None:
    # two Databases share nothing but the file, as two processes do
    async with Database(sqlite_url) as one, Database(sqlite_url) as other:

        async def count_up(database: Database) -> None:
            for _ in range(20):
                async with database.write() as connection:
                    seen = await heartbeats.fact(connection, "count") or "0"
                    await heartbeats.remember(connection, "count", str(int(seen) + 1))

        await asyncio.gather(count_up(one), count_up(other))
        async with one.read() as connection:
            assert await heartbeats.fact(connection, "count") == "40"


async def test_a_reader_sees_the_past_while_a_writer_works(database: Database) -> None:
    async with database.write() as connection:
        await heartbeats.remember(connection, "colour", "red")
    async with database.write() as writing:
        await heartbeats.remember(writing, "colour", "blue")
        async with database.read() as reading:
            assert await heartbeats.fact(reading, "colour") == "red"


async def test_sqlite_survives_power_cuts_and_overwrites_what_is_deleted(sqlite_database: Database) -> None:
    async with sqlite_database.read() as connection:
        found = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ]
    assert found == ["wal", 2, 1, 1]


async def test_a_sqlite_connection_keeps_little_of_the_file_in_memory(sqlite_database: Database) -> None:
    async with sqlite_database.read() as connection:
        assert (await connection.execute(text("PRAGMA cache_size"))).scalar_one() == -512


async def test_a_glance_sees_what_was_committed_a_moment_ago(database: Database) -> None:
    for colour in ("red", "blue", "green"):
        async with database.write() as connection:
            await heartbeats.remember(connection, "colour", colour)
            async with database.glance() as looking:
                assert await heartbeats.fact(looking, "colour") != colour
        async with database.glance() as looking:
            assert await heartbeats.fact(looking, "colour") == colour


async def test_many_glances_at_once_and_one_that_fails(database: Database) -> None:
    async def look() -> None:
        async with database.glance() as connection:
            await heartbeats.fact(connection, "colour")

    async def stumble() -> None:
        async with database.glance() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))

    found = await asyncio.gather(*(look() for _ in range(50)), stumble(), stumble(), return_exceptions=True)
    assert sum(isinstance(one, DBAPIError) for one in found) == 2
    assert found.count(None) == 50
    await look()


async def test_a_glance_holds_no_snapshot_open(sqlite_database: Database) -> None:
    """A read transaction left open would keep the log of writes growing for ever."""
    async with sqlite_database.glance() as connection:
        await heartbeats.fact(connection, "colour")
    async with sqlite_database.write() as connection:
        await heartbeats.remember(connection, "colour", "red")
    assert await settle_file(sqlite_database)
