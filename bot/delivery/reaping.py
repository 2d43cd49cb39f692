"""What is left behind: rows whose worker is gone, and messages whose time is over.

Invariant: a claimed row may be taken by anybody once its lease is over; one that was being sent becomes unsure and is
never sent again, save alerts, which are written anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock
from bot.records import claims, outbox
from bot.records.database import Database


@dataclass(frozen=True, slots=True)
class Reaped:
    """How many rows were handed back, became unsure, were written anew, expired."""

    handed_back: int
    unsure: int
    again: int
    expired: int


async def reap(database: Database, clock: Clock) -> Reaped:
    """One round; cheap when there is nothing to do."""
    now = clock.now()
    async with database.write() as connection:
        handed_back, unsure, again = await claims.reap(connection, now)
        expired = await outbox.expire(connection, now)
    return Reaped(handed_back, unsure, again, expired)
