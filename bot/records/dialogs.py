"""What each chat is in the middle of: the step of a wizard and what was said so far.

Invariant: a step is stored only over the version it was decided from, so two taps at once cannot both move a dialog on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from bot.records.database import Connection
from bot.records.stale import StaleError
from bot.records.statements import insert_into
from bot.records.tables import dialogs
from bot.records.types import JsonObject


@dataclass(frozen=True, slots=True)
class Dialog:
    chat_id: int
    step: str
    payload: JsonObject
    version: int
    updated_at: datetime


# built once: it is asked for with every update
_IN_CHAT = select(dialogs).where(dialogs.c.chat_id == bindparam("chat"))


async def find(connection: Connection, chat_id: int) -> Dialog | None:
    row = (await connection.execute(_IN_CHAT, {"chat": chat_id})).mappings().first()
    return None if row is None else Dialog(**row)


async def begin(connection: Connection, chat_id: int, step: str, payload: JsonObject, now: datetime) -> Dialog:
    """Start a dialog, in place of whatever the chat was in the middle of.

    Versions start anywhere, so that a reading of a dialog that ended never fits the next one.
    """
    values = {"step": step, "payload": payload, "updated_at": now}
    statement = (
        insert_into(connection, dialogs)
        .values(chat_id=chat_id, version=secrets.randbelow(2**30), **values)
        .on_conflict_do_update(index_elements=["chat_id"], set_={**values, "version": dialogs.c.version + 1})
        .returning(*dialogs.c)
    )
    return Dialog(**(await connection.execute(statement)).mappings().one())


async def advance(connection: Connection, seen: Dialog, step: str, payload: JsonObject, now: datetime) -> Dialog:
    """Move to another step. Raises StaleError when the dialog moved or ended since it was read."""
    statement = (
        update(dialogs)
        .where(dialogs.c.chat_id == seen.chat_id, dialogs.c.version == seen.version)
        .values(step=step, payload=payload, version=seen.version + 1, updated_at=now)
        .returning(*dialogs.c)
    )
    row = (await connection.execute(statement)).mappings().first()
    if row is None:
        raise StaleError(f"the dialog of chat {seen.chat_id} moved on")
    return Dialog(**row)


async def end(connection: Connection, seen: Dialog) -> None:
    """End a dialog. Raises StaleError when it moved or ended since it was read."""
    statement = delete(dialogs).where(dialogs.c.chat_id == seen.chat_id, dialogs.c.version == seen.version)
    if (await connection.execute(statement)).rowcount != 1:
        raise StaleError(f"the dialog of chat {seen.chat_id} moved on")


async def drop_older_than(connection: Connection, moment: datetime) -> int:
    """Forget dialogs nobody touched since `moment`; gives how many."""
    return (await connection.execute(delete(dialogs).where(dialogs.c.updated_at < moment))).rowcount
