"""A worker that is killed at each of its steps: `python -m tests.delivery.fragile DATABASE_URL SANDBOX_URL TOKEN`.

A step is the moment before or after a transaction is on disk, and before or after a call. For the first, second …
of each of the four kinds a child of this process does a worker's round and kills itself (SIGKILL) there; then another
worker does what workers do. Prints one JSON object for each step, and for each kind at last one of a round that was
not disturbed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from sqlalchemy import delete, select, update

from bot.clock import FixedClock
from bot.delivery.bot_api import BotApi
from bot.delivery.claim import Claimer
from bot.delivery.planning import Planner
from bot.delivery.reaping import reap
from bot.delivery.request import AiohttpRequest
from bot.delivery.sending import Sender
from bot.records import outbox, people, plans
from bot.records.database import Connection, Database
from bot.records.outbox import Delivery, NewDelivery, Priority
from bot.records.plans import DuePlan
from bot.records.tables import metadata
from bot.records.tables import outbox as table
from bot.records.types import db_now

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
CARE = -9


class Report(TypedDict):
    """What is true once another worker has done its rounds. `step` 0 is the round nobody disturbed."""

    step: int
    where: str
    reminders: dict[str, str]
    reminders_seen: dict[str, int]
    alerts_seen: int
    left: list[str]
    next_due: bool


class Steps:
    """Counts steps and dies at one of them; `log`, written before each, survives."""

    def __init__(self, die_at: tuple[str, int], log: int) -> None:
        self._die_at = die_at
        self._log = log
        self._count: Counter[str] = Counter()

    def pass_by(self, where: str) -> None:
        self._count[where] += 1
        os.write(self._log, f"{where}\n".encode())
        if (where, self._count[where]) == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class FragileDatabase(Database):
    steps: Steps

    @asynccontextmanager
    async def write(self, *, bulk: bool = False) -> AsyncIterator[Connection]:
        async with super().write(bulk=bulk) as connection:
            yield connection
            self.steps.pass_by("before a commit")
        self.steps.pass_by("after a commit")


class FragileApi(BotApi):
    steps: Steps

    async def send(self, delivery: Delivery) -> int | None:
        self.steps.pass_by("before a call")
        found = await super().send(delivery)
        self.steps.pass_by("after a call")
        return found


@dataclass(frozen=True)
class OneSlot:
    kind: str
    local_date: date
    due_at: datetime
    expires_at: datetime


class Daily:
    """One reminder a day."""

    def __init__(self, due: DuePlan) -> None:
        self._due = due

    def next_slot(self, after: datetime) -> OneSlot:
        at = NOW + ((after - NOW) // timedelta(days=1) + 1) * timedelta(days=1)
        return OneSlot("main", at.date(), at, at + timedelta(hours=3))

    def render(self, slot: OneSlot) -> NewDelivery:
        return NewDelivery(
            dedupe_key=f"rem:{self._due.chat_id}:{slot.local_date}",
            kind="main",
            policy="once",
            priority=Priority.REMINDER,
            chat_id=self._due.chat_id,
            payload={"text": "a reminder"},
            not_before=slot.due_at,
            expires_at=slot.expires_at,
            plan_id=self._due.plan.id,
            local_date=slot.local_date,
        )


async def prepare(url: str, first_chat: int) -> None:
    """Two people with a plan each, due now, and an alert."""
    async with Database(url) as database, database.write() as connection:
        for each in reversed(metadata.sorted_tables):
            await connection.execute(delete(each))
        for chat_id in (first_chat, first_chat + 1):
            person = await people.arrive(connection, chat_id, NOW)
            await plans.create(connection, person.id, prescription={}, phase="loading", next_due_at=NOW, now=NOW)
        alert = NewDelivery(
            dedupe_key=f"alert:{first_chat}:1", kind="alert", policy="again", priority=Priority.ALERT, chat_id=CARE,
            payload={"text": f"alert {first_chat}"}, not_before=NOW,
        )  # fmt: skip
        await outbox.add(connection, [alert], NOW)


async def work(database: Database, transport: BotApi) -> None:
    """One round of everything a worker does."""
    clock = FixedClock(NOW)
    await Planner(database, clock, Daily).run()
    await Sender(database, clock, transport, Claimer(database, clock, 10_000)).run()
    await reap(database, clock)


async def fragile_round(url: str, base_url: str, steps: Steps) -> None:
    request = AiohttpRequest()
    database, transport = FragileDatabase(url), FragileApi(request, base_url)
    database.steps = transport.steps = steps
    async with database:
        await work(database, transport)
    await request.shutdown()


async def recover(url: str, base_url: str) -> None:
    """What other workers do once the dead one's leases are over and the second between two messages has passed."""
    request = AiohttpRequest()
    async with Database(url) as database:
        for _ in range(3):
            async with database.write() as connection:
                held = table.c.lease_until.is_not(None)
                await connection.execute(update(table).where(held).values(lease_until=db_now(-1)))
                await connection.execute(update(table).values(started_at=None))
            await reap(database, FixedClock(NOW))
            await work(database, BotApi(request, base_url))
    await request.shutdown()


async def look(url: str, sandbox: str, first_chat: int, step: int, where: str) -> Report:
    async with Database(url) as database, database.read() as connection:
        wanted = select(table.c.dedupe_key, table.c.state, table.c.policy)
        rows = (await connection.execute(wanted)).all()
        due = [plan for person in (first_chat, first_chat + 1) for plan in await _plans(connection, person)]
    seen = {f"{chat_id}": _messages(sandbox, chat_id, "a reminder") for chat_id in (first_chat, first_chat + 1)}
    return Report(
        step=step,
        where=where,
        reminders={key: state for key, state, policy in rows if policy == "once"},
        reminders_seen=seen,
        alerts_seen=_messages(sandbox, CARE, f"alert {first_chat}"),
        left=[key for key, state, _ in rows if state not in {"sent", "unsure"}],
        next_due=all(plan.next_due_at == NOW + timedelta(days=1) for plan in due) and len(due) == 2,
    )


async def _plans(connection: Connection, chat_id: int) -> list[plans.Plan]:
    person = await people.find(connection, chat_id)
    return [] if person is None else await plans.of_person(connection, person.id)


def _messages(sandbox: str, chat_id: int, text: str) -> int:
    with urllib.request.urlopen(f"{sandbox}/sandbox/chats/{chat_id}/messages", timeout=10) as answer:
        return sum(message["text"] == text for message in json.load(answer))


def main(url: str, sandbox: str, token: str) -> None:
    base_url = f"{sandbox}/bot{token}"
    step = 0
    for where in ("before a commit", "after a commit", "before a call", "after a call"):
        for number in itertools.count(1):
            step += 1
            if _die_at((where, number), step, url, sandbox, base_url):
                break


def _die_at(die_at: tuple[str, int], step: int, url: str, sandbox: str, base_url: str) -> bool:
    """A round whose worker dies there, what others make of it, and the report; True when it lived to the end."""
    first_chat = step * 10
    _open_chats(sandbox, [first_chat, first_chat + 1, CARE])
    asyncio.run(prepare(url, first_chat))
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        asyncio.run(fragile_round(url, base_url, Steps(die_at, tell)))
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as log:
        walked = log.read().splitlines()
    _, status = os.waitpid(child, 0)
    survived = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
    if not survived and not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        raise RuntimeError(f"step {step}: the worker ended with status {status}")
    asyncio.run(recover(url, base_url))
    report = asyncio.run(look(url, sandbox, first_chat, 0 if survived else step, walked[-1]))
    print(json.dumps(report), flush=True)
    return survived


def _open_chats(sandbox: str, ids: list[int]) -> None:
    body = json.dumps({"ids": ids}).encode()
    request = urllib.request.Request(f"{sandbox}/sandbox/chats", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
