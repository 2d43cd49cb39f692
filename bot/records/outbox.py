"""Every message the bot owes somebody, written down before it is sent.

Invariant: one row for each `dedupe_key`. Only a row that was cancelled before anything was sent may be written anew
under its key. Who sends a row and what became of it is in bot.records.claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import IntEnum
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, func, or_, select, update

from bot.records import chats
from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import outbox
from bot.records.types import JsonObject

State: TypeAlias = Literal["pending", "claimed", "sending", "sent", "failed", "unsure", "expired", "cancelled"]
Policy: TypeAlias = Literal["once", "again"]


class Priority(IntEnum):
    """Who goes first. Nothing of a lower kind leaves while something of a higher kind is due."""

    ALERT = 0
    ANSWER = 1  # somebody is waiting for it: what follows from a button, a check-in
    REMINDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A message to be sent.

    `dedupe_key` says which message this is, for ever: rule, slot and local date, never a moment. `policy` says what
    happens when nobody can know whether it was sent: "once" leaves it (a reminder; its nudge heals it), "again" sends
    it anew (an alert). `payload` are the Bot API's parameters without `chat_id`. It is not sent before `not_before`
    nor from `expires_at` on.
    """

    dedupe_key: str
    kind: str
    policy: Policy
    priority: Priority
    chat_id: int
    payload: JsonObject
    not_before: datetime
    method: str = "sendMessage"
    expires_at: datetime | None = None
    person_id: int | None = None
    plan_id: int | None = None
    alert_id: int | None = None
    slot: str | None = None
    local_date: date | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox. `message_id` is Telegram's, once it was sent; `started_at` when sending it last began."""

    id: int
    dedupe_key: str
    kind: str
    policy: Policy
    priority: int
    chat_id: int
    person_id: int | None
    plan_id: int | None
    alert_id: int | None
    slot: str | None
    local_date: date | None
    method: str
    payload: JsonObject
    not_before: datetime
    expires_at: datetime | None
    state: State
    attempt: int
    started_at: datetime | None
    message_id: int | None
    error: str | None
    created_at: datetime
    settled_at: datetime | None


_FIELDS = tuple(field.name for field in fields(Delivery))
_COLUMNS = tuple(outbox.c[name] for name in _FIELDS)
_NEW_FIELDS = tuple(field.name for field in fields(NewDelivery))
_BATCH = 100  # rows in one statement: the same statement over and over is prepared once


def delivery(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in _FIELDS})


async def add(connection: Connection, deliveries: Sequence[NewDelivery], now: datetime) -> set[str]:
    """Write messages down; gives the keys that are new. The others were written before and stay as they are.

    A group that moved gets its messages at the new id. One that was cancelled unsent is written anew, as it now
    should be.
    """
    if not deliveries:
        return set()
    moved = await chats.resolve(connection, {item.chat_id for item in deliveries if item.chat_id < 0})
    rows = [
        {name: getattr(item, name) for name in _NEW_FIELDS}
        | {"chat_id": moved.get(item.chat_id, item.chat_id), "priority": int(item.priority)}
        | {"state": "pending", "attempt": 0, "created_at": now, "settled_at": None, "error": None}
        for item in deliveries
    ]
    statement = insert_into(connection, outbox)
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in {"dedupe_key", "attempt"}}
    statement = statement.on_conflict_do_update(
        index_elements=["dedupe_key"], set_=renewed, where=outbox.c.state == "cancelled"
    )
    new: set[str] = set()
    for start in range(0, len(rows), _BATCH):
        result = await connection.execute(statement.returning(outbox.c.dedupe_key), rows[start : start + _BATCH])
        new.update(result.scalars())
    return new


async def get(connection: Connection, delivery_id: int) -> Delivery | None:
    row = (await connection.execute(select(*_COLUMNS).where(outbox.c.id == delivery_id))).mappings().first()
    return None if row is None else delivery(row)


async def by_key(connection: Connection, dedupe_key: str) -> Delivery | None:
    row = (await connection.execute(select(*_COLUMNS).where(outbox.c.dedupe_key == dedupe_key))).mappings().first()
    return None if row is None else delivery(row)


async def cancel_plan(
    connection: Connection, plan_id: int, now: datetime, *, slots: Sequence[str] | None = None
) -> int:
    """Cancel what a plan has waiting (all of it, or some kinds of slot); gives how many.

    Rows a worker has claimed but not begun to send are cancelled too; what is being sent cannot be called back.
    """
    statement = update(outbox).where(outbox.c.plan_id == plan_id, outbox.c.state.in_(("pending", "claimed")))
    if slots is not None:
        statement = statement.where(outbox.c.slot.in_(slots))
    cancelled = statement.values(state="cancelled", settled_at=now, lease_token=None, lease_until=None)
    return (await connection.execute(cancelled)).rowcount


async def cancel(connection: Connection, dedupe_keys: Sequence[str], now: datetime) -> int:
    """Cancel messages by their keys, where they are not yet being sent; gives how many."""
    statement = (
        update(outbox)
        .where(outbox.c.dedupe_key.in_(dedupe_keys), outbox.c.state.in_(("pending", "claimed")))
        .values(state="cancelled", settled_at=now, lease_token=None, lease_until=None)
    )
    return (await connection.execute(statement)).rowcount


async def due(connection: Connection, now: datetime) -> bool:
    """Whether anything waits that may be sent now."""
    alive = or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now)
    for priority in Priority:  # one probe of the index each
        waiting = (outbox.c.state == "pending", outbox.c.priority == int(priority), outbox.c.not_before <= now, alive)
        if (await connection.execute(select(outbox.c.id).where(*waiting).limit(1))).first() is not None:
            return True
    return False


async def expire(connection: Connection, now: datetime) -> int:
    """Give up what is still waiting past its time; gives how many."""
    late = (outbox.c.state == "pending", outbox.c.expires_at.is_not(None), outbox.c.expires_at <= now)
    return (await connection.execute(update(outbox).where(*late).values(state="expired", settled_at=now))).rowcount


async def count_by_state(connection: Connection) -> Mapping[State, int]:
    """How many rows are in each state."""
    rows = await connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {state: int(count) for state, count in rows}


async def oldest_due(connection: Connection, now: datetime) -> datetime | None:
    """When the message that waits longest should have been sent; None when nothing is due. A measure of lag."""
    statement = select(func.min(outbox.c.not_before)).where(outbox.c.state == "pending", outbox.c.not_before <= now)
    found: datetime | None = (await connection.execute(statement)).scalar_one()
    return found


async def of_alert(connection: Connection, alert_id: int) -> list[Delivery]:
    """What was sent, or is to be sent, about an alert, in the order it was written."""
    statement = select(*_COLUMNS).where(outbox.c.alert_id == alert_id).order_by(outbox.c.id)
    return [delivery(row) for row in (await connection.execute(statement)).mappings()]


async def messages_about(connection: Connection, plan_id: int, local_date: date) -> list[int]:
    """The ids, in their chat, of the messages that were sent about one date of a plan."""
    statement = select(outbox.c.message_id).where(
        outbox.c.plan_id == plan_id, outbox.c.local_date == local_date, outbox.c.message_id.is_not(None)
    )
    return list((await connection.execute(statement.order_by(outbox.c.id))).scalars())
