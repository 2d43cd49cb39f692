"""What the clinic may learn from use: counts by day, and questions people chose to share.

Invariant: counts hold no text and no person; a shared question holds no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import feedback, shared_questions, unanswered


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often an entry was called helpful and not helpful."""

    entry_id: str
    helpful: int
    not_helpful: int


@dataclass(frozen=True, slots=True)
class SharedQuestion:
    id: int
    text: str
    nearest: str
    created_at: datetime


async def vote(connection: Connection, entry_id: str, day: date, *, helpful: bool) -> None:
    """Count a thumb up or down."""
    statement = insert_into(connection, feedback).values(entry_id=entry_id, day=day, helpful=helpful, count=1)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["entry_id", "day", "helpful"], set_={"count": feedback.c.count + 1}
        )
    )


async def verdicts(connection: Connection, since: date) -> list[Verdict]:
    """The thumbs of each entry since a day, most unhelpful first."""
    rows = await connection.execute(
        select(feedback.c.entry_id, feedback.c.helpful, func.sum(feedback.c.count))
        .where(feedback.c.day >= since)
        .group_by(feedback.c.entry_id, feedback.c.helpful)
    )
    counts: dict[str, list[int]] = {}
    for entry_id, helpful, count in rows:
        counts.setdefault(entry_id, [0, 0])[not helpful] += int(count or 0)
    verdicts_found = [Verdict(entry_id, up, down) for entry_id, (up, down) in counts.items()]
    return sorted(verdicts_found, key=lambda verdict: (-verdict.not_helpful, verdict.entry_id))


async def not_answered(connection: Connection, nearest: str, day: date) -> None:
    """Count a question the bot had no answer to; `nearest` is the entry that came nearest, or empty."""
    statement = insert_into(connection, unanswered).values(nearest=nearest, day=day, count=1)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["nearest", "day"], set_={"count": unanswered.c.count + 1})
    )


async def count_not_answered(connection: Connection, since: date) -> dict[str, int]:
    """Questions without an answer since a day, by the entry that came nearest."""
    rows = await connection.execute(
        select(unanswered.c.nearest, func.sum(unanswered.c.count))
        .where(unanswered.c.day >= since)
        .group_by(unanswered.c.nearest)
    )
    return {nearest: int(count or 0) for nearest, count in rows}


async def share(connection: Connection, text: str, nearest: str, now: datetime) -> None:
    """Keep a question its writer chose to share."""
    await connection.execute(shared_questions.insert().values(text=text, nearest=nearest, created_at=now))


async def shared(connection: Connection, limit: int = 100) -> list[SharedQuestion]:
    """Shared questions, newest first."""
    statement = select(shared_questions).order_by(shared_questions.c.id.desc()).limit(limit)
    return [SharedQuestion(**row) for row in (await connection.execute(statement)).mappings()]


async def drop_shared(connection: Connection, before: datetime) -> int:
    return (await connection.execute(delete(shared_questions).where(shared_questions.c.created_at < before))).rowcount
