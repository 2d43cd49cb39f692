"""Alerts to the care team, from opened to closed.

Invariant: an alert is acknowledged by one person, the first; each step of its escalation is taken once, over the step
that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import func, select, update

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import alert_messages, alerts
from bot.records.types import JsonObject

AlertState: TypeAlias = Literal["open", "acknowledged", "closed", "false_alarm"]


@dataclass(frozen=True, slots=True)
class Alert:
    """`context` is what the care team is shown beside the sign; `text` the message, only when its writer agreed to
    share it.

    `next_step_at` is when the next step of the escalation is due if nobody has it by then; `step` counts those taken.
    """

    id: int
    person_id: int
    level: str
    sign: str
    context: JsonObject
    text: str | None
    state: AlertState
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    step: int
    next_step_at: datetime | None


async def open_alert(
    connection: Connection,
    *,
    person_id: int,
    level: str,
    sign: str,
    context: JsonObject,
    text: str | None,
    next_step_at: datetime | None,
    now: datetime,
) -> Alert:
    """Write an alert down; write its first messages to the outbox in the same transaction."""
    statement = alerts.insert().values(
        person_id=person_id,
        level=level,
        sign=sign,
        context=context,
        text=text,
        state="open",
        opened_at=now,
        step=0,
        next_step_at=next_step_at,
    )
    return Alert(**(await connection.execute(statement.returning(*alerts.c))).mappings().one())


async def get(connection: Connection, alert_id: int) -> Alert | None:
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).mappings().first()
    return None if row is None else Alert(**row)


async def of_person(connection: Connection, person_id: int, *, unclosed: bool = False) -> list[Alert]:
    """A person's alerts, newest first; only those nobody has closed when `unclosed`."""
    statement = select(alerts).where(alerts.c.person_id == person_id).order_by(alerts.c.id.desc())
    if unclosed:
        statement = statement.where(alerts.c.state.in_(("open", "acknowledged")))
    return [Alert(**row) for row in (await connection.execute(statement)).mappings()]


async def unclosed(connection: Connection, limit: int = 200) -> list[Alert]:
    """Alerts nobody has closed, oldest first."""
    statement = select(alerts).where(alerts.c.state.in_(("open", "acknowledged"))).order_by(alerts.c.id).limit(limit)
    return [Alert(**row) for row in (await connection.execute(statement)).mappings()]


async def due(connection: Connection, now: datetime, limit: int = 100) -> list[Alert]:
    """Alerts whose next step is due, the longest due first."""
    statement = (
        select(alerts)
        .where(alerts.c.next_step_at.is_not(None), alerts.c.next_step_at <= now)
        .order_by(alerts.c.next_step_at)
        .limit(limit)
    )
    return [Alert(**row) for row in (await connection.execute(statement)).mappings()]


async def take_step(connection: Connection, seen: Alert, next_step_at: datetime | None) -> bool:
    """Count a step of the escalation; False when somebody took it, or acknowledged the alert, since `seen` was read.

    Write the step's messages to the outbox in the same transaction, and only when this is True.
    """
    statement = (
        update(alerts)
        .where(alerts.c.id == seen.id, alerts.c.step == seen.step, alerts.c.state == "open")
        .values(step=seen.step + 1, next_step_at=next_step_at)
    )
    return (await connection.execute(statement)).rowcount == 1


async def acknowledge(connection: Connection, alert_id: int, by: str, now: datetime) -> bool:
    """Somebody has it: no more steps. False when somebody had it before, or it is closed."""
    statement = (
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state == "open")
        .values(state="acknowledged", acknowledged_at=now, acknowledged_by=by, next_step_at=None)
    )
    return (await connection.execute(statement)).rowcount == 1


async def close(connection: Connection, alert_id: int, now: datetime, *, by: str, false_alarm: bool = False) -> bool:
    """Done with: the patient was called, or it was no alarm. False when it was closed before."""
    statement = (
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state.in_(("open", "acknowledged")))
        .values(
            state="false_alarm" if false_alarm else "closed",
            closed_at=now,
            next_step_at=None,
            acknowledged_at=func.coalesce(alerts.c.acknowledged_at, now),
            acknowledged_by=func.coalesce(alerts.c.acknowledged_by, by),
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def remember_message(connection: Connection, alert_id: int, chat_id: int, message_id: int) -> None:
    """This message is about that alert. What the outbox sends with an `alert_id` is remembered by itself."""
    statement = insert_into(connection, alert_messages).values(
        chat_id=chat_id, message_id=message_id, alert_id=alert_id
    )
    await connection.execute(statement.on_conflict_do_nothing())


async def of_message(connection: Connection, chat_id: int, message_id: int) -> Alert | None:
    """The alert a message is about; to bring a nurse's reply to the right patient."""
    statement = select(alerts).join(alert_messages, alert_messages.c.alert_id == alerts.c.id)
    found = statement.where(alert_messages.c.chat_id == chat_id, alert_messages.c.message_id == message_id)
    row = (await connection.execute(found)).mappings().first()
    return None if row is None else Alert(**row)


async def messages_of(connection: Connection, alert_id: int) -> Sequence[tuple[int, int]]:
    """Chat and message ids of everything that was said about an alert, in the order of their ids."""
    statement = select(alert_messages.c.chat_id, alert_messages.c.message_id)
    statement = statement.where(alert_messages.c.alert_id == alert_id).order_by(
        alert_messages.c.chat_id, alert_messages.c.message_id
    )
    return [(chat_id, message_id) for chat_id, message_id in (await connection.execute(statement))]
