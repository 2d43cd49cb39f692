"""Messages whose fate is unknown and that must not be lost, written a second time.

Invariant: a copy has a key of its own that follows from the first one's, so whoever notices, and however often, there
is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import literal, select

from bot.records.database import Connection
from bot.records.statements import among, insert_into
from bot.records.tables import outbox
from bot.records.types import UTCDateTime


async def write_anew(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Copy rows whose policy says so, under the next key (`alert:7:1` → `alert:7:1~2` → `alert:7:1~3`).

    The first copy leaves at once, later ones after 1, 2, 4 … 60 seconds, so that an outage is not answered with a
    flood.
    """
    if not ids:
        return 0
    found = await connection.execute(
        select(outbox.c.id, outbox.c.dedupe_key).where(among(connection, outbox.c.id, ids), outbox.c.policy == "again")
    )
    copied = 0
    for row_id, key in found.all():
        stem, _, number = key.rpartition("~")
        times = int(number) + 1 if stem else 2
        delay = 0 if times == 2 else min(60, 2 ** (times - 3))
        copied += await _copy(connection, row_id, f"{stem or key}~{times}", now + timedelta(seconds=delay), now)
    return copied


_COPIED = ("kind", "policy", "priority", "chat_id", "person_id", "plan_id", "alert_id", "slot", "local_date", "method",
           "payload", "expires_at")  # fmt: skip


async def _copy(connection: Connection, row_id: int, key: str, not_before: datetime, now: datetime) -> int:
    given = {
        "dedupe_key": literal(key), "not_before": literal(not_before, UTCDateTime), "state": literal("pending"),
        "attempt": literal(0), "created_at": literal(now, UTCDateTime),
    }  # fmt: skip
    columns = [outbox.c[name] for name in _COPIED]
    source = select(*columns, *given.values()).where(outbox.c.id == row_id)
    statement = insert_into(connection, outbox).from_select([*_COPIED, *given], source).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount
