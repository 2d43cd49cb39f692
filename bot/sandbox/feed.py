"""Updates on their way to the bot: one queue, fetched by long polling or carried to a webhook, never both.

Invariant: update ids grow by one; an update leaves the queue only when a later offset, or a 2xx of the webhook,
acknowledges it; a second poller ends the first with 409, as at Telegram.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from bot.clock import monotonic
from bot.sandbox.bell import Bell
from bot.sandbox.errors import bad_request, conflict

FIRST_UPDATE_ID = 100_000_001
LONGEST_POLL_SECONDS = 50
# Asked for by name only: https://core.telegram.org/bots/api#getupdates
_SILENT_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_QUEUE_LIMIT = 1_000_000


class Feed:
    """The bot's queue of updates."""

    def __init__(self) -> None:
        self.queue: deque[dict[str, Any]] = deque(maxlen=_QUEUE_LIMIT)
        self.allowed: frozenset[str] = frozenset()
        self.webhook_url = ""
        self.bell = Bell()
        self.closed = False
        self._next_id = FIRST_UPDATE_ID
        self._poll = 0

    def push(self, kind: str, body: dict[str, Any]) -> int | None:
        """Queue an update; its id, or None when the bot did not ask for this kind."""
        if kind not in self.allowed if self.allowed else kind in _SILENT_KINDS:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.queue.append({"update_id": update_id, kind: body})
        self.bell.ring()
        return update_id

    def allow(self, kinds: list[Any] | None) -> None:
        """Remember which kinds of update the bot wants; None leaves it as it was, [] means the usual ones."""
        if kinds is None:
            return
        if not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed_updates: expected an Array of String")
        self.allowed = frozenset(kinds)

    def acknowledge(self, offset: int) -> None:
        """Forget what lies before `offset`; a negative one keeps only so many of the newest."""
        if offset < 0:
            while len(self.queue) > -offset:
                self.queue.popleft()
        while self.queue and offset > 0 and self.queue[0]["update_id"] < offset:
            self.queue.popleft()

    async def poll(self, offset: int, limit: int, timeout: float, gone: asyncio.Event) -> list[dict[str, Any]]:
        """The next updates, waiting up to `timeout` seconds for the first one.

        Raises ApiError (409) while a webhook is set, and when another poll or a webhook ends this one. `gone` tells
        that the caller hung up.
        """
        if self.webhook_url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._poll += 1
        mine = self._poll
        self.bell.ring()
        self.acknowledge(offset)
        ends = monotonic() + min(timeout, LONGEST_POLL_SECONDS)
        while not self.queue and not gone.is_set() and not self.closed:
            left = ends - monotonic()
            if left <= 0 or not await self.bell.wait(left):
                break
            if self.webhook_url:
                raise conflict("terminated by setWebhook request")
            if mine != self._poll and not gone.is_set():
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
        if gone.is_set():
            return []
        return [self.queue[index] for index in range(min(limit, len(self.queue)))]

    def close(self) -> None:
        """End every poll under way."""
        self.closed = True
        self.bell.ring()
