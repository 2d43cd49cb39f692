"""Brings a database to the schema this program expects, or back.

Invariant: a migration happens whole or not at all, and two processes that start together never run it twice.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.records.database import Database
from bot.records.statements import one_at_a_time
from bot.records.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply every migration that is missing. Safe to call at each start and from several processes at once."""
    await _run(database_url, lambda config: command.upgrade(config, revision))


async def downgrade(database_url: str, revision: str = "base") -> None:
    """Undo migrations down to `revision`. Loses what the undone ones stored."""
    await _run(database_url, lambda config: command.downgrade(config, revision))


async def current(database: Database) -> str | None:
    """The migration the database stands at; None when it is empty."""
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def head() -> str:
    """The newest migration this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migrations found")
    return revision


async def differences(database: Database) -> list[str]:
    """What the tables in code and in the database disagree about; empty when the migrations are complete."""
    options = {"compare_type": True}
    async with database.read() as connection:
        found = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=options), metadata)
        )
    return [str(item) for item in found]


async def _run(database_url: str, step: Callable[[Config], None]) -> None:
    def apply(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        step(config)

    async with Database(database_url, pool_size=1) as database, database.write() as connection:
        await one_at_a_time(connection, "migrate")
        await connection.run_sync(apply)
