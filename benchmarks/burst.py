"""10,000 messages due in the same second, 20 ms away: how fast they leave, and how late others get the event loop."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from benchmarks.stub_api import stub_api
from benchmarks.workers import WorkerProcess, owe
from bot.clock import SystemClock

LATENCY = 0.02


def run(quick: bool) -> dict[str, Row]:
    count = 2000 if quick else 10_000
    rows: dict[str, Row] = {}
    for kind, workers, asked in (("postgresql", 3, 1000.0), ("sqlite", 1, 500.0)):
        rate, lag99, longest = measure(kind, workers, count)
        name = f"burst, {kind}, {workers} worker{'s' if workers > 1 else ''}"
        rows[name] = plain(rate, "messages/s", asked)
        rows[name + ": event loop late, p99"] = plain(lag99, "ms", 50)
        rows[name + ": event loop late, most"] = plain(longest, "ms", 50)
    return rows


def measure(kind: str, workers: int, count: int) -> tuple[float, float, float]:
    """Messages a second from the first to the last, and the worst worker's lag (p99, longest) in milliseconds."""
    with fresh_database(kind) as url, stub_api(LATENCY) as stub:
        crew = [WorkerProcess(url, stub.base_url) for _ in range(workers)]
        due = SystemClock().now() + timedelta(seconds=4)
        asyncio.run(owe(url, count, due))
        report = stub.report()
        limit = time.monotonic() + 300
        while report["calls"] < count and time.monotonic() < limit:
            time.sleep(0.5)
            report = stub.report()
        lags = [worker.end() for worker in crew]
        twice = sum(times > 1 for times in report["chats"].values())
        if report["calls"] != count or twice:
            raise RuntimeError(f"{report['calls']} of {count} arrived, {twice} twice")
        return (
            count / (report["last"] - report["first"]),
            max(lag["p99"] for lag in lags),
            max(lag["longest"] for lag in lags),
        )
