"""The SQLite file itself: what is only in its log goes into it, so that deleted text is in neither."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from bot.records.database import Database


async def settle_file(database: Database) -> bool:
    """Bring the write-ahead log into the file and empty it; True when it is empty now.

    False while somebody reads; the next time does it. On PostgreSQL there is nothing to do: its own vacuum works.
    """
    file = database.file
    if file is None:
        return True

    def settle() -> bool:
        with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    return await asyncio.to_thread(settle)
