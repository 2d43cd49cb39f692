"""Worker processes to start, kill and ask how they were, and an outbox to give them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime

from benchmarks.lag import Lag
from bot.records import outbox
from bot.records.database import Database
from bot.records.outbox import NewDelivery, Policy, Priority, State


class WorkerProcess:
    """One worker; ready when the object is made."""

    def __init__(
        self, database_url: str, base_url: str, *, rate: float = 100_000, width: int = 48, lease: float = 40.0
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "benchmarks._worker",
            database_url,
            base_url,
            str(rate),
            str(width),
            str(lease),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._said = self._process.stdout
        if self._said.readline().strip() != "ready":
            raise RuntimeError("a worker did not start")

    def kill(self) -> None:
        """SIGKILL: no warning, no end in order."""
        self._process.kill()
        self._process.wait()
        self._said.close()

    def end(self) -> Lag:
        """SIGTERM; gives how late its event loop was."""
        self._process.send_signal(signal.SIGTERM)
        lag: Lag = json.loads(self._said.readline())
        self._process.wait()
        self._said.close()
        return lag


async def owe(database_url: str, count: int, due_at: datetime, policy: Policy = "once") -> None:
    """`count` reminders, each to another chat, all due at one moment."""
    rows = [
        NewDelivery(
            dedupe_key=f"rem:{number}:main:2026-05-04",
            kind="main",
            policy=policy,
            priority=Priority.REMINDER,
            chat_id=number,
            payload={"text": "It is time for your B12 injection today.", "parse_mode": "HTML"},
            not_before=due_at,
        )
        for number in range(1, count + 1)
    ]
    async with Database(database_url) as database, database.write() as connection:
        await outbox.add(connection, rows, due_at)


async def states(database_url: str) -> Mapping[State, int]:
    async with Database(database_url) as database, database.read() as connection:
        return dict(await outbox.count_by_state(connection))
