"""The migrations build what the tables say, can be undone, and may be started twice at once."""

from __future__ import annotations

import asyncio

from sqlalchemy import inspect

from bot.records.database import Database
from bot.records.migrate import current, differences, downgrade, head, upgrade


async def _table_names(database: Database) -> set[str]:
    async with database.read() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_tables_in_code_and_in_the_database_agree(database: Database) -> None:
    assert await differences(database) == []
    assert await current(database) == head()


async def test_down_leaves_nothing_and_up_again_is_whole(database: Database, database_url: str) -> None:
    await downgrade(database_url)
    assert await _table_names(database) <= {"alembic_version", "sqlite_sequence"}
    assert await current(database) is None
    await upgrade(database_url)
    assert await differences(database) == []
    assert await current(database) == head()


async def test_upgrading_what_is_up_to_date_changes_nothing(database: Database, database_url: str) -> None:
    await upgrade(database_url)
    assert await current(database) == head()


async def test_processes_that_start_together_migrate_once(database: Database, database_url: str) -> None:
    await downgrade(database_url)
    await asyncio.gather(*(upgrade(database_url) for _ in range(3)))
    assert await differences(database) == []
