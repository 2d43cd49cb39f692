"""A process that starts before its database does waits for it.

Invariant: what it waits for is said in the log, once in a while and without the address, and it does not wait for
ever: a host that watches processes should see that this one cannot work.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from sqlalchemy import text

from bot.clock import monotonic
from bot.records.database import Database
from bot.records.trouble import DATABASE_TROUBLE, passing

PATIENCE_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 1.0
_SAID_EVERY: Final = 15

_log = structlog.get_logger(__name__)


async def reached(database_url: str, patience: float = PATIENCE_SECONDS) -> bool:
    """Wait until the database answers; False when it did not within `patience` seconds.

    SQLite's file is there or it is not: nobody else will bring it, so it is not waited for.
    """
    began, times = monotonic(), 0
    async with Database(database_url) as database:
        if database.dialect == "sqlite":
            patience = 0.0
        while True:
            try:
                async with database.read() as connection:
                    await connection.execute(text("SELECT 1"))
            except DATABASE_TROUBLE as error:
                if not passing(error) or monotonic() - began >= patience:
                    _log.error("database_unreachable", error=type(error).__name__)
                    return False
                if times % _SAID_EVERY == 0:
                    _log.warning("waiting_for_database", error=type(error).__name__)
                times += 1
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return True
