"""What is around the bot breaks while it answers, for thirty seconds: is anything lost, when does it go on?

Every update comes from a chat of its own. One in ten has a danger sign: its chat must see a card, also while the
database is gone, and the care team its alert in the end. `doubled` counts people without a danger sign who heard more
than their words bring; a card in the outage and an answer after it are meant.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import text

from benchmarks._bot_process import BotProcess
from benchmarks._gate import GateBeside, behind, gate_beside, through
from benchmarks._updates_stub import FIRST_CHAT, text_of, updates_stub
from benchmarks.answer_kills import messages_due
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from bot.records.database import Database

DANGER = "my throat is closing up and I cannot breathe"
#: None is a danger sign: what shows a card in the outage is answered after it too, and would count twice.
HARMLESS = (
    "how much b12 is in one shot", "how often do I need a shot", "where on my body does the injection go",
    "how long until it works", "what foods have b12", "can I fly with my ampoules", "how do I store my ampoules",
    "is b12 a steroid", "what is hydroxocobalamin",
)  # fmt: skip
CARE = "-1009"
_FAKETIME = "B12BOT_BENCH_FAKETIME"  # where libfaketime.so.1 lies; without it the clock is not stepped

#: name → kind of database, updates a second. With the database gone Telegram gives the same hundred again and again,
#: so that many must be room for what is written in the outage.
FAULTS = {
    "database gone": ("postgresql", 3.0),
    "database silent": ("postgresql", 3.0),
    "database locked": ("sqlite", 3.0),
    "disk full": ("sqlite", 3.0),
    "Telegram gone": ("sqlite", 5.0),
    "Telegram silent": ("sqlite", 5.0),
    "two pollers": ("sqlite", 5.0),
    "clock put forward 1 h": ("sqlite", 5.0),
    "clock put back 1 h": ("sqlite", 5.0),
}


@dataclass(frozen=True)
class Found:
    """What came of it.

    `first` is seconds from the end of the fault to the next answer; `carded` of `signs` written in the outage saw
    their card before its end; `unalerted` of all signs never became an alert in the care team's chat.
    """

    updates: int
    lost: int
    doubled: int
    unalerted: int
    signs: int
    carded: int
    first: float
    odd: list[str]


def run(quick: bool) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    seconds = 4.0 if quick else 30.0
    for fault in FAULTS:
        if fault.startswith("clock") and not os.environ.get(_FAKETIME):
            print(f"{fault}: left out, {_FAKETIME} does not say where libfaketime.so.1 is", file=sys.stderr)
            continue
        found = measure(fault, seconds)
        name = f"{fault} for {seconds:g} s, {found.updates} updates, run on {FAULTS[fault][0]}"
        rows[f"{name}: lost"] = plain(found.lost, "updates", 0)
        rows[f"{name}: doubled"] = plain(found.doubled, "updates", 0)
        rows[f"{name}: alerts that never came"] = plain(found.unalerted, "alerts", 0)
        if fault in ("database gone", "database silent", "database locked", "disk full"):
            rows[f"{name}: danger signs that waited for the end"] = plain(found.signs - found.carded, "cards", 0)
        rows[f"{name}: next answer"] = plain(found.first, "s")
        rows[f"{name}: words no patient should see"] = plain(len(found.odd), "replies", 0)
    return rows


def measure(fault: str, seconds: float, rate: float | None = None, lead: float = 3.0) -> Found:
    """Have it happen once, to one `run` process, after `lead` seconds of quiet answering."""
    kind, usual = FAULTS[fault]
    rate = rate or usual
    texts = (*HARMLESS, DANGER)
    updates = round(rate * (seconds + 2 * lead))
    due = _due(texts)
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(kind))
        stub = stack.enter_context(updates_stub(updates, rate=rate, chats=updates + 1, texts=texts))
        telegram = stack.enter_context(gate_beside(behind(stub.url)))
        records = stack.enter_context(gate_beside(behind(database))) if kind == "postgresql" else None
        reached = database if records is None else through(database, records.port)
        step = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "clock"
        step.write_text("+0\n")
        bot = stack.enter_context(_bot(telegram, reached, step if fault.startswith("clock") else None))
        _until(lambda: stub.report()["answered"] >= rate * lead, 60)
        before = stub.report()["chats"]
        with _broken(fault, Around(bot, telegram, records, reached, step)):
            time.sleep(seconds)
            in_it = stub.report()
        returned = time.monotonic()
        _until(lambda: stub.report()["answered"] > in_it["answered"], 120)
        first = time.monotonic() - returned
        stub.until_answered(updates, 180)
        signs = [n for n in range(1, updates + 1) if text_of(n, updates + 1, texts) == DANGER]
        left = _until(lambda: asyncio.run(_count(database, _OPEN)) == 0, 60)
        _until(lambda: asyncio.run(_count(database, _ALERTED)) >= len(signs), 120)
        unalerted = len(signs) - asyncio.run(_count(database, _ALERTED))
        bot.end()
        report = stub.report()
    heard = {n: report["chats"].get(str(FIRST_CHAT + n), 0) for n in range(1, updates + 1)}
    wanted = {n: due[text_of(n, updates + 1, texts)] for n in heard}
    lost = sum(count < wanted[n] for n, count in heard.items()) + (0 if left else 1)
    doubled = sum(count > wanted[n] for n, count in heard.items() if n not in signs)
    # what comes in the last seconds of it may be seen only after it
    told = [n for n in signs if str(FIRST_CHAT + n) not in before and n < rate * (lead + seconds / 2)]
    carded = sum(str(FIRST_CHAT + n) in in_it["chats"] for n in told)
    return Found(updates, lost, doubled, max(0, unalerted), len(told), carded, first, report["odd"])


@cache
def _due(texts: tuple[str, ...]) -> dict[str, int]:
    return messages_due(texts)


@dataclass(frozen=True)
class Around:
    """What can break around a bot; `records` is the gate to PostgreSQL, `step` the file that moves its clock."""

    bot: BotProcess
    telegram: GateBeside
    records: GateBeside | None
    database: str
    step: Path


@contextlib.contextmanager
def _broken(fault: str, around: Around) -> Iterator[None]:
    """It is broken until the block ends."""
    gate = around.telegram if fault.startswith("Telegram") else around.records
    match fault.split():
        case [_, ("gone" | "silent") as how] if gate is not None:
            (gate.shut if how == "gone" else gate.hush)()
            yield
            gate.open()
        case ["database", "locked"]:
            with locked(around.database.removeprefix("sqlite:///")):
                yield
        case ["disk", "full"]:
            _, hard = resource.prlimit(around.bot.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(around.bot.pid, resource.RLIMIT_FSIZE, (1, hard))
            yield
            resource.prlimit(around.bot.pid, resource.RLIMIT_FSIZE, (hard, hard))
        case ["two", "pollers"]:
            with _bot(around.telegram, around.database, None):
                yield
        case ["clock", "put", where, *_]:
            around.step.write_text("+3600\n" if where == "forward" else "-3600\n")
            yield
        case _:
            raise ValueError(fault)


@contextlib.contextmanager
def locked(file: str) -> Iterator[None]:
    """Another process writes to the SQLite file and does not come to an end."""
    holds = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "print('holds', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holds, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline() != "holds\n":
            raise RuntimeError("the file could not be locked")
        yield
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _bot(telegram: GateBeside, database: str, step: Path | None) -> BotProcess:
    stepping = {}
    if step is not None:
        stepping = {
            "LD_PRELOAD": os.environ[_FAKETIME], "FAKETIME_TIMESTAMP_FILE": str(step), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
    return BotProcess("run", f"http://127.0.0.1:{telegram.port}", database, None, CARE_TEAM_CHAT_ID=CARE, **stepping)


def _until(happened: Callable[[], bool], seconds: float) -> bool:
    """Wait for it; False when it did not come in time."""
    ends = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


_OPEN = "SELECT count(*) FROM inbox WHERE state IN ('taken', 'waiting')"
_ALERTED = "SELECT count(DISTINCT alert_id) FROM outbox WHERE alert_id IS NOT NULL AND state = 'sent'"


async def _count(url: str, statement: str) -> int:
    async with Database(url) as database, database.read() as connection:
        return int((await connection.execute(text(statement))).scalar_one())
