"""The send budget all workers share, as one row: when the next message may leave, and until when all must be quiet.

Invariant: whoever holds the row's lock decides alone, so claims of several workers follow one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, or_, select, update

from bot.records.database import Connection
from bot.records.statements import insert_into
from bot.records.tables import budgets
from bot.records.types import db_now

_NAME = "telegram"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """All three by the database's clock."""

    next_free_at: datetime
    halted_until: datetime | None
    now: datetime


async def hold(connection: Connection, furthest_seconds: float = 60.0) -> BudgetState:
    """Lock the budget until the transaction ends, and read it.

    No reservation reaches further ahead than `furthest_seconds`. A next message that is further says that the
    database's clock was put back: both moments are put back with it, or nothing would leave until it comes round again.
    """
    statement = (
        update(budgets)
        .where(budgets.c.name == _NAME)
        .values(name=_NAME)
        .returning(budgets.c.next_free_at, budgets.c.halted_until, db_now().label("now"))
    )
    row: RowMapping | None = (await connection.execute(statement)).mappings().first()
    if row is None:  # the very first time
        create = insert_into(connection, budgets).values(name=_NAME, next_free_at=db_now())
        await connection.execute(create.on_conflict_do_nothing())
        row = (await connection.execute(statement)).mappings().one()
    state = BudgetState(row["next_free_at"], row["halted_until"], row["now"])
    if state.next_free_at - state.now <= timedelta(seconds=furthest_seconds):
        return state
    return await _put_back(connection, state)


async def _put_back(connection: Connection, state: BudgetState) -> BudgetState:
    step = state.next_free_at - state.now
    halted_until = None if state.halted_until is None else state.halted_until - step
    values = {"next_free_at": state.now, "halted_until": halted_until}
    await connection.execute(update(budgets).where(budgets.c.name == _NAME).values(values))
    return BudgetState(state.now, halted_until, state.now)


async def spend(connection: Connection, next_free_at: datetime) -> None:
    """Say when the next message may leave. Call hold() first, in the same transaction."""
    await connection.execute(update(budgets).where(budgets.c.name == _NAME).values(next_free_at=next_free_at))


async def halt(connection: Connection, seconds: float) -> None:
    """Telegram asked for quiet: nobody starts to send for so many seconds from now.

    A longer quiet that holds is kept.
    """
    until = db_now(seconds)
    longer = or_(budgets.c.halted_until.is_(None), budgets.c.halted_until < until)
    await connection.execute(update(budgets).where(budgets.c.name == _NAME, longer).values(halted_until=until))


async def halted_for(connection: Connection) -> float:
    """Seconds of quiet that are left; 0 when there is none."""
    statement = select(budgets.c.halted_until, db_now().label("now")).where(budgets.c.name == _NAME)
    row = (await connection.execute(statement)).mappings().first()
    if row is None or row["halted_until"] is None:
        return 0.0
    left: float = (row["halted_until"] - row["now"]).total_seconds()
    return max(0.0, left)


async def clock_difference(connection: Connection, now: datetime) -> float:
    """Seconds by which the database's clock is ahead of `now`, the system's own time."""
    database_now: datetime = (await connection.execute(select(db_now().label("now")))).scalar_one()
    return (database_now - now).total_seconds()
