"""Workers killed at random while they send: is anything lost, is anything sent twice?

A row is lost when it is neither `sent` nor `unsure`, or `sent` and did not arrive. Every `unsure` row is one whose
worker died between starting the call and writing down its end; the nudge asks after it.
"""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta

from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from benchmarks.stub_api import stub_api
from benchmarks.workers import WorkerProcess, owe, states
from bot.clock import SystemClock

LATENCY = 0.02
LEASE = 8.0
WIDTH = 32


def run(quick: bool) -> dict[str, Row]:
    few = 5 if quick else 1
    rows: dict[str, Row] = {}
    for kind, workers, count, kills in (
        ("postgresql", 3, 20_000 // few, 12 // few),
        ("sqlite", 1, 5000 // few, 8 // few),
    ):
        lost, twice, unsure, unsent_unsure = measure(kind, workers, count, kills)
        name = f"{kills} kills, {count:,} rows, {kind}"
        rows[name + ": lost"] = plain(lost, "rows", 0)
        rows[name + ": sent twice"] = plain(twice, "rows", 0)
        rows[name + ": unsure"] = plain(unsure, "rows", kills * WIDTH)
        rows[name + ": unsure and not sent"] = plain(unsent_unsure, "rows")
    return rows


def measure(kind: str, workers: int, count: int, kills: int) -> tuple[int, int, int, int]:
    """How many rows were lost, sent twice, unsure, and unsure without having arrived."""
    with fresh_database(kind) as url, stub_api(LATENCY) as stub:
        asyncio.run(owe(url, count, SystemClock().now() + timedelta(seconds=1)))
        crew = [WorkerProcess(url, stub.base_url, width=WIDTH, lease=LEASE) for _ in range(workers)]
        try:
            done = 0
            for number in range(kills):
                # spread over the run: wait until another share of the rows has arrived, then a random moment
                while done < count * (number + 0.5) / (kills + 1):
                    time.sleep(0.02)
                    done = stub.report()["calls"]
                time.sleep(random.random() * 0.1)
                victim = random.randrange(workers)
                crew[victim].kill()
                crew[victim] = WorkerProcess(url, stub.base_url, width=WIDTH, lease=LEASE)
            found = _wait_until_settled(url)
        finally:
            for worker in crew:
                worker.kill()
        arrived = stub.report()["chats"]
    twice = sum(times > 1 for times in arrived.values())
    unsure = found.get("unsure", 0)
    missing = count - len(arrived)
    lost = count - found.get("sent", 0) - unsure + max(0, missing - unsure)
    return lost, twice, unsure, missing


def _wait_until_settled(url: str) -> dict[str, int]:
    limit = time.monotonic() + 300
    while time.monotonic() < limit:
        found = dict(asyncio.run(states(url)))
        if not set(found) - {"sent", "unsure"}:
            return {str(state): count for state, count in found.items()}
        time.sleep(0.5)
    raise RuntimeError(f"not settled after five minutes: {found}")
