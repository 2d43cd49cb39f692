"""Two minutes under Telegram's own limits, kept by the sandbox: three workers share 30 messages a second."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, more_is_better, plain
from benchmarks.workers import WorkerProcess, owe
from bot.clock import SystemClock

RATE = 30.0
_TOKEN = "123456:SANDBOX"


def run(quick: bool) -> dict[str, Row]:
    seconds = 20 if quick else 120
    sent, refused = measure(seconds)
    name = f"{seconds} s under limits, 3 workers"
    return {
        name: more_is_better(sent / seconds, RATE, "messages/s"),
        name + ": 429 answers": plain(refused, "answers", 0),
    }


def measure(seconds: float) -> tuple[int, int]:
    """How many messages were taken and how many refused, after five seconds to get going."""
    count = int(RATE * (seconds + 15))
    with fresh_database("postgresql") as url, _sandbox() as sandbox:
        _post(f"{sandbox}/sandbox/chats", {"first": 1, "count": count})
        asyncio.run(owe(url, count, SystemClock().now() + timedelta(seconds=1)))
        crew = [WorkerProcess(url, f"{sandbox}/bot{_TOKEN}", rate=RATE) for _ in range(3)]
        time.sleep(5)
        sent, refused = _counts(sandbox)
        time.sleep(seconds)
        sent_after, refused_after = _counts(sandbox)
        for worker in crew:
            worker.end()
    return sent_after - sent, refused_after - refused


@contextmanager
def _sandbox() -> Iterator[str]:
    command = [sys.executable, "-m", "bot.sandbox", "--limits", "--token", _TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def _counts(sandbox: str) -> tuple[int, int]:
    with urllib.request.urlopen(f"{sandbox}/sandbox/stats", timeout=10) as answer:
        calls = {name.lower(): count for name, count in json.load(answer)["calls"].items()}
    return calls.get("sendmessage 200", 0), calls.get("sendmessage 429", 0)


def _post(url: str, body: dict[str, int]) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
