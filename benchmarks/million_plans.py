"""What a million stored plans cost: to start, in memory, and for each planning tick; and how that grows."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks._planner import FIRST_DUE, Figures
from benchmarks.postgres import fresh_database, postgres_server
from benchmarks.rows import Row, less_is_better, plain

ROUNDS = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAN = {
    "v": 1, "label": None, "product": "hydroxocobalamin", "dose": {"amount": "1", "unit": "mg", "text": "1 mg"},
    "place": "clinic", "zone": "UTC", "at": "09:00", "count_from": "fixed", "loading": None,
    "maintenance": {"every": 1, "unit": "weeks"}, "anchor": "2026-11-24", "phase": "maintenance", "given": 0,
    "last_given": None, "settled": None, "once": None, "status": "active", "revision": 1,
}  # fmt: skip
_PEOPLE = ("id", "chat_id", "code", "share_text", "started_at", "last_seen_at", "version")
_PLANS = ("id", "person_id", "prescription", "status", "phase", "revision", "next_due_at", "created_at")


def run(quick: bool) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    sizes = (10_000, 50_000) if quick else (10_000, 100_000, 1_000_000)
    with postgres_server() as server:
        for kind in ("sqlite", "postgresql"):
            with fresh_database(kind, server) as url:
                empty = _start(url, 0)[1]["memory"]
            for size in sizes:
                with fresh_database(kind, server) as url:
                    _fill(url, size)
                    started, figures = _start(url, ROUNDS)
                name = f"{size:,} plans, {kind}"
                tick = statistics.median(figures["took"]) * 1000
                rows[f"{name}: start-up"] = plain(started, "s", 3)
                rows[f"{name}: memory beside an empty database"] = less_is_better(
                    figures["memory"] / 2**20, empty / 2**20, "MB"
                )
                rows[f"{name}: planning tick, 500 due"] = plain(tick, "ms", 100)
    return rows


def _start(url: str, rounds: int) -> tuple[float, Figures]:
    """Seconds from starting the process until it has looked for due plans, and what it measured after."""
    began = time.monotonic()
    command = [sys.executable, "-m", "benchmarks._planner", url, str(rounds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the planner did not start")
        started = time.monotonic() - began
        figures: Figures = json.loads(process.stdout.readline())
    return started, figures


def _people(count: int) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        yield number, 10_000 + number, f"{number:07d}", False, FIRST_DUE, FIRST_DUE, 1


def _plans(count: int) -> Iterator[tuple[object, ...]]:
    """In each round 500 plans are due; all others in the weeks after."""
    for number in range(1, count + 1):
        turn = (number - 1) // 500
        if turn < ROUNDS:
            due = FIRST_DUE + timedelta(minutes=turn)
        else:
            due = FIRST_DUE + timedelta(days=1 + number % 6, seconds=60 * (number % 600))
        prescription = json.dumps(_PLAN | {"at": due.strftime("%H:%M"), "anchor": due.date().isoformat()})
        yield number, number, prescription, "active", "maintenance", 1, due, FIRST_DUE


def _fill(url: str, count: int) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        with connection:
            for table, columns, rows in (("people", _PEOPLE, _people(count)), ("plans", _PLANS, _plans(count))):
                places = ", ".join("?" * len(columns))
                plain_rows = (tuple(_micros(value) for value in row) for row in rows)
                connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", plain_rows)
        connection.execute("ANALYZE")
        connection.close()
    else:
        asyncio.run(_copy(url, count))


def _micros(value: object) -> object:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


async def _copy(url: str, count: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.copy_records_to_table("people", columns=_PEOPLE, records=_people(count))
    await connection.copy_records_to_table("plans", columns=_PLANS, records=_plans(count))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
