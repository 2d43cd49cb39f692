"""Taking on work: budget first, then rows, in one transaction.

Invariant: no row is claimed that the budget does not cover, and no waiting for the budget happens once a row is
`sending`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock, monotonic
from bot.delivery.budget import AHEAD, allow
from bot.records import budgets, claims
from bot.records.database import Database
from bot.records.outbox import Delivery, Priority

#: Longer than every HTTP timeout of one call added up (see request.py) with what a batch waits for its turn.
LEASE_SECONDS = 90.0
_SKEW = 5.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed row and when it may leave, in seconds of bot.clock.monotonic."""

    delivery: Delivery
    at: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed, in the order it leaves.

    When it is empty, `wait_seconds` says when to look again; 0 = nothing is due.
    """

    turns: list[Turn]
    wait_seconds: float = 0.0


class Claimer:
    """Claims rows for one worker. `rate` is in messages a second over all workers."""

    def __init__(self, database: Database, clock: Clock, rate: float, lease_seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._rate = rate
        self.lease_seconds = lease_seconds
        self.token = secrets.token_hex(16)

    async def claim(self, limit: int, priorities: Collection[Priority] = tuple(Priority)) -> Batch:
        """Take at most `limit` rows of these priorities, as many as the budget covers for the next moments."""
        async with self._database.write() as connection:
            state = await budgets.hold(connection, AHEAD + 1 / self._rate + _SKEW)
            allowance = allow(state, self._rate, limit)
            if allowance.count == 0:
                return Batch([], allowance.wait_seconds)
            rows = await claims.claim(
                connection,
                limit=allowance.count,
                token=self.token,
                lease_seconds=self.lease_seconds,
                now=self._clock.now(),
                database_now=state.now,
                priorities=priorities,
            )
            if rows:
                await budgets.spend(connection, allowance.next_free_at(len(rows)))
        starts = monotonic() + (allowance.first_at - state.now) / timedelta(seconds=1)
        return Batch([Turn(row, starts + place * allowance.gap_seconds) for place, row in enumerate(rows)])
