"""What the operator's graphs are drawn from, read from the database when asked for.

Invariant: counts and ages only, never a person, a chat or a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from bot.records import alerts as alert_records
from bot.records import budgets, heartbeats, inbox, outbox
from bot.records.database import Connection
from bot.records.heartbeats import Heartbeat
from bot.records.tables import alerts, people
from bot.records.tables import inbox as inbox_table


@dataclass(frozen=True, slots=True)
class Figures:
    """`lag_seconds`: how late the message is that should have left longest ago. `acknowledged_seconds`: how long each
    acknowledged alert had waited. `clock_skew_seconds`: the database's clock ahead of this machine's."""

    deliveries: Mapping[str, int]
    lag_seconds: float
    inbox: Mapping[str, int]
    inbox_age_seconds: float
    ticks: Sequence[Heartbeat]
    open_alerts: int
    oldest_open_alert_seconds: float
    acknowledged_seconds: Sequence[float]
    people: int
    unreachable: int
    clock_skew_seconds: float
    quiet_seconds: float


async def read(connection: Connection, now: datetime, machine_now: datetime) -> Figures:
    """Everything at once; `now` is the bot's time, `machine_now` the machine's own."""
    waiting = await inbox.oldest_waiting(connection)
    due = await outbox.oldest_due(connection, now)
    open_alerts, oldest = await alert_records.counts(connection)
    states = select(inbox_table.c.state, func.count()).group_by(inbox_table.c.state)
    acknowledged = select(alerts.c.opened_at, alerts.c.acknowledged_at).where(
        alerts.c.acknowledged_at.is_not(None), alerts.c.level != "list"
    )
    known = select(func.count(), func.count(people.c.unreachable_at))
    everybody, unreachable = (await connection.execute(known)).one()
    return Figures(
        deliveries={str(state): count for state, count in (await outbox.count_by_state(connection)).items()},
        lag_seconds=_since(due, now),
        inbox={state: count for state, count in await connection.execute(states)},  # noqa: C416
        inbox_age_seconds=_since(waiting, now),
        ticks=await heartbeats.all_heartbeats(connection),
        open_alerts=open_alerts,
        oldest_open_alert_seconds=_since(oldest, now),
        acknowledged_seconds=[
            _since(opened, at) for opened, at in await connection.execute(acknowledged) if at is not None
        ],
        people=int(everybody),
        unreachable=int(unreachable),
        clock_skew_seconds=await budgets.clock_difference(connection, machine_now),
        quiet_seconds=await budgets.halted_for(connection),
    )


def _since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
