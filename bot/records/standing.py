"""Whether the database already stands at the schema of this program, without loading the migration tools.

Invariant: HEAD is the newest migration; a test compares it with the files.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.records.database import Database

HEAD: Final = "0001"


async def is_current(database_url: str) -> bool:
    """True when nothing is left to migrate; False also for an empty database or one that cannot be read."""
    try:
        async with Database(database_url, pool_size=1) as database, database.read() as connection:
            rows = await connection.execute(text("SELECT version_num FROM alembic_version"))
            return [row[0] for row in rows] == [HEAD]
    except DBAPIError:
        return False
