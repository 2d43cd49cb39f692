"""How much room a chat takes in the inbox, and how long its holder keeps what it took.

Invariant: a flood of one chat never makes taking the updates of others slow: beyond `OPEN_LIMIT` open updates of a
chat, further ones are noted by their number and not queued.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, select, update

from bot.records.database import Connection
from bot.records.inbox import NewUpdate
from bot.records.statements import among, insert_into
from bot.records.tables import inbox
from bot.records.types import db_now

#: Open updates of one chat; somebody who types fast never comes near it.
OPEN_LIMIT: Final = 400


async def open_counts(connection: Connection, chat_ids: Collection[int]) -> dict[int, int]:
    """How many updates of each of these chats wait or are being handled; chats without any are left out."""
    if not chat_ids:
        return {}
    statement = (
        select(inbox.c.chat_id, func.count())
        .where(inbox.c.state.in_(("waiting", "taken")), among(connection, inbox.c.chat_id, list(chat_ids)))
        .group_by(inbox.c.chat_id)
    )
    found = await connection.execute(statement)
    return {chat_id: count for chat_id, count in found}  # noqa: C416 - rows are not pairs to a type checker


async def note(connection: Connection, updates: Sequence[NewUpdate], now: datetime) -> set[int]:
    """Write down that these came, as done and without their text; gives the ids that are new."""
    if not updates:
        return set()
    rows = [
        {
            "update_id": item.update_id, "chat_id": item.chat_id, "priority": int(item.priority), "payload": {},
            "state": "done", "attempts": 0, "received_at": now, "done_at": now,
        }
        for item in updates
    ]  # fmt: skip
    statement = insert_into(connection, inbox).on_conflict_do_nothing(index_elements=["update_id"])
    return set((await connection.execute(statement.returning(inbox.c.update_id), rows)).scalars())


async def hand_back_strays(connection: Connection, token: str, known: Collection[int]) -> int:
    """Updates this token holds without knowing it, because the answer to a commit was lost; gives how many.

    `known` are those it knows of. The try is not counted: nothing was begun.
    """
    held = and_(inbox.c.lease_token == token, inbox.c.state == "taken", inbox.c.update_id.not_in(list(known)))
    values = {"state": "waiting", "attempts": inbox.c.attempts - 1, "lease_token": None, "lease_until": None}
    return (await connection.execute(update(inbox).where(held).values(values))).rowcount


async def renew(connection: Connection, token: str, lease_seconds: float) -> int:
    """Whoever holds this token is alive and keeps what it took; gives how many updates."""
    statement = update(inbox).where(inbox.c.lease_token == token, inbox.c.state == "taken")
    return (await connection.execute(statement.values(lease_until=db_now(lease_seconds)))).rowcount
