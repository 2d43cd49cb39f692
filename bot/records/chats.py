"""What Telegram told us about chats: groups that moved to a new id, and chats that no longer want or know the bot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import chats, outbox, people


@dataclass(frozen=True, slots=True)
class Chat:
    chat_id: int
    migrated_to: int | None
    unreachable_at: datetime | None
    reason: str
    updated_at: datetime


async def find(connection: Connection, chat_id: int) -> Chat | None:
    """What is known about a chat; None when Telegram never said anything about it."""
    row = (await connection.execute(select(chats).where(chats.c.chat_id == chat_id))).mappings().first()
    return None if row is None else Chat(**row)


async def resolve(connection: Connection, chat_ids: Collection[int]) -> dict[int, int]:
    """Where each group lives now, for those that moved. Private chats never move and are not looked up."""
    groups = [chat_id for chat_id in chat_ids if chat_id < 0]
    moved: dict[int, int] = {}
    if groups:
        statement = select(chats.c.chat_id, chats.c.migrated_to)
        statement = statement.where(chats.c.chat_id.in_(groups), chats.c.migrated_to.is_not(None))
        for old, new in await connection.execute(statement):
            if new is not None:
                moved[old] = new
    return moved


async def migrate(connection: Connection, old: int, new: int, now: datetime) -> None:
    """A group became a supergroup: what waits for the old id goes to the new one."""
    values = {"migrated_to": new, "unreachable_at": None, "reason": "migrated", "updated_at": now}
    statement = insert_into(connection, chats).values(chat_id=old, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=values))
    await connection.execute(update(chats).where(chats.c.migrated_to == old).values(migrated_to=new))
    waiting = outbox.c.state.in_(("pending", "claimed"))
    await connection.execute(update(outbox).where(outbox.c.chat_id == old, waiting).values(chat_id=new))


async def lose(connection: Connection, chat_id: int, reason: str, now: datetime) -> int:
    """The chat blocked the bot or is gone: mark it and its person, cancel what waits for it; gives how many were
    cancelled.

    A row another worker holds but has not begun to send is cancelled too: its compare-and-swap to `sending` then fails.
    """
    values = {"unreachable_at": now, "reason": reason[:200], "updated_at": now}
    statement = insert_into(connection, chats).values(chat_id=chat_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["chat_id"], set_=values))
    await connection.execute(
        update(people)
        .where(people.c.chat_id == chat_id, people.c.unreachable_at.is_(None))
        .values(unreachable_at=now, version=people.c.version + 1)
    )
    cancelled = await connection.execute(
        update(outbox)
        .where(outbox.c.chat_id == chat_id, outbox.c.state.in_(("pending", "claimed")))
        .values(state="cancelled", settled_at=now, error="chat unreachable", lease_token=None, lease_until=None)
    )
    return cancelled.rowcount


async def regain(connection: Connection, chat_id: int, now: datetime) -> None:
    """The chat wants the bot again (/start, or Telegram said so).

    What was cancelled stays cancelled; planning goes on.
    """
    await connection.execute(
        update(chats).where(chats.c.chat_id == chat_id).values(unreachable_at=None, reason="back", updated_at=now)
    )
    await connection.execute(
        update(people)
        .where(people.c.chat_id == chat_id, people.c.unreachable_at.is_not(None))
        .values(unreachable_at=None, version=people.c.version + 1)
    )


async def unreachable_groups(connection: Connection) -> list[Chat]:
    """Groups the bot was thrown out of, such as a care team's; for health."""
    statement = select(chats).where(chats.c.chat_id < 0, chats.c.unreachable_at.is_not(None))
    return [Chat(**row) for row in (await connection.execute(statement)).mappings()]
