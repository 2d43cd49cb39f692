"""Keys are changed while every row stays readable; encryption is turned on over what was plain."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from bot.clock import FixedClock
from bot.records.database import Database
from bot.records.keeping import everything_about
from bot.records.reencrypt import personal_columns, reencrypt
from bot.records.tables import metadata
from bot.records.types import KeyMissingError
from tests.care.somebody import LABEL, WORDS, somebody

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


async def raw(database: Database) -> list[str]:
    """Every personal value as it lies in the database."""
    found: list[str] = []
    async with database.read() as connection:
        for table, columns in personal_columns().items():
            for column in columns:
                rows = await connection.execute(text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"))
                found += list(rows.scalars())
    return found


async def test_on_then_to_another_key_then_the_old_one_may_go(database_url: str, clock: FixedClock) -> None:
    async with Database(database_url) as plain:
        async with plain.write() as connection:
            person = await somebody(connection, 7, clock.now())
            await somebody(connection, 8, clock.now())
        async with plain.read() as connection:
            held = await everything_about(connection, person)
        assert any(LABEL in value for value in await raw(plain))
    for keys in ([OLD], [NEW, OLD], [NEW]):
        async with Database(database_url, keys=keys) as database:
            counts = await reencrypt(database)
            assert all(counts[table] > 0 for table in ("plans", "alerts", "dialogs", "outbox", "diary", "inbox"))
            values = await raw(database)
            assert all(value.startswith("fernet:") for value in values)
            assert not any(mark in value for value in values for mark in (LABEL, WORDS))
            async with database.read() as connection:
                assert await everything_about(connection, person) == held
    async with Database(database_url, keys=[OLD]) as database, database.read() as connection:
        with pytest.raises(KeyMissingError):
            (await connection.execute(select(metadata.tables["plans"]))).all()


async def test_more_rows_than_one_batch(sqlite_url: str, clock: FixedClock) -> None:
    from bot.records import outbox
    from tests.records.making import new_delivery

    async with Database(sqlite_url) as plain, plain.write() as connection:
        await outbox.add(connection, [new_delivery(f"k{n}") for n in range(1203)], clock.now())
    async with Database(sqlite_url, keys=[NEW]) as database:
        assert (await reencrypt(database))["outbox"] == 1203
        assert all(value.startswith("fernet:") for value in await raw(database))


async def test_without_the_old_key_nothing_is_lost(sqlite_url: str, clock: FixedClock) -> None:
    async with Database(sqlite_url, keys=[OLD]) as database, database.write() as connection:
        await somebody(connection, 7, clock.now())
    async with Database(sqlite_url, keys=[NEW]) as database:
        before = await raw(database)
        with pytest.raises(KeyMissingError):
            await reencrypt(database)
        assert await raw(database) == before


def test_what_is_encrypted_is_what_security_md_says() -> None:
    assert set(personal_columns()) == {
        "alerts", "dialogs", "diary", "inbox", "outbox", "plans", "shared_questions",
    }  # fmt: skip
