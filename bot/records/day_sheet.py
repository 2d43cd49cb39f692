"""What a care team's day sheet is made from.

Invariant: codes, never chats or labels: a plan's label is a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.records.database import Connection
from bot.records.tables import alerts, people, plans
from bot.records.types import JsonObject


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """A plan that is kept up, and whose it is."""

    person_id: int
    code: str
    plan_id: int
    prescription: JsonObject
    revision: int


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """Somebody who blocks the bot."""

    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SheetAlert:
    """An alert nobody has closed."""

    id: int
    person_id: int
    code: str
    level: str
    sign: str
    state: str
    opened_at: datetime


async def active_plans(connection: Connection) -> list[SheetPlan]:
    """Every active plan, by code."""
    statement = (
        select(plans.c.person_id, people.c.code, plans.c.id.label("plan_id"), plans.c.prescription, plans.c.revision)
        .join(people, people.c.id == plans.c.person_id)
        .where(plans.c.status == "active")
        .order_by(people.c.code, plans.c.id)
    )
    return [SheetPlan(**row) for row in (await connection.execute(statement)).mappings()]


async def blocked(connection: Connection) -> list[SheetPerson]:
    """Who blocks the bot, longest first."""
    since = people.c.unreachable_at.label("since")
    statement = select(people.c.code, since).where(people.c.unreachable_at.is_not(None)).order_by(since)
    return [SheetPerson(**row) for row in (await connection.execute(statement)).mappings()]


async def open_alerts(connection: Connection) -> list[SheetAlert]:
    """Alerts nobody has closed, those nobody has first, oldest first."""
    wanted = (alerts.c.id, alerts.c.person_id, people.c.code, alerts.c.level, alerts.c.sign, alerts.c.state)
    statement = (
        select(*wanted, alerts.c.opened_at)
        .join(people, people.c.id == alerts.c.person_id)
        .where(alerts.c.state.in_(("open", "acknowledged")))
        .order_by(alerts.c.state.desc(), alerts.c.opened_at)
    )
    return [SheetAlert(**row) for row in (await connection.execute(statement)).mappings()]


async def plan_counts(connection: Connection) -> Mapping[str, int]:
    """How many plans there are of each status."""
    statement = select(plans.c.status, func.count()).group_by(plans.c.status)
    return {status: count for status, count in await connection.execute(statement)}  # noqa: C416
