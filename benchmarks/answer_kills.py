"""The bot killed with SIGKILL at random while it answers: is anything lost, or answered twice that need not be?

Every update comes from a chat of its own, so each chat must hear just what its words bring when nobody is killed
(mostly one message; a card may be followed by an answer), and more only where the update was being handled at the
moment of a kill, which is read from the inbox while the process is dead.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import text

from benchmarks._bot_process import SECRET, BotProcess, questions
from benchmarks._updates_stub import FIRST_CHAT, text_of, updates_stub
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from bot.records.database import Database


@dataclass(frozen=True)
class Found:
    """`doubled` updates were answered twice, `needlessly` without having been under way at a kill."""

    lost: int
    unfinished: int
    doubled: int
    needlessly: int
    odd: list[str]


def run(quick: bool) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for kind, updates, kills in (("sqlite", 20_000, 50), ("postgresql", 20_000, 50)):
        updates, kills = (updates // 20, kills // 10) if quick else (updates, kills)
        found = measure(kind, updates, kills)
        name = f"{kills} kills, {updates:,} updates, {'run' if kind == 'sqlite' else '2 web'} on {kind}"
        rows[name + ": lost"] = plain(found.lost, "updates", 0)
        rows[name + ": left in the inbox"] = plain(found.unfinished, "updates", 0)
        rows[name + ": answered twice, in flight at a kill"] = plain(found.doubled - found.needlessly, "updates")
        rows[name + ": answered twice otherwise"] = plain(found.needlessly, "updates", 0)
    return rows


def measure(kind: str, updates: int, kills: int, seed: int = 1) -> Found:
    """Kill `kills` times, spread over the run; then let it finish."""
    choice = random.Random(seed)
    texts = questions(60)
    due = messages_due(texts)
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(kind))
        stub = stack.enter_context(updates_stub(updates, chats=updates, texts=texts))
        crew = [_start(kind, stub.url, database) for _ in range(1 if kind == "sqlite" else 2)]
        stack.callback(lambda: [one.end() for one in crew])
        if kind != "sqlite":
            for one in crew:
                one.until_ready()
            stub.carry([one.webhook for one in crew], SECRET)
        under_way: set[int] = set()
        for number in range(kills):
            while stub.answered() < updates * (number + 0.5) / (kills + 1):
                time.sleep(0.02)
            time.sleep(choice.random() * 0.2)
            victim = choice.randrange(len(crew))
            crew[victim].kill()
            under_way |= set(asyncio.run(_updates(database, "taken")))
            crew[victim] = _start(kind, stub.url, database, crew[victim].port)
        report = stub.until_answered(updates, 900)
        ends = time.monotonic() + 60
        while (left := asyncio.run(_updates(database, "taken", "waiting"))) and time.monotonic() < ends:
            time.sleep(0.2)
        report = stub.report()
    heard = {int(chat): count for chat, count in report["chats"].items()}
    most = {chat: due[text_of(chat - FIRST_CHAT or updates, updates, texts)] for chat in heard}
    twice = {chat for chat, count in heard.items() if count > most[chat]}
    in_flight = {FIRST_CHAT + number % updates for number in under_way}
    too_few = updates - len(heard) + sum(count < most[chat] for chat, count in heard.items())
    return Found(too_few, len(left), len(twice), len(twice - in_flight), report["odd"])


def messages_due(texts: Sequence[str]) -> dict[str, int]:
    """How many messages each text brings when nothing goes wrong."""
    count = len(texts)
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database("sqlite"))
        stub = stack.enter_context(updates_stub(count, chats=count + 1, texts=texts))
        bot = stack.enter_context(BotProcess("run", stub.url, database))
        stub.until_answered(count, 60)
        bot.end()  # in order: what is under way is finished first
        heard = stub.report()["chats"]
    return {text_of(number, count + 1, texts): heard[str(FIRST_CHAT + number)] for number in range(1, count + 1)}


def _start(kind: str, url: str, database: str, port: int | None = None) -> BotProcess:
    return BotProcess("run" if kind == "sqlite" else "web", url, database, at_port=port)


async def _updates(url: str, *states: str) -> list[int]:
    """The numbers of the updates in these states."""
    listed = ", ".join(f"'{state}'" for state in states)
    async with Database(url) as database, database.read() as connection:
        found = await connection.execute(text(f"SELECT update_id FROM inbox WHERE state IN ({listed})"))
        return list(found.scalars())
