"""The injections a person says they had.

Invariant: one injection for each planned date of a plan, however often the button is pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, select, update

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import injections


@dataclass(frozen=True, slots=True)
class Injection:
    """`slot_date` is the planned date it answers, None for one that was not planned.

    `at` the moment as well as it is known.
    """

    id: int
    plan_id: int
    person_id: int
    local_date: date
    at: datetime
    slot_date: date | None
    site: str | None
    side: str | None
    source: str
    created_at: datetime


async def record(
    connection: Connection,
    *,
    plan_id: int,
    person_id: int,
    local_date: date,
    at: datetime,
    slot_date: date | None,
    source: str,
    now: datetime,
    site: str | None = None,
    side: str | None = None,
) -> tuple[Injection, bool]:
    """Record an injection.

    The second value is False when this planned date was recorded before; that record is then given back.
    """
    statement = (
        insert_into(connection, injections)
        .values(
            plan_id=plan_id,
            person_id=person_id,
            local_date=local_date,
            at=at,
            slot_date=slot_date,
            site=site,
            side=side,
            source=source,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["plan_id", "slot_date"])
        .returning(*injections.c)
    )
    row = (await connection.execute(statement)).mappings().first()
    if row is not None:
        return Injection(**row), True
    found = select(injections).where(injections.c.plan_id == plan_id, injections.c.slot_date == slot_date)
    return Injection(**(await connection.execute(found)).mappings().one()), False


async def get(connection: Connection, injection_id: int) -> Injection | None:
    row = (await connection.execute(select(injections).where(injections.c.id == injection_id))).mappings().first()
    return None if row is None else Injection(**row)


async def of_plan(connection: Connection, plan_id: int, limit: int = 100) -> list[Injection]:
    """A plan's injections, newest first."""
    statement = select(injections).where(injections.c.plan_id == plan_id).order_by(injections.c.at.desc()).limit(limit)
    return [Injection(**row) for row in (await connection.execute(statement)).mappings()]


# built once: it is asked for with every update
_OF_PERSON = (
    select(injections)
    .where(injections.c.person_id == bindparam("person"))
    .order_by(injections.c.at.desc())
    .limit(bindparam("most"))
)


async def of_person(connection: Connection, person_id: int, limit: int = 100) -> list[Injection]:
    """A person's injections over all their plans, newest first."""
    found = await connection.execute(_OF_PERSON, {"person": person_id, "most": limit})
    return [Injection(**row) for row in found.mappings()]


async def amend(connection: Connection, injection_id: int, *, site: str | None, side: str | None) -> None:
    """Say where an injection was given, after it was recorded."""
    await connection.execute(update(injections).where(injections.c.id == injection_id).values(site=site, side=side))


async def remove(connection: Connection, injection_id: int) -> bool:
    """Take back an injection recorded by mistake; False when it is gone already."""
    return (await connection.execute(delete(injections).where(injections.c.id == injection_id))).rowcount == 1
