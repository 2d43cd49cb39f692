"""How long an event loop keeps others waiting."""

from __future__ import annotations

import asyncio
from typing import TypedDict

from bot.clock import monotonic


class Lag(TypedDict):
    """Milliseconds a 5 ms nap took longer than it should have."""

    p99: float
    longest: float


class LagMeter:
    """Naps on the event loop while its block runs, and remembers how late it woke."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._nap())

    async def stop(self) -> Lag:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        late = sorted(self._late) or [0.0]
        return Lag(p99=late[int(len(late) * 0.99)] * 1000 if len(late) > 1 else 0.0, longest=late[-1] * 1000)

    async def _nap(self) -> None:
        while True:
            began = monotonic()
            await asyncio.sleep(0.005)
            self._late.append(monotonic() - began - 0.005)
