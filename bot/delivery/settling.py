"""Writing down what became of the calls, many at once, in the transaction the next ones start in.

Invariant: every outcome of outcome.py has one line here, and the state it leads to is the table's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery.outcome import AlreadySo, Lost, Moved, Outcome, Quiet, Refused, Unsent, Unsure
from bot.records import budgets, chats, claims
from bot.records.claims import Sent, Settled
from bot.records.claims import Unsent as UnsentRow
from bot.records.database import Connection
from bot.records.outbox import Delivery

#: Seconds before the first, second, … new try of a call that was proven unsent.
BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Result:
    """A row and what its call came to: Telegram's answer or the outcome of its exception."""

    delivery: Delivery
    outcome: Outcome | None
    message_id: int | None = None


@dataclass(slots=True)
class Tally:
    """How many rows went which way, and what somebody should hear about."""

    sent: int = 0
    unsent: int = 0
    failed: int = 0
    unsure: int = 0
    lost: int = 0
    moved: int = 0
    again: int = 0
    quiet_seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("sent", "unsent", "failed", "unsure", "lost", "moved", "again"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.quiet_seconds = max(self.quiet_seconds, other.quiet_seconds)
        self.errors += other.errors


async def settle(connection: Connection, results: Sequence[Result], token: str, now: datetime) -> Tally:
    """Write results down, inside the caller's transaction.

    `now` is the bot's clock; the quiet is counted by the database's.
    """
    tally = Tally()
    sent: list[Sent] = []
    unsent: list[UnsentRow] = []
    failed: list[Settled] = []
    unsure: list[Settled] = []
    lost: dict[int, str] = {}
    moved: dict[int, int] = {}
    for result in results:
        row = result.delivery
        match result.outcome:
            case None | AlreadySo():
                sent.append(Sent(row, result.message_id))
            case Unsent(error):
                unsent.append(UnsentRow(row, now + timedelta(seconds=_pause(row)), error))
            case Quiet(seconds, error):
                unsent.append(UnsentRow(row, now, error))
                tally.quiet_seconds = max(tally.quiet_seconds, seconds)
            case Moved(chat_id):
                unsent.append(UnsentRow(row, now, "the group moved"))
                moved[row.chat_id] = chat_id
            case Lost(error):
                failed.append(Settled(row, error))
                lost[row.chat_id] = error
            case Refused(error):
                failed.append(Settled(row, error))
                tally.errors.append(f"delivery {row.id} ({row.kind}) was refused: {error}")
            case Unsure(error):
                unsure.append(Settled(row, error))
    await claims.settle_sent(connection, sent, token, now)
    await claims.settle_unsent(connection, unsent, token)
    await claims.settle_failed(connection, failed, token, now)
    tally.again = await claims.settle_unsure(connection, unsure, token, now)
    for chat_id, error in lost.items():
        tally.lost += await chats.lose(connection, chat_id, error, now)
    for old, new in moved.items():  # after the rows wait again, so that they go along
        await chats.migrate(connection, old, new, now)
    if tally.quiet_seconds:
        await budgets.halt(connection, tally.quiet_seconds)
    tally.sent, tally.unsent, tally.failed = len(sent), len(unsent), len(failed)
    tally.unsure, tally.moved = len(unsure), len(moved)
    return tally


def _pause(row: Delivery) -> float:
    return BACKOFF[min(row.attempt, len(BACKOFF) - 1)]
