"""The questions asked after an injection, and what was answered.

Invariant: one check-in of each kind for an injection, answered once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import check_ins, outbox


@dataclass(frozen=True, slots=True)
class CheckIn:
    id: int
    injection_id: int
    person_id: int
    kind: str
    due_at: datetime
    answered_at: datetime | None
    answer: str | None


async def plan(connection: Connection, *, injection_id: int, person_id: int, kind: str, due_at: datetime) -> CheckIn:
    """Write a check-in down; the one that was there before is given back when there was one."""
    values = {"injection_id": injection_id, "kind": kind}
    statement = insert_into(connection, check_ins).values(person_id=person_id, due_at=due_at, **values)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["injection_id", "kind"]))
    found = select(check_ins).where(check_ins.c.injection_id == injection_id, check_ins.c.kind == kind)
    return CheckIn(**(await connection.execute(found)).mappings().one())


async def get(connection: Connection, check_in_id: int) -> CheckIn | None:
    row = (await connection.execute(select(check_ins).where(check_ins.c.id == check_in_id))).mappings().first()
    return None if row is None else CheckIn(**row)


async def of_injection(connection: Connection, injection_id: int) -> list[CheckIn]:
    """An injection's check-ins in the order they are due."""
    statement = select(check_ins).where(check_ins.c.injection_id == injection_id).order_by(check_ins.c.due_at)
    return [CheckIn(**row) for row in (await connection.execute(statement)).mappings()]


async def answer(connection: Connection, check_in_id: int, given: str, now: datetime) -> bool:
    """Store the answer; False when it was answered before (the first answer stands)."""
    statement = (
        update(check_ins)
        .where(check_ins.c.id == check_in_id, check_ins.c.answered_at.is_(None))
        .values(answered_at=now, answer=given)
    )
    return (await connection.execute(statement)).rowcount == 1


async def unanswered(connection: Connection, *, kind: str, before: datetime, limit: int = 200) -> list[CheckIn]:
    """Check-ins of a kind that were due before `before` and have no answer, the oldest first."""
    statement = (
        select(check_ins)
        .where(check_ins.c.answered_at.is_(None), check_ins.c.kind == kind, check_ins.c.due_at < before)
        .order_by(check_ins.c.due_at)
        .limit(limit)
    )
    return [CheckIn(**row) for row in (await connection.execute(statement)).mappings()]


async def silent(connection: Connection, *, kind: str, before: datetime, limit: int = 200) -> list[CheckIn]:
    """Check-ins of a kind due before a moment that have no answer and were not let go, the oldest first."""
    statement = (
        select(check_ins)
        .where(
            check_ins.c.answered_at.is_(None),
            check_ins.c.answer.is_(None),
            check_ins.c.kind == kind,
            check_ins.c.due_at < before,
        )
        .order_by(check_ins.c.due_at)
        .limit(limit)
    )
    return [CheckIn(**row) for row in (await connection.execute(statement)).mappings()]


async def let_go(connection: Connection, check_in_id: int, why: str) -> bool:
    """Wait for the answer no longer; one that comes all the same is still stored. False when it is let go already."""
    statement = (
        update(check_ins)
        .where(check_ins.c.id == check_in_id, check_ins.c.answered_at.is_(None), check_ins.c.answer.is_(None))
        .values(answer=why)
    )
    return (await connection.execute(statement)).rowcount == 1


async def cancel_messages(connection: Connection, prefix: str, now: datetime) -> int:
    """Cancel the questions whose keys begin so, where they are not yet being sent; gives how many."""
    waiting = (outbox.c.kind == "check_in", outbox.c.state.in_(("pending", "claimed")))
    begins = outbox.c.dedupe_key.startswith(prefix, autoescape=True)
    cancelled = update(outbox).where(*waiting, begins)
    values = {"state": "cancelled", "settled_at": now, "lease_token": None, "lease_until": None}
    return (await connection.execute(cancelled.values(values))).rowcount
