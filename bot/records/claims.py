"""Who may send which row of the outbox, and what became of it.

States: `pending → claimed (lease) → sending → sent | failed | unsure`; also `pending → expired | cancelled`, `claimed
→ pending | cancelled`, `sending → pending` only with proof that nothing was sent, `unsure → sent` when the answer
came late.

Invariants: a row is sent only by the worker that moved it to `sending`, and that was committed before; nothing leaves
`sending` except by that worker's token or, when its lease is over, to `unsure`; leases are counted by the database's
clock alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select, update

from bot.records.anew import write_anew
from bot.records.chat_limits import chat_is_free
from bot.records.database import Connection
from bot.records.outbox import Delivery, Priority, delivery
from bot.records.statements import among, insert_into, taking
from bot.records.tables import alert_messages, budgets, outbox
from bot.records.types import UTCDateTime, db_now


async def claim(
    connection: Connection,
    *,
    limit: int,
    token: str,
    lease_seconds: float,
    now: datetime,
    database_now: datetime,
    priorities: Collection[Priority] = tuple(Priority),
) -> list[Delivery]:
    """Take at most `limit` due rows for this worker: alerts first, then answers, then reminders, each oldest first.

    Of a chat only one row is taken, and none while one of its rows is held, nor within a second of the last one, nor
    from a group that had twenty within a minute. `now` says what is due; `database_now` is the database's clock, read
    while its budget was held.
    """
    taken: list[Delivery] = []
    for priority in sorted(priorities):
        if len(taken) < limit:
            taken += await _claim(connection, priority, limit - len(taken), token, lease_seconds, now, database_now)
    return taken


async def _claim(
    connection: Connection,
    priority: Priority,
    limit: int,
    token: str,
    lease_seconds: float,
    now: datetime,
    database_now: datetime,
) -> list[Delivery]:
    free = (
        select(outbox.c.id, outbox.c.chat_id, outbox.c.not_before)
        .where(
            outbox.c.state == "pending",
            outbox.c.priority == int(priority),
            outbox.c.not_before <= now,
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            chat_is_free(database_now),
        )
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    candidates = taking(connection, free).cte("candidates")
    turn = func.row_number().over(
        partition_by=candidates.c.chat_id, order_by=(candidates.c.not_before, candidates.c.id)
    )
    numbered = select(candidates.c.id, turn.label("turn")).subquery("numbered")
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(select(numbered.c.id).where(numbered.c.turn == 1)), outbox.c.state == "pending")
        .values(state="claimed", lease_token=token, lease_until=db_now(lease_seconds))
        .returning(*outbox.c)
    )
    rows = [delivery(row) for row in (await connection.execute(statement)).mappings()]
    return sorted(rows, key=lambda row: (row.not_before, row.id))


async def start(connection: Connection, ids: Sequence[int], token: str, lease_seconds: float) -> set[int]:
    """Move claimed rows to `sending`; gives those that did. Commit before a socket is touched, and send no other row.

    A row stays behind when its lease is over, when it was cancelled meanwhile, or when Telegram asked everybody to be
    quiet.
    """
    quiet = exists().where(budgets.c.halted_until > db_now())
    statement = (
        update(outbox)
        .where(
            among(connection, outbox.c.id, ids),
            outbox.c.lease_token == token,
            outbox.c.state == "claimed",
            outbox.c.lease_until > db_now(),
            ~quiet,
        )
        .values(state="sending", started_at=db_now(), lease_until=db_now(lease_seconds), attempt=outbox.c.attempt + 1)
        .returning(outbox.c.id)
    )
    return set((await connection.execute(statement)).scalars())


async def release(connection: Connection, ids: Sequence[int], token: str) -> int:
    """Hand claimed rows back that this worker did not begin to send; gives how many were still its own."""
    statement = (
        update(outbox)
        .where(among(connection, outbox.c.id, ids), outbox.c.lease_token == token, outbox.c.state == "claimed")
        .values(state="pending", lease_token=None, lease_until=None)
    )
    return (await connection.execute(statement)).rowcount


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram took the message; `message_id` is None for methods that give none back."""

    delivery: Delivery
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Unsent:
    """Proven not sent: try again from `not_before` on."""

    delivery: Delivery
    not_before: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Over without a message: `failed` is certain, `unsure` is not."""

    delivery: Delivery
    error: str


_MINE = and_(
    outbox.c.id == bindparam("row"),
    outbox.c.lease_token == bindparam("token"),
    or_(outbox.c.state == "sending", outbox.c.state == "unsure"),  # IN cannot be repeated for many rows
)
_FREE = {"lease_token": None, "lease_until": None}
_TO_SENT = (
    update(outbox)
    .where(_MINE)
    .values(state="sent", message_id=bindparam("message"), settled_at=bindparam("at", type_=UTCDateTime), error=None)
)
_TO_PENDING = (
    update(outbox)
    .where(_MINE)
    .values(state="pending", not_before=bindparam("at", type_=UTCDateTime), error=bindparam("why"), **_FREE)
)
_TO_FAILED = (
    update(outbox)
    .where(_MINE)
    .values(state="failed", settled_at=bindparam("at", type_=UTCDateTime), error=bindparam("why"), **_FREE)
)


async def settle_sent(connection: Connection, results: Sequence[Sent], token: str, now: datetime) -> None:
    """Also when the reaper called a row `unsure` meanwhile: an answer that comes late is still an answer."""
    if not results:
        return
    rows = [{"row": r.delivery.id, "token": token, "message": r.message_id, "at": now} for r in results]
    await connection.execute(_TO_SENT, rows)
    about_alerts = [r for r in results if r.delivery.alert_id is not None and r.message_id is not None]
    if about_alerts:
        statement = insert_into(connection, alert_messages).on_conflict_do_nothing()
        await connection.execute(
            statement,
            [
                {"chat_id": r.delivery.chat_id, "message_id": r.message_id, "alert_id": r.delivery.alert_id}
                for r in about_alerts
            ],
        )


async def settle_unsent(connection: Connection, results: Sequence[Unsent], token: str) -> None:
    """Only with proof that nothing was sent."""
    if results:
        rows = [{"row": r.delivery.id, "token": token, "at": r.not_before, "why": r.error[:300]} for r in results]
        await connection.execute(_TO_PENDING, rows)


async def settle_failed(connection: Connection, results: Sequence[Settled], token: str, now: datetime) -> None:
    if results:
        rows = [{"row": r.delivery.id, "token": token, "at": now, "why": r.error[:300]} for r in results]
        await connection.execute(_TO_FAILED, rows)


async def settle_unsure(connection: Connection, results: Sequence[Settled], token: str, now: datetime) -> int:
    """Nobody can know whether these were sent.

    Alerts are written anew at once; gives how many. The token stays on the row.
    """
    if not results:
        return 0
    by_error: dict[str, list[int]] = {}
    for result in results:
        by_error.setdefault(result.error[:300], []).append(result.delivery.id)
    doubtful: list[int] = []
    for error, ids in by_error.items():
        statement = (
            update(outbox)
            .where(among(connection, outbox.c.id, ids), outbox.c.lease_token == token, outbox.c.state == "sending")
            .values(state="unsure", settled_at=now, error=error)
            .returning(outbox.c.id)
        )
        doubtful += (await connection.execute(statement)).scalars()
    return await write_anew(connection, doubtful, now)


async def reap(connection: Connection, now: datetime) -> tuple[int, int, int]:
    """Rows whose worker is gone: claimed ones wait again, sending ones are unsure and, if alerts, written anew.

    Gives how many were handed back, became unsure, and were written anew.
    """
    over = outbox.c.lease_until < db_now()
    back = await connection.execute(
        update(outbox).where(outbox.c.state == "claimed", over).values(state="pending", **_FREE)
    )
    lost = await connection.execute(
        update(outbox)
        .where(outbox.c.state == "sending", over)
        .values(state="unsure", settled_at=now, error="the worker stopped while sending")
        .returning(outbox.c.id)
    )
    doubtful = list(lost.scalars())
    return back.rowcount, len(doubtful), await write_anew(connection, doubtful, now)
