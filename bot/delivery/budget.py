"""How fast messages may leave, over all chats and all workers together.

Invariant: over any stretch of time no more messages are allowed than the rate times the stretch, plus what `CATCH_UP`
and `AHEAD` allow (a second's worth at most). Per-chat limits are kept by the claim itself (bot.records.claims). Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.records.budgets import BudgetState

#: Seconds of sending a worker may reserve ahead. An alert that comes in waits at most this long behind reminders.
AHEAD = 0.4
#: Seconds of unused time that may still be used, so that a late worker does not lower the rate.
CATCH_UP = 0.5


@dataclass(frozen=True, slots=True)
class Allowance:
    """`count` messages may leave, the first at `first_at` (the database's clock), the next ones `gap_seconds` apart.

    With a count of 0, `wait_seconds` says when asking again is worth while.
    """

    count: int
    first_at: datetime
    gap_seconds: float
    wait_seconds: float

    def next_free_at(self, used: int) -> datetime:
        """When the message after the `used` ones may leave."""
        return self.first_at + timedelta(seconds=used * self.gap_seconds)


def allow(state: BudgetState, rate: float, wanted: int) -> Allowance:
    """Of `wanted` messages, how many may be taken on now at `rate` messages a second."""
    gap = 1.0 / rate
    if state.halted_until is not None and state.halted_until > state.now:
        quiet = (state.halted_until - state.now).total_seconds()
        return Allowance(0, state.halted_until, gap, quiet)
    first = max(state.next_free_at, state.now - timedelta(seconds=CATCH_UP))
    reach = (state.now - first).total_seconds() + AHEAD
    if reach < 0:
        return Allowance(0, first, gap, -reach)
    return Allowance(min(wanted, math.floor(reach * rate + 1e-9) + 1), first, gap, 0.0)
