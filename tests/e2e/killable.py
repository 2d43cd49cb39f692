"""The whole bot in processes that die at a chosen step. Run as `python -m tests.e2e.killable`.

It loads everything once, then forks a bot for each line of standard input (one JSON object: url, database, die_at, log)
and answers with its process id. A step is the moment before or after a commit, and before or after a call to Telegram.
`die_at` names one of them, such as `Escalations.raise_alert: after the commit #1`: the process then kills itself with
SIGKILL. Every step is written to the file `log` as it is reached.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.care.receiving import Receiving
from bot.clock import SystemClock
from bot.delivery.request import AiohttpRequest
from bot.logs import configure_logs
from bot.records.database import Connection, Database
from bot.running import everything, run_parts
from bot.settings import Settings
from bot.wiring.house import open_house
from bot.wiring.mind import Mind, build_mind
from tests.talking import settings_for

#: What goes on by itself and is no step of an alert: planning, heartbeats, clearing up.
_ASIDE = ("Planner", "Worker", "reap")
_CALLS_ASIDE = ("getMe", "setMyCommands", "deleteWebhook", "setMyDescription", "setMyShortDescription")


class Reaper:
    """Counts steps, from the first update on, and ends the process at the one it was told."""

    def __init__(self, die_at: str | None, log: Path) -> None:
        self._die_at = die_at
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seen: Counter[str] = Counter()
        self.armed = False

    def step(self, name: str) -> None:
        if not self.armed:
            return
        self._seen[name] += 1
        tag = f"{name} #{self._seen[name]}"
        os.write(self._log, f"{tag}\n".encode())
        if tag == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class _Transaction(AbstractAsyncContextManager[Connection]):
    """A write transaction with a step before and after its commit."""

    def __init__(self, inner: AbstractAsyncContextManager[Connection], owner: str, reaper: Reaper) -> None:
        self._inner, self._owner, self._reaper = inner, owner, reaper

    async def __aenter__(self) -> Connection:
        return await self._inner.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        counts = kind is None and not self._owner.startswith(_ASIDE)
        if counts:
            self._reaper.step(f"{self._owner}: before the commit")
        left = await self._inner.__aexit__(kind, error, trace)
        if counts:
            self._reaper.step(f"{self._owner}: after the commit")
        return left


def watch(reaper: Reaper) -> None:
    """Put the reaper at every step of this process."""
    write, request, take = Database.write, AiohttpRequest.do_request, Receiving.take

    def watched_write(self: Database) -> AbstractAsyncContextManager[Connection]:
        return _Transaction(write(self), sys._getframe(1).f_code.co_qualname, reaper)

    async def watched_request(
        self: AiohttpRequest, url: str, method: str, *args: Any, **more: Any
    ) -> tuple[int, bytes]:
        call = url.rsplit("/", 1)[-1].split("?", 1)[0]
        if call in _CALLS_ASIDE:
            return await request(self, url, method, *args, **more)
        reaper.step(f"{call}: before the call")
        answer = await request(self, url, method, *args, **more)
        reaper.step(f"{call}: after the call")
        return answer

    async def watched_take(self: Receiving, updates: Any) -> int:
        reaper.armed = reaper.armed or bool(updates)
        return await take(self, updates)

    Database.write = watched_write  # type: ignore[method-assign,assignment]
    AiohttpRequest.do_request = watched_request  # type: ignore[method-assign]
    Receiving.take = watched_take  # type: ignore[method-assign]


async def live(settings: Settings, mind: Mind) -> None:
    async with open_house(settings, SystemClock(), mind) as house:
        stop = asyncio.Event()
        await run_parts(stop, *everything(house, stop))


def main() -> None:
    mind = build_mind(settings_for("http://127.0.0.1:1", Path("unused.db")), SystemClock())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            configure_logs("json", "ERROR")
            watch(Reaper(wanted["die_at"], Path(wanted["log"])))
            asyncio.run(live(settings_for(wanted["url"], Path(wanted["database"]), **wanted["settings"]), mind))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
