"""The outbox's states, walked at random by several workers beside a slow obvious model."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.records import budgets, claims, outbox
from bot.records.claims import Sent, Settled, Unsent
from bot.records.database import Connection, Database
from bot.records.outbox import Delivery, Priority
from bot.records.tables import outbox as table
from bot.records.types import db_now
from tests.records.making import NOON, new_delivery

FAR = timedelta(days=30)


async def claim(
    connection: Connection, token: str, limit: int = 100, lease: float = 60, now: datetime = NOON
) -> list[Delivery]:
    state = await budgets.hold(connection)
    # a database clock far ahead, so that the pause between two messages of a chat is over
    return await claims.claim(
        connection, limit=limit, token=token, lease_seconds=lease, now=now, database_now=state.now + FAR
    )


async def end_leases(connection: Connection) -> None:
    await connection.execute(update(table).where(table.c.lease_until.is_not(None)).values(lease_until=db_now(-1)))


@dataclass
class Model:
    """What the table must say, kept by hand."""

    state: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)


@pytest.mark.parametrize("seed", range(8))
async def test_no_walk_through_the_states_calls_twice_without_proof(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    model = Model()
    async with database.write() as connection:
        rows = [new_delivery(f"k{n}", chat_id=n + 1) for n in range(12)]
        await outbox.add(connection, rows, NOON)
        model.state = {row.dedupe_key: "pending" for row in rows}
        known: dict[str, Delivery] = {}
        for _ in range(150):
            token = chance.choice(["w1", "w2", "w3"])
            step = chance.randrange(8)
            mine = [key for key, owner in model.owner.items() if owner == token]
            chosen = chance.sample(sorted(model.state), 3)
            if step == 0:
                for row in await claim(connection, token, chance.randrange(1, 6)):
                    assert model.state[row.dedupe_key] == "pending"
                    model.state[row.dedupe_key], model.owner[row.dedupe_key] = "claimed", token
                    known[row.dedupe_key] = row
            elif step == 1:
                asked = [known[key].id for key in chosen if key in known]
                started = await claims.start(connection, asked, token, 60)
                expected = {known[key].id for key in chosen if key in mine and model.state[key] == "claimed"}
                assert started == expected
                for key in chosen:
                    if key in known and known[key].id in started:
                        model.state[key] = "sending"
                        model.calls[key] = model.calls.get(key, 0) + 1
            elif step == 2:
                await claims.settle_sent(connection, [Sent(known[k], 7) for k in chosen if k in known], token, NOON)
                for key in chosen:
                    if key in mine and model.state[key] in ("sending", "unsure"):
                        model.state[key] = "sent"
            elif step == 3:
                unsent = [Unsent(known[k], NOON, "refused") for k in chosen if k in known]
                await claims.settle_unsent(connection, unsent, token)
                for key in chosen:
                    if key in mine and model.state[key] in ("sending", "unsure"):
                        model.state[key], model.calls[key] = "pending", model.calls[key] - 1  # proven not sent
                        del model.owner[key]
            elif step == 4:
                await claims.settle_unsure(
                    connection, [Settled(known[k], "?") for k in chosen if k in known], token, NOON
                )
                for key in chosen:
                    if key in mine and model.state[key] == "sending":
                        model.state[key] = "unsure"
            elif step == 5:
                await claims.release(connection, [known[k].id for k in chosen if k in known], token)
                for key in chosen:
                    if key in mine and model.state[key] == "claimed":
                        model.state[key] = "pending"
                        del model.owner[key]
            elif step == 6 and chance.random() < 0.3:
                await end_leases(connection)
                await claims.reap(connection, NOON)
                for key, state in model.state.items():
                    if state == "claimed":
                        model.state[key] = "pending"
                        del model.owner[key]
                    elif state == "sending":
                        model.state[key] = "unsure"
            elif step == 7:
                await outbox.cancel(connection, chosen[:1], NOON)
                if model.state[chosen[0]] in ("pending", "claimed"):
                    model.state[chosen[0]] = "cancelled"
                    model.owner.pop(chosen[0], None)
            found = (await connection.execute(select(table.c.dedupe_key, table.c.state))).all()
            assert {key: state for key, state in found} == model.state  # noqa: C416
            assert all(count <= 1 for count in model.calls.values())


async def test_alerts_before_answers_before_reminders_each_oldest_first(database: Database) -> None:
    async with database.write() as connection:
        priorities = {"r": Priority.REMINDER, "a": Priority.ALERT, "q": Priority.ANSWER}
        rows = [
            new_delivery(
                f"{kind}{age}", chat_id=n * 10 + age, priority=priority, not_before=NOON - timedelta(hours=age)
            )
            for n, (kind, priority) in enumerate(priorities.items(), start=1)
            for age in (1, 3, 2)
        ]
        await outbox.add(connection, rows, NOON)
        order = [row.dedupe_key for row in await claim(connection, "w")]
        assert order == ["a3", "a2", "a1", "q3", "q2", "q1", "r3", "r2", "r1"]


async def test_only_the_priorities_asked_for(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("r"), new_delivery("a", chat_id=2, priority=Priority.ALERT)], NOON)
        now = (await budgets.hold(connection)).now
        found = await claims.claim(
            connection, limit=9, token="w", lease_seconds=60, now=NOON, database_now=now, priorities=[Priority.ALERT]
        )
        assert [row.dedupe_key for row in found] == ["a"]


async def test_one_row_of_a_chat_at_a_time(database: Database) -> None:
    async with database.write() as connection:
        rows = [new_delivery(f"k{n}", not_before=NOON - timedelta(minutes=n)) for n in range(3)]
        await outbox.add(connection, rows, NOON)
        first = await claim(connection, "w1")
        assert [row.dedupe_key for row in first] == ["k2"]
        assert await claim(connection, "w2") == []
        await claims.start(connection, [first[0].id], "w1", 60)
        assert await claim(connection, "w2") == []
        await claims.settle_sent(connection, [Sent(first[0], 1)], "w1", NOON)
        assert [row.dedupe_key for row in await claim(connection, "w2")] == ["k1"]


async def test_what_is_not_yet_or_no_longer_due_is_left_alone(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(
            connection,
            [
                new_delivery("early", not_before=NOON + timedelta(microseconds=1)),
                new_delivery("late", chat_id=2, expires_at=NOON),
                new_delivery("now", chat_id=3, expires_at=NOON + timedelta(microseconds=1)),
            ],
            NOON,
        )
        assert [row.dedupe_key for row in await claim(connection, "w")] == ["now"]


async def test_an_alert_is_written_anew_once_whoever_notices(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery("alert:1:1", policy="again"), new_delivery("r", chat_id=2)], NOON)
        for round_number, delay in ((2, 0), (3, 1), (4, 2), (5, 4)):
            rows = await claim(connection, "w", now=NOON + timedelta(hours=round_number))
            await claims.start(connection, [row.id for row in rows], "w", 60)
            await end_leases(connection)
            _, unsure, again = await claims.reap(connection, NOON)
            assert again == 1
            assert unsure == (2 if round_number == 2 else 1)
            assert await claims.reap(connection, NOON) == (0, 0, 0)
            alerts = [row for row in rows if row.policy == "again"]
            await claims.settle_unsure(connection, [Settled(row, "late") for row in alerts], "w", NOON)
            copy = await outbox.by_key(connection, f"alert:1:1~{round_number}")
            assert copy is not None
            assert (copy.state, copy.payload) == ("pending", {"text": "message alert:1:1"})
            assert copy.not_before == NOON + timedelta(seconds=delay)
        assert await outbox.count_by_state(connection) == {"unsure": 5, "pending": 1}


async def test_two_claims_at_once_never_take_the_same_row(database: Database) -> None:
    async with database.write() as connection:
        await outbox.add(connection, [new_delivery(f"k{n}", chat_id=n + 1) for n in range(60)], NOON)

    async def take(token: str) -> list[str]:
        keys: list[str] = []
        while True:
            async with database.write() as connection:
                rows = await claim(connection, token, 7)
            if not rows:
                return keys
            keys += [row.dedupe_key for row in rows]

    taken = [key for keys in await asyncio.gather(*(take(f"w{n}") for n in range(4))) for key in keys]
    assert sorted(taken) == sorted(f"k{n}" for n in range(60))
