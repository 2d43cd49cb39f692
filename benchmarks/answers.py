"""Replies a second of the whole bot beside a stock python-telegram-bot echo bot, on the same stub in the same run.

Ours takes each update through polling or the webhook, the inbox on disk, the red-flag screen, the matcher and the
words; the peer says back what it was told. The questions are real ones; "often asked" draws from two hundred of them,
in "every question new" none comes twice.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import psutil

from benchmarks._bot_process import SECRET, BotProcess, questions
from benchmarks._updates_stub import UpdatesStub, updates_stub
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, less_is_better, more_is_better, plain

CHATS = 1000
ASKED_P99_MS = 150.0
_WARM_SECONDS = 12.0


@dataclass(frozen=True)
class Measured:
    """Replies a second once it is warm, and milliseconds of processor for each."""

    rate: float
    cpu_ms: float


def run(quick: bool) -> dict[str, Row]:
    count = 2500 if quick else 12_000
    rows: dict[str, Row] = {}
    # ours before and after the peer, so that a busy moment of the machine does not fall on one of them
    first = ours("sqlite", count)
    stock = peer(count // 2)
    second = ours("sqlite", count)
    rate, cpu = (first.rate + second.rate) / 2, (first.cpu_ms + second.cpu_ms) / 2
    rows["replies, SQLite, often asked"] = more_is_better(rate, stock.rate, "replies/s")
    rows["replies, SQLite: CPU"] = less_is_better(cpu, stock.cpu_ms, "ms/reply")
    wait = paced("sqlite", max(20.0, rate / 2), 5 if quick else 20)
    rows["reply, 99 of 100, at half that rate"] = plain(wait, "ms", ASKED_P99_MS)
    new = [f"{one}, my case is {number}" for number in range(20) for one in questions()]
    rows["replies, SQLite, every question new"] = more_is_better(
        ours("sqlite", count // 4, new).rate, stock.rate, "replies/s"
    )
    two = ours("postgresql", count)
    again = peer(count // 2)
    rows["replies, PostgreSQL, 2 web processes"] = more_is_better(two.rate, again.rate, "replies/s")
    return rows


def peer(count: int) -> Measured:
    """The stock echo bot."""
    with updates_stub(count, chats=CHATS, texts=questions()) as stub:
        process = subprocess.Popen([sys.executable, "-m", "benchmarks._echo_peer", stub.url], stderr=subprocess.DEVNULL)
        try:
            return _steady(stub, count, [process.pid])
        finally:
            process.kill()
            process.wait()


def ours(kind: str, count: int, texts: Sequence[str] = ()) -> Measured:
    """`run` on SQLite, or two `web` processes on PostgreSQL."""
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(kind))
        stub = stack.enter_context(updates_stub(count, chats=CHATS, texts=texts or questions()))
        if kind == "sqlite":
            crew = [stack.enter_context(BotProcess("run", stub.url, database))]
        else:
            crew = [stack.enter_context(BotProcess("web", stub.url, database)) for _ in range(2)]
            for one in crew:
                one.until_ready()
            stub.carry([one.webhook for one in crew], SECRET)
        return _steady(stub, count, [one.pid for one in crew])


def paced(kind: str, rate: float, seconds: float) -> float:
    """Milliseconds from an update to its reply for 99 of 100, at a steady rate.

    It is warm when what came while it started is answered, and each of the questions was read once.
    """
    warm = int(rate * _WARM_SECONDS)
    count = warm + int(rate * seconds)
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(kind))
        stub = stack.enter_context(updates_stub(count, rate=rate, chats=CHATS, texts=questions()))
        stack.enter_context(BotProcess("run", stub.url, database))
        found = stub.until_answered(count, 60 + 3 * seconds)
    waits = sorted(found["waits"][warm:])
    return waits[int(len(waits) * 0.99)] * 1000 if waits else float("inf")


def _steady(stub: UpdatesStub, count: int, pids: Sequence[int]) -> Measured:
    """The rate over the last three quarters: the first is start and warming up."""
    stub.until_answered(count // 4, 240)
    before, used = stub.report(), _cpu(pids)
    after = stub.until_answered(count, 240)
    answered, took = after["answered"] - before["answered"], after["last"] - before["last"]
    if after["answered"] < count:
        print(f"only {after['answered']} of {count} were answered in time", file=sys.stderr)
    return Measured(answered / took if took else 0.0, (_cpu(pids) - used) / max(1, answered) * 1000)


def _cpu(pids: Sequence[int]) -> float:
    """Seconds of processor these processes have used."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)
