"""Alerts to the care team, from opened to closed.

Invariant: an alert is acknowledged by one person, the first; each step of its escalation is taken once, over the step
that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import String, bindparam, cast, exists, func, literal, select, update

from bot.records.database import Connection
from bot.records.outbox import Delivery, delivery
from bot.records.statements import insert_into, one_at_a_time
from bot.records.tables import alert_messages, alerts, outbox
from bot.records.types import JsonObject, Personal, UTCDateTime

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


async def one_of(connection: Connection, person_id: int, sign: str, since: datetime) -> Alert | None:
    """The newest alert of a person for a sign that nobody has closed and that was opened at `since` or later.

    Until this transaction ends nobody else asks this about the person: who finds none may open one.
    """
    await one_at_a_time(connection, f"alert:{person_id}")
    statement = (
        select(alerts)
        .where(
            alerts.c.person_id == person_id,
            alerts.c.sign == sign,
            alerts.c.opened_at >= since,
            alerts.c.state.in_(("open", "acknowledged")),
        )
        .order_by(alerts.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else Alert(**row)


async def get(connection: Connection, alert_id: int) -> Alert | None:
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).mappings().first()
    return None if row is None else Alert(**row)


# built once: it is asked for with every update
_OF_PERSON = select(alerts).where(alerts.c.person_id == bindparam("person")).order_by(alerts.c.id.desc())
_UNCLOSED = _OF_PERSON.where(alerts.c.state.in_(("open", "acknowledged")))


async def of_person(connection: Connection, person_id: int, *, unclosed: bool = False) -> list[Alert]:
    """A person's alerts, newest first; only those nobody has closed when `unclosed`."""
    found = await connection.execute(_UNCLOSED if unclosed else _OF_PERSON, {"person": person_id})
    return [Alert(**row) for row in found.mappings()]


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
    """Count a step of the escalation; False when somebody took it, or the alert changed its state, since `seen`.

    Write the step's messages to the outbox in the same transaction, and only when this is True.
    """
    statement = (
        update(alerts)
        .where(alerts.c.id == seen.id, alerts.c.step == seen.step, alerts.c.state == seen.state)
        .values(step=seen.step + 1, next_step_at=next_step_at)
    )
    return (await connection.execute(statement)).rowcount == 1


async def acknowledge(
    connection: Connection, alert_id: int, by: str, now: datetime, *, next_step_at: datetime | None = None
) -> bool:
    """Somebody has it: no more steps to find somebody. False when somebody had it before, or it is closed.

    `next_step_at` is when to look at it again if it is still not closed.
    """
    statement = (
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state == "open")
        .values(state="acknowledged", acknowledged_at=now, acknowledged_by=by, next_step_at=next_step_at)
    )
    return (await connection.execute(statement)).rowcount == 1


async def stir(connection: Connection, alert_id: int, next_step_at: datetime) -> None:
    """Something was said about an alert somebody has: look at it again only at `next_step_at`."""
    statement = update(alerts).where(alerts.c.id == alert_id, alerts.c.state == "acknowledged")
    await connection.execute(statement.values(next_step_at=next_step_at))


async def close(
    connection: Connection,
    alert_id: int,
    now: datetime,
    *,
    by: str,
    false_alarm: bool = False,
    context: JsonObject | None = None,
) -> bool:
    """Done with: the patient was called, or it was no alarm. False when it was closed before.

    `context` is stored in place of the alert's, to remember how it ended.
    """
    values = {
        "state": "false_alarm" if false_alarm else "closed",
        "closed_at": now,
        "next_step_at": None,
        "acknowledged_at": func.coalesce(alerts.c.acknowledged_at, literal(now, UTCDateTime)),
        "acknowledged_by": func.coalesce(alerts.c.acknowledged_by, literal(by, Personal)),
    }
    statement = (
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state.in_(("open", "acknowledged")))
        .values(values | ({} if context is None else {"context": context}))
    )
    return (await connection.execute(statement)).rowcount == 1


async def reopen(connection: Connection, alert_id: int, next_step_at: datetime) -> bool:
    """A closed alert is in somebody's hands again. False when it was not closed."""
    statement = (
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state.in_(("closed", "false_alarm")))
        .values(state="acknowledged", closed_at=None, next_step_at=next_step_at)
    )
    return (await connection.execute(statement)).rowcount == 1


async def stranded(connection: Connection, limit: int = 100) -> list[Alert]:
    """Alerts nobody has whose last step reached nobody: of its messages to the care team none went or may still go.

    Those messages carry the step's number as their `slot`.
    """
    of_the_step = (outbox.c.alert_id == alerts.c.id, outbox.c.slot == cast(alerts.c.step, String))
    lost = exists().where(*of_the_step, outbox.c.state.in_(("failed", "cancelled", "expired"))).correlate(alerts)
    alive = (
        exists()
        .where(*of_the_step, outbox.c.state.in_(("pending", "claimed", "sending", "sent", "unsure")))
        .correlate(alerts)
    )
    waits = (alerts.c.state == "open", alerts.c.next_step_at.is_not(None))
    statement = select(alerts).where(*waits, lost, ~alive).order_by(alerts.c.id).limit(limit)
    return [Alert(**row) for row in (await connection.execute(statement)).mappings()]


async def undelivered(connection: Connection, kind: str, since: datetime, limit: int = 100) -> list[Delivery]:
    """Messages of a kind about alerts that were given up since a moment, oldest first."""
    statement = (
        select(outbox)
        .where(
            outbox.c.alert_id.is_not(None),
            outbox.c.kind == kind,
            outbox.c.state.in_(("failed", "cancelled", "expired")),
            outbox.c.settled_at >= since,
        )
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [delivery(row) for row in (await connection.execute(statement)).mappings()]


async def reached_since(connection: Connection, chat_id: int, moment: datetime) -> bool:
    """Whether a message about an alert arrived in a chat after a moment."""
    sent = (outbox.c.chat_id == chat_id, outbox.c.alert_id.is_not(None), outbox.c.state == "sent")
    found = await connection.execute(select(outbox.c.id).where(*sent, outbox.c.settled_at > moment).limit(1))
    return found.first() is not None


async def counts(connection: Connection) -> tuple[int, datetime | None]:
    """How many alerts nobody has closed, and when the oldest of those nobody has was opened. Lists do not count."""
    statement = select(func.count(), func.min(alerts.c.opened_at).filter(alerts.c.state == "open")).where(
        alerts.c.state.in_(("open", "acknowledged")), alerts.c.level != "list"
    )
    count, oldest = (await connection.execute(statement)).one()
    return int(count), oldest


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
