"""Waking everyone who waits for something to happen.

Invariant: a waiter that looked before it waits misses nothing, since ringing and looking both happen on the event loop.
"""

from __future__ import annotations

import asyncio


class Bell:
    """Rung when something changed; whoever waits looks again."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everyone who waits now."""
        if self._waiters:
            waiters, self._waiters = self._waiters, set()
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def wait(self, seconds: float | None) -> bool:
        """Wait for the next ring, at most so many seconds (None: for ever); whether it rang."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True
