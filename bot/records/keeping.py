"""How long things are kept, and everything that is held about one person.

Invariant: what `everything_about` lists is what `people.forget` deletes; a test walks every table with a person or a
chat in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select

from bot.records import dialogs, diary, feedback, heartbeats, inbox, people
from bot.records.database import Connection
from bot.records.people import Person
from bot.records.tables import alerts, metadata, outbox
from bot.records.types import JsonObject

_SETTLED = ("sent", "failed", "unsure", "expired", "cancelled")
_DIALOG_DAYS = 7
_INBOX_DAYS = 3
_SILENT_DAYS = 1


async def everything_about(connection: Connection, person: Person) -> Mapping[str, list[JsonObject]]:
    """Every row held about a person, by table; dates and moments as ISO 8601 text."""
    held: dict[str, list[JsonObject]] = {}
    for name, statement in _rows_of(person).items():
        rows = (await connection.execute(statement)).mappings().all()
        held[name] = [{key: _plain(value) for key, value in row.items()} for row in rows]
    return held


def _rows_of(person: Person) -> dict[str, Select[Any]]:
    theirs = select(alerts.c.id).where(alerts.c.person_id == person.id)
    found: dict[str, Select[Any]] = {}
    for table in metadata.sorted_tables:
        conditions = []
        if table.name == "people":
            conditions.append(table.c.id == person.id)
        if "person_id" in table.c:
            conditions.append(table.c.person_id == person.id)
        if "chat_id" in table.c and table.name != "alert_messages":
            conditions.append(table.c.chat_id == person.chat_id)
        if "alert_id" in table.c:
            conditions.append(table.c.alert_id.in_(theirs))
        if conditions:
            found[table.name] = select(table).where(or_(*conditions)).order_by(*table.primary_key.columns)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def drop_old(connection: Connection, now: datetime, *, days: int, blocked_months: int) -> Mapping[str, int]:
    """The nightly clearing; gives how many rows went, by what they were.

    Deliveries, closed alerts and diary rows live `days`; people who have blocked the bot for `blocked_months` (of 30
    days) are forgotten whole; unfinished dialogs live a week, handled updates three days.
    """
    edge = now - timedelta(days=days)
    gone = {
        "deliveries": delete(outbox).where(outbox.c.state.in_(_SETTLED), outbox.c.settled_at < edge),
        "alerts": delete(alerts).where(alerts.c.closed_at.is_not(None), alerts.c.closed_at < edge),
    }
    counts = {name: (await connection.execute(statement)).rowcount for name, statement in gone.items()}
    counts["diary"] = await diary.drop_older_than(connection, edge)
    counts["shared_questions"] = await feedback.drop_shared(connection, edge)
    counts["dialogs"] = await dialogs.drop_older_than(connection, now - timedelta(days=_DIALOG_DAYS))
    counts["updates"] = await inbox.drop_done(connection, now - timedelta(days=_INBOX_DAYS))
    counts["heartbeats"] = await heartbeats.drop_silent(connection, _SILENT_DAYS * 86400)
    blocked = await people.unreachable(connection, before=now - timedelta(days=30 * blocked_months))
    for person in blocked:
        await people.forget(connection, person)
    counts["people"] = len(blocked)
    return counts
