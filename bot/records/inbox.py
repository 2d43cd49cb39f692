"""Every update Telegram gave us, written down before it is acknowledged.

Invariant: one row for each update_id; of one chat only the oldest open update can be taken, and only while none of
that chat is taken, so the updates of a chat are handled one after another in their order, whatever number of
processes there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, func, or_, select, update

from bot.records.database import Connection
from bot.records.statements import among, insert_into, one_at_a_time, taking
from bot.records.tables import inbox
from bot.records.types import JsonObject, db_now

InboxState: TypeAlias = Literal["waiting", "taken", "done", "set_aside"]

#: An update that failed so often is set aside.
TRIES = 3


class Urgency(IntEnum):
    """Red flags jump the queue; updates of one chat keep their order among themselves all the same."""

    RED_FLAG = 0
    NORMAL = 1


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """`payload` is the update as Telegram sent it; `chat_id` 0 when it belongs to no chat."""

    update_id: int
    chat_id: int
    priority: Urgency
    payload: JsonObject


@dataclass(frozen=True, slots=True)
class TakenUpdate:
    """An update this process holds. `attempts` counts this one: 1 at the first try."""

    update_id: int
    chat_id: int
    priority: int
    payload: JsonObject
    attempts: int
    received_at: datetime


_FIELDS = tuple(field.name for field in fields(TakenUpdate))
_OPEN = ("waiting", "taken")
_FREE = {"lease_token": None, "lease_until": None}
# made once: an alias made for each claim builds all its columns anew
_flags, _other = inbox.alias("flags"), inbox.alias("other")


def _taken(row: RowMapping) -> TakenUpdate:
    return TakenUpdate(**{name: row[name] for name in _FIELDS})


async def write(connection: Connection, updates: Sequence[NewUpdate], now: datetime) -> set[int]:
    """Write updates down; gives the ids that are new. Commit before the offset moves or the webhook answers."""
    if not updates:
        return set()
    rows = [
        {
            "update_id": item.update_id,
            "chat_id": item.chat_id,
            "priority": int(item.priority),
            "payload": item.payload,
            "state": "waiting",
            "attempts": 0,
            "received_at": now,
        }
        for item in updates
    ]
    statement = insert_into(connection, inbox).on_conflict_do_nothing(index_elements=["update_id"])
    return set((await connection.execute(statement.returning(inbox.c.update_id), rows)).scalars())


async def claim(
    connection: Connection, *, limit: int, token: str, lease_seconds: float, chat_id: int | None = None
) -> list[TakenUpdate]:
    """Take at most `limit` updates (of one chat only, if given): of each chat its oldest open one, if none of it is
    taken.

    Chats where a red flag waits come first, and what stands before the flag in its chat goes ahead of it; then by
    age. Claims of several processes follow one another, or two of them could take updates of one chat that were
    written at the same time.
    """
    await one_at_a_time(connection, "inbox")
    flagged = select(_flags.c.chat_id).where(_flags.c.state == "waiting", _flags.c.priority == int(Urgency.RED_FLAG))
    of_flagged = and_(inbox.c.chat_id.in_(flagged), inbox.c.state.in_(_OPEN))  # as its index says
    by_age = inbox.c.update_id + 0  # reckoned, so that it does not walk all rows by age to find the few
    taken = await _claim(connection, of_flagged, (by_age,), limit, token, lease_seconds, chat_id)
    if len(taken) < limit:
        rest = inbox.c.priority == int(Urgency.NORMAL)
        in_turn = (inbox.c.priority, inbox.c.update_id)
        taken += await _claim(connection, rest, in_turn, limit - len(taken), token, lease_seconds, chat_id)
    return taken


async def _claim(
    connection: Connection,
    which: ColumnElement[bool],
    order: Sequence[ColumnElement[int]],
    limit: int,
    token: str,
    lease_seconds: float,
    chat_id: int | None,
) -> list[TakenUpdate]:
    in_the_way = (
        exists()
        .where(
            _other.c.chat_id == inbox.c.chat_id,
            _other.c.state.in_(_OPEN),
            or_(_other.c.update_id < inbox.c.update_id, _other.c.state == "taken"),
        )
        .correlate(inbox)
    )
    wanted = select(inbox.c.update_id).where(inbox.c.state == "waiting", which, ~in_the_way)
    if chat_id is not None:
        wanted = wanted.where(inbox.c.chat_id == chat_id)
    chosen = taking(connection, wanted.order_by(*order).limit(limit)).cte("chosen")
    statement = (
        update(inbox)
        .where(inbox.c.update_id.in_(select(chosen.c.update_id)), inbox.c.state == "waiting")
        .values(state="taken", lease_token=token, lease_until=db_now(lease_seconds), attempts=inbox.c.attempts + 1)
        .returning(*inbox.c)
    )
    rows = (await connection.execute(statement)).mappings().all()
    return sorted((_taken(row) for row in rows), key=lambda row: row.update_id)


async def done(connection: Connection, update_ids: Sequence[int], token: str, now: datetime) -> int:
    """These were handled; gives how many were still ours, or nobody's: a lease may end before the mark is written.

    Their text is dropped: it is not kept once it was answered.
    """
    waiting = and_(among(connection, inbox.c.update_id, update_ids), inbox.c.state == "waiting")
    statement = (
        update(inbox)
        .where(or_(_held(connection, update_ids, token), waiting))
        .values(state="done", done_at=now, payload={}, **_FREE)
    )
    return (await connection.execute(statement)).rowcount


async def fail(connection: Connection, update_id: int, token: str, now: datetime) -> str | None:
    """Handling raised. It is tried again, in its place, up to three times in all; then it is set aside.

    Gives the error id that the patient can quote when it was set aside, else None.
    """
    held = _held(connection, [update_id], token)
    attempts = (await connection.execute(select(inbox.c.attempts).where(held))).scalar_one_or_none()
    if attempts is None:
        return None
    if attempts < TRIES:
        await connection.execute(update(inbox).where(held).values(state="waiting", **_FREE))
        return None
    return await set_aside(connection, update_id, token, now)


async def set_aside(connection: Connection, update_id: int, token: str, now: datetime) -> str:
    """Never try this update again; gives an error id for the log and for the patient. Its text is dropped too."""
    error_id = secrets.token_hex(4)
    statement = update(inbox).where(_held(connection, [update_id], token))
    await connection.execute(statement.values(state="set_aside", done_at=now, error_id=error_id, payload={}, **_FREE))
    return error_id


async def release(connection: Connection, update_ids: Sequence[int], token: str) -> int:
    """Hand updates back that were taken but not begun; the try is not counted. Gives how many were still ours."""
    statement = (
        update(inbox)
        .where(_held(connection, update_ids, token))
        .values(state="waiting", attempts=inbox.c.attempts - 1, **_FREE)
    )
    return (await connection.execute(statement)).rowcount


async def reap(connection: Connection) -> int:
    """Updates whose holder is gone wait again; gives how many.

    The lost try counts, so a killer update is set aside in time.
    """
    statement = update(inbox).where(inbox.c.state == "taken", inbox.c.lease_until < db_now())
    return (await connection.execute(statement.values(state="waiting", **_FREE))).rowcount


async def raise_urgency(connection: Connection, update_id: int) -> None:
    """A waiting update turned out to be a red flag."""
    statement = update(inbox).where(inbox.c.update_id == update_id, inbox.c.state == "waiting")
    await connection.execute(statement.values(priority=int(Urgency.RED_FLAG)))


async def backlog(connection: Connection, chat_id: int) -> int:
    """How many updates of this chat are open."""
    statement = select(func.count()).where(inbox.c.chat_id == chat_id, inbox.c.state.in_(_OPEN))
    return int((await connection.execute(statement)).scalar_one())


async def oldest_waiting(connection: Connection) -> datetime | None:
    """When the update that waits longest came; None when none waits."""
    found: datetime | None = (
        await connection.execute(select(func.min(inbox.c.received_at)).where(inbox.c.state == "waiting"))
    ).scalar_one()
    return found


async def last_update_id(connection: Connection) -> int | None:
    """The newest update ever written down; polling goes on after it."""
    found: int | None = (await connection.execute(select(func.max(inbox.c.update_id)))).scalar_one()
    return found


async def drop_done(connection: Connection, before: datetime) -> int:
    """Delete what was done before `before`, save the newest of all, which says where polling goes on."""
    newest = select(func.max(inbox.c.update_id)).scalar_subquery()
    statement = delete(inbox).where(inbox.c.done_at < before, inbox.c.update_id < newest)
    return (await connection.execute(statement)).rowcount


def _held(connection: Connection, update_ids: Sequence[int], token: str) -> ColumnElement[bool]:
    return and_(
        among(connection, inbox.c.update_id, update_ids), inbox.c.lease_token == token, inbox.c.state == "taken"
    )
