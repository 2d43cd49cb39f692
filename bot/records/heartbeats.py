"""Signs of life of each process's ticks, and facts the installation remembers about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import facts, heartbeats
from bot.records.types import db_now


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`age_seconds` is by the database's clock."""

    process: str
    tick: str
    at: datetime
    age_seconds: float


async def beat(connection: Connection, process: str, tick: str) -> None:
    """A tick has just finished."""
    statement = insert_into(connection, heartbeats).values(process=process, tick=tick, at=db_now())
    await connection.execute(statement.on_conflict_do_update(index_elements=["process", "tick"], set_={"at": db_now()}))


async def all_heartbeats(connection: Connection) -> list[Heartbeat]:
    rows = await connection.execute(select(heartbeats, db_now().label("now")).order_by(*heartbeats.primary_key.columns))
    return [
        Heartbeat(row["process"], row["tick"], row["at"], (row["now"] - row["at"]).total_seconds())
        for row in rows.mappings()
    ]


async def drop_silent(connection: Connection, seconds: float) -> int:
    """Forget processes that have been silent for so long."""
    return (await connection.execute(delete(heartbeats).where(heartbeats.c.at < db_now(-seconds)))).rowcount


async def fact(connection: Connection, key: str) -> str | None:
    """What is remembered under a key, such as the version of the time-zone data plans were worked out with."""
    found: str | None = (await connection.execute(select(facts.c.value).where(facts.c.key == key))).scalar_one_or_none()
    return found


async def remember(connection: Connection, key: str, value: str) -> None:
    statement = insert_into(connection, facts).values(key=key, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
