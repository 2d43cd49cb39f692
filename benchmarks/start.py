"""How soon after its start a `run` process answers a message that waits, and how much memory it takes.

With the caches of an earlier start, and without (an empty cache folder, and no database yet: the very first start). The
rest of the machine is not asked to be idle, so the fastest of a few starts tells most; the middle one stands beside it.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks._bot_process import BotProcess, questions
from benchmarks._updates_stub import updates_stub
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain

ASKED_SECONDS = 2.5
ASKED_MB = 220.0
_AT_ONCE = 100


class Started(NamedTuple):
    """Seconds from the start to the first reply, of all processors used until then, and megabytes resident."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def run(quick: bool) -> dict[str, Row]:
    times, answers = (2, 200) if quick else (7, 2000)
    warm = [start() for _ in range(times + 1)][1:]  # the first one fills the caches
    cold = [start(cold=True) for _ in range(1 if quick else 3)]
    after = memory(answers)
    used = statistics.median(one.cpu_seconds for one in warm)
    return {
        "start to first answer, fastest": plain(min(one.seconds for one in warm), "s", ASKED_SECONDS),
        "start to first answer, the middle one": plain(statistics.median(one.seconds for one in warm), "s"),
        "start to first answer: processor": plain(used, "s"),
        "very first start to first answer": plain(min(one.seconds for one in cold), "s"),
        "memory of `run` after its first answer": plain(max(one.megabytes for one in warm), "MB", ASKED_MB),
        f"memory of `run` after {answers:,} answers": plain(after, "MB", ASKED_MB),
    }


def start(*, cold: bool = False) -> Started:
    """Start a process that finds one update waiting. Raises TimeoutError when it is not answered in two minutes."""
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database("sqlite"))
        caches = os.environ.get("XDG_CACHE_HOME", "")
        if cold:
            caches = stack.enter_context(tempfile.TemporaryDirectory())
            database = f"sqlite:///{Path(caches) / 'first.db'}"
        stub = stack.enter_context(updates_stub(1, texts=questions()))
        began = time.monotonic()
        bot = stack.enter_context(BotProcess("run", stub.url, database, XDG_CACHE_HOME=caches))
        report = stub.until_answered(1, 120)
        used, megabytes = bot.usage()
        if not report["answered"]:
            raise TimeoutError(bot.words()[-2000:])
        return Started(report["first"] - began, used, megabytes)


def memory(answers: int) -> float:
    """Megabytes resident after so many answers."""
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database("sqlite"))
        stub = stack.enter_context(updates_stub(answers, texts=questions(), ahead=_AT_ONCE))
        bot = stack.enter_context(BotProcess("run", stub.url, database))
        stub.until_answered(answers, 600)
        return bot.usage()[1]
