"""Is the bot fit to serve? The same questions for /readyz and for `b12bot doctor`.

Invariant: a check says what is wrong in words an operator can act on, and never raises; what cannot be found out is
not ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.care.contacts import Contacts
from bot.clock import Clock
from bot.records import heartbeats, inbox
from bot.records.database import Connection, Database
from bot.records.trouble import DATABASE_TROUBLE

#: The ticks somebody must run, and how many seconds each may be silent.
TICKS: Final[Mapping[str, float]] = {"plan": 60.0, "dispatch": 60.0, "reap": 180.0}
INBOX_SECONDS: Final = 60.0
_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    ok: bool
    detail: str


class Health:
    """Looks at what a serving bot needs; `contacts` are the chats alerts go to."""

    def __init__(self, database: Database, clock: Clock, contacts: Contacts) -> None:
        self._database = database
        self._clock = clock
        self._contacts = contacts

    async def look(self) -> list[Check]:
        """Every check; the database first, and alone when it cannot be reached."""
        try:
            async with asyncio.timeout(_PATIENCE), self._database.read() as connection:
                return [
                    Check("database", True, "reachable"),
                    *await self._ticks(connection),
                    await self._inbox(connection),
                    await self._team(connection),
                ]
        except TimeoutError:
            return [Check("database", False, f"no answer within {_PATIENCE:.0f} s")]
        except DATABASE_TROUBLE as error:
            return [Check("database", False, f"cannot be used: {type(error).__name__}")]

    async def _ticks(self, connection: Connection) -> list[Check]:
        youngest: dict[str, float] = {}
        for beat in await heartbeats.all_heartbeats(connection):
            youngest[beat.tick] = min(beat.age_seconds, youngest.get(beat.tick, beat.age_seconds))
        found = []
        for tick, limit in TICKS.items():
            age = youngest.get(tick)
            detail = "never ran: is a worker running?" if age is None else f"last ran {max(0.0, age):.0f} s ago"
            found.append(Check(f"tick {tick}", age is not None and age <= limit, detail))
        return found

    async def _inbox(self, connection: Connection) -> Check:
        oldest = await inbox.oldest_waiting(connection)
        age = 0.0 if oldest is None else (self._clock.now() - oldest).total_seconds()
        return Check("inbox", age <= INBOX_SECONDS, f"oldest waiting update came {max(0.0, age):.0f} s ago")

    async def _team(self, connection: Connection) -> Check:
        """An unreachable care team is only known from what Telegram last said; nothing is sent to find out."""
        if not self._contacts.configured:
            return Check("care team", True, "none configured: patients are told that nobody is watching")
        lost = await self._contacts.lost(connection)
        all_of_them = len(self._contacts.chat_ids)
        detail = f"{all_of_them - len(lost)} of {all_of_them} contacts reachable, by what Telegram last said"
        return Check("care team", len(lost) < all_of_them, detail)
