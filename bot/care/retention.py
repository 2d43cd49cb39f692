"""The nightly clearing.

Invariant: at most once a night over all processes, by the clinic's own calendar; what is cleared is really gone from
the database file, not only marked as free.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.clock import Clock
from bot.records import heartbeats, keeping, upkeep
from bot.records.database import Database

#: How often to look whether it is night, in seconds; for the tick.
LOOK_EVERY: Final = 900.0
_HOUR: Final = 3
_FACT: Final = "retention_done_on"

_log = structlog.get_logger(__name__)


class Retention:
    """Drops what was kept long enough; `days` and `blocked_months` from the settings, `zone` the clinic's."""

    def __init__(self, database: Database, clock: Clock, *, days: int, blocked_months: int, zone: str) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._blocked_months = blocked_months
        self._zone = ZoneInfo(zone)

    async def nightly(self) -> Mapping[str, int] | None:
        """Clear, if it is past three at night and nobody has today; gives what went, None when it was not time."""
        local = self._clock.now().astimezone(self._zone)
        today = local.date().isoformat()
        if local.hour < _HOUR:
            return None
        async with self._database.read() as connection:
            if await heartbeats.fact(connection, _FACT) == today:
                return None
        return await self.clear(today)

    async def clear(self, today: str | None = None) -> Mapping[str, int]:
        """Clear now; gives how many rows went, by what they were."""
        async with self._database.write(bulk=True) as connection:
            gone = await keeping.drop_old(
                connection, self._clock.now(), days=self._days, blocked_months=self._blocked_months
            )
            if today is not None:
                await heartbeats.remember(connection, _FACT, today)
        await upkeep.settle_file(self._database)
        _log.info("retention", **{name: count for name, count in gone.items() if count})
        return gone
