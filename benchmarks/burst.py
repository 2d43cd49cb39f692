"""10,000 messages due in the same second, 20 ms away: how fast they leave, and how late others get the event loop.

Beside it what a python-telegram-bot user would take instead: JobQueue with a job for each person, in memory, and
APScheduler's job store in a database. Those run in one process: a job store must not be shared.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import timedelta
from typing import NamedTuple

from benchmarks.lag import Lag
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, less_is_better, more_is_better, plain
from benchmarks.stub_api import Stub, stub_api
from benchmarks.workers import WorkerProcess, owe
from bot.clock import SystemClock

LATENCY = 0.02
#: A peer gets a minute to send, after it has started and stored its jobs.
_MOST_SECONDS = {"memory": 90.0, "patient": 90.0, "store": 400.0}


class Burst(NamedTuple):
    """Messages a second from first to last; those that had not come after a minute; the event loop's lag in ms."""

    rate: float
    lost: int
    lag: Lag


def run(quick: bool) -> dict[str, Row]:
    count = 2000 if quick else 10_000
    postgresql, sqlite = ours("postgresql", 3, count), ours("sqlite", 1, count)
    rows = {
        "burst, postgresql, 3 workers": plain(postgresql.rate, "messages/s", 1000),
        "burst, sqlite, 1 process": plain(sqlite.rate, "messages/s", 500),
        "burst, postgresql: lag, 99 of 100": plain(postgresql.lag["p99"], "ms", 50),
        "burst, sqlite: lag, 99 of 100": plain(sqlite.lag["p99"], "ms", 50),
        "burst, postgresql: longest lag": plain(postgresql.lag["longest"], "ms", 50),
        "burst, sqlite: longest lag": plain(sqlite.lag["longest"], "ms", 50),
    }
    few = count // 5  # more at a time keep the peers busy with their own queues for minutes
    for name, kind, database, mine, size in (
        (f"JobQueue ({count:,})", "memory", "sqlite", sqlite, count),
        (f"JobQueue ({few:,})", "memory", "sqlite", sqlite, few),
        (f"JobQueue, never dropping ({few:,})", "patient", "sqlite", sqlite, few),
        (f"job store on sqlite ({few:,})", "store", "sqlite", sqlite, few),
        (f"job store on postgresql ({few:,})", "store", "postgresql", postgresql, few),
    ):
        peer = theirs(kind, database, size)
        rows[f"burst beside {name}"] = more_is_better(mine.rate, peer.rate, "messages/s")
        rows[f"burst beside {name}: longest lag"] = less_is_better(mine.lag["longest"], peer.lag["longest"], "ms")
        rows[f"burst beside {name}: not sent in a minute"] = plain(mine.lost, "messages", peer.lost)
    return rows


def ours(kind: str, workers: int, count: int) -> Burst:
    """Workers that wait when the messages become due."""
    with fresh_database(kind) as url, stub_api(LATENCY) as stub:
        crew = [WorkerProcess(url, stub.base_url) for _ in range(workers)]
        asyncio.run(owe(url, count, SystemClock().now() + timedelta(seconds=4)))
        limit = time.monotonic() + 300
        while stub.report()["calls"] < count and time.monotonic() < limit:
            time.sleep(0.5)
        lags = [worker.end() for worker in crew]
        lag = Lag(p99=max(one["p99"] for one in lags), longest=max(one["longest"] for one in lags))
        return _burst(stub, count, lag)


def theirs(kind: str, database: str, count: int) -> Burst:
    """A peer in a process of its own."""
    with fresh_database(database) as url, stub_api(LATENCY) as stub:
        store_url = url.replace("postgresql://", "postgresql+psycopg://")
        command = [sys.executable, "-m", "benchmarks._job_peer", kind, store_url, stub.base_url, str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as peer:
            try:
                said, _ = peer.communicate(timeout=_MOST_SECONDS[kind])
            except subprocess.TimeoutExpired:
                # its event loop is so late that it does not notice that its minute is over
                peer.kill()
                first = stub.report()["first"]
                late = (time.monotonic() - first) * 1000 if first else _MOST_SECONDS[kind] * 1000
                return _burst(stub, count, Lag(p99=late, longest=late))
        lag: Lag = json.loads(said)
        return _burst(stub, count, lag)


def _burst(stub: Stub, count: int, lag: Lag) -> Burst:
    report = stub.report()
    arrived = len(report["chats"])
    took = max(report["last"] - report["first"], 0.001)
    return Burst(report["calls"] / took, count - arrived, lag)
