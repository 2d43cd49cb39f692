"""How a person says they are, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select

from bot.records.database import Connection
from bot.records.tables import diary
from bot.records.types import Json


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """`local_date` is the day on the person's own calendar; `value` what they said, as its kind has it."""

    id: int
    person_id: int
    local_date: date
    at: datetime
    kind: str
    value: Json


async def add(
    connection: Connection, *, person_id: int, local_date: date, at: datetime, kind: str, value: Json
) -> DiaryEntry:
    values = {"person_id": person_id, "local_date": local_date, "at": at, "kind": kind, "value": value}
    statement = diary.insert().values(**values).returning(*diary.c)
    return DiaryEntry(**(await connection.execute(statement)).mappings().one())


async def of_person(
    connection: Connection, person_id: int, *, since: datetime | None = None, limit: int = 1000
) -> list[DiaryEntry]:
    """A person's entries, newest first."""
    statement = select(diary).where(diary.c.person_id == person_id)
    if since is not None:
        statement = statement.where(diary.c.at >= since)
    rows = await connection.execute(statement.order_by(diary.c.at.desc(), diary.c.id.desc()).limit(limit))
    return [DiaryEntry(**row) for row in rows.mappings()]


async def drop_older_than(connection: Connection, moment: datetime) -> int:
    return (await connection.execute(delete(diary).where(diary.c.at < moment))).rowcount
