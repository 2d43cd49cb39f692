"""Injection plans as they are stored, and which of them need planning.

Invariant: every change of a plan raises its `revision`, and planning moves a plan on only over the revision it read;
what the old revision had waiting in the outbox is cancelled in the same transaction, by whoever makes the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, and_, bindparam, func, select, update

from bot.records.database import Connection
from bot.records.stale import StaleError
from bot.records.tables import people, plans
from bot.records.types import JsonObject, UTCDateTime

Status: TypeAlias = Literal["active", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Plan:
    """`prescription` is the patient's own, as bot.plans writes it.

    `next_due_at` is when the next slot must be planned.
    """

    id: int
    person_id: int
    label: str | None
    prescription: JsonObject
    status: Status
    phase: str
    revision: int
    planned_until: datetime | None
    next_due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DuePlan:
    """A plan whose next slot is due, with what is needed to word a message to its person."""

    plan: Plan
    chat_id: int
    language: str | None
    country: str | None
    zone: str | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class Advance:
    """Planning got as far as `planned_until`; the next slot is due at `next_due_at` (None: there is none)."""

    plan_id: int
    revision: int
    planned_until: datetime
    next_due_at: datetime | None


_PLAN_FIELDS = tuple(field.name for field in fields(Plan))


def _plan(row: RowMapping) -> Plan:
    return Plan(**{name: row[name] for name in _PLAN_FIELDS})


async def create(
    connection: Connection,
    person_id: int,
    *,
    prescription: JsonObject,
    phase: str,
    next_due_at: datetime | None,
    now: datetime,
    label: str | None = None,
) -> Plan:
    """A new active plan."""
    statement = plans.insert().values(
        person_id=person_id, label=label, prescription=prescription, status="active", phase=phase, revision=1,
        next_due_at=next_due_at, created_at=now,
    )  # fmt: skip
    return _plan((await connection.execute(statement.returning(*plans.c))).mappings().one())


async def get(connection: Connection, plan_id: int) -> Plan | None:
    row = (await connection.execute(select(plans).where(plans.c.id == plan_id))).mappings().first()
    return None if row is None else _plan(row)


# built once: it is asked for with every update
_OF_PERSON = select(plans).where(plans.c.person_id == bindparam("person")).order_by(plans.c.id)
_GOING_ON = _OF_PERSON.where(plans.c.status != "ended")


async def of_person(connection: Connection, person_id: int, *, ended: bool = False) -> list[Plan]:
    """A person's plans, oldest first; those that ended only when asked for."""
    found = await connection.execute(_OF_PERSON if ended else _GOING_ON, {"person": person_id})
    return [_plan(row) for row in found.mappings()]


async def save(connection: Connection, plan: Plan, now: datetime) -> Plan:
    """Store a changed plan (label, prescription, status, phase, planned_until, next_due_at); gives the new revision
    back.

    Call outbox.cancel_plan in the same transaction. Raises StaleError when the plan changed since it was read.
    """
    statement = (
        update(plans)
        .where(plans.c.id == plan.id, plans.c.revision == plan.revision)
        .values(
            label=plan.label, prescription=plan.prescription, status=plan.status, phase=plan.phase,
            revision=plan.revision + 1, planned_until=plan.planned_until,
            next_due_at=plan.next_due_at if plan.status == "active" else None,
            ended_at=(plan.ended_at or now) if plan.status == "ended" else None,
        )
        .returning(*plans.c)
    )  # fmt: skip
    row = (await connection.execute(statement)).mappings().first()
    if row is None:
        raise StaleError(f"plan {plan.id} changed meanwhile")
    return _plan(row)


_DUE = and_(plans.c.status == "active", plans.c.next_due_at.is_not(None), plans.c.next_due_at <= bindparam("until"))


async def due(connection: Connection, until: datetime, limit: int) -> list[DuePlan]:
    """At most `limit` plans with a slot due by `until`, the longest due first.

    On PostgreSQL locked for this transaction.
    """
    first = select(plans.c.id).where(_DUE).order_by(plans.c.next_due_at, plans.c.id).limit(limit)
    if connection.dialect.name == "postgresql":
        first = first.with_for_update(skip_locked=True)
    chosen = first.cte("chosen")
    statement = (
        select(plans, people.c.chat_id, people.c.language, people.c.country, people.c.zone, people.c.unreachable_at)
        .join(chosen, chosen.c.id == plans.c.id)
        .join(people, people.c.id == plans.c.person_id)
    )
    rows = (await connection.execute(statement, {"until": until})).mappings().all()
    return [
        DuePlan(_plan(row), row["chat_id"], row["language"], row["country"], row["zone"], row["unreachable_at"] is None)
        for row in rows
    ]


async def count_due(connection: Connection, until: datetime) -> int:
    """How many plans wait for planning; a measure of lag."""
    statement = select(func.count()).select_from(plans).where(_DUE)
    return int((await connection.execute(statement, {"until": until})).scalar_one())


_ADVANCE = (
    update(plans)
    .where(plans.c.id == bindparam("plan"), plans.c.revision == bindparam("seen"), plans.c.status == "active")
    .values(planned_until=bindparam("until", type_=UTCDateTime), next_due_at=bindparam("next", type_=UTCDateTime))
)


async def advance(connection: Connection, steps: Sequence[Advance]) -> None:
    """Move plans on, each only if its revision is still the one that was read.

    Planning is not a change: no new revision.
    """
    if steps:
        await connection.execute(
            _ADVANCE,
            [
                {"plan": s.plan_id, "seen": s.revision, "until": s.planned_until, "next": s.next_due_at}
                for s in steps
            ],
        )  # fmt: skip


async def in_zones(connection: Connection, zones: Sequence[str], *, after_id: int = 0, limit: int = 500) -> list[Plan]:
    """Active plans of people in these time zones, by id.

    To work out their next slots anew when the zones' rules changed.
    """
    statement = (
        select(plans)
        .join(people, people.c.id == plans.c.person_id)
        .where(plans.c.status == "active", people.c.zone.in_(zones), plans.c.id > after_id)
        .order_by(plans.c.id)
        .limit(limit)
    )
    return [_plan(row) for row in (await connection.execute(statement)).mappings()]
