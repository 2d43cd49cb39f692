"""Updates that come one by one, at once, are written together.

Invariant: whoever hands an update in waits until it is on disk, and learns when it is not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from bot.care.receiving import RawUpdate, Receiving
from bot.records.trouble import DATABASE_TROUBLE

_MOST: Final = 100


class Gathering:
    """Hands updates to Receiving in batches: while one commit is under way, the next batch gathers."""

    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving
        self._waiting: deque[tuple[RawUpdate, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def take(self, raw: RawUpdate) -> None:
        """Write one update down. Raises DATABASE_TROUBLE."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, written))
        late = self._receiving.soon([raw])  # an earlier batch may be stuck
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        try:
            await written
        finally:
            late.cancel()

    async def _write(self) -> None:
        batch: list[tuple[RawUpdate, asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
                try:
                    await self._receiving.take([raw for raw, _ in batch])
                except DATABASE_TROUBLE as error:
                    for _, written in batch:
                        if not written.done():
                            written.set_exception(error)
                else:
                    for _, written in batch:
                        if not written.done():
                            written.set_result(None)
        finally:
            self._writing = None
            for _, written in (*batch, *self._waiting):  # only when something unforeseen ended this
                written.cancel()
            self._waiting.clear()
