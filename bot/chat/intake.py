"""Polling: our own loop over getUpdates.

Invariant: the offset moves only past updates that are on disk, and is only ever sent to acknowledge those: an offset
kept for long would swallow updates when Telegram starts to number anew after a quiet week.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Coroutine
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.care.receiving import ALLOWED_UPDATES, RawUpdate, Receiving, UnreadableUpdateError, update_id_of
from bot.delivery.outcome import seconds_of
from bot.metrics import Metrics
from bot.records.trouble import DATABASE_TROUBLE

_LIMIT: Final = 100
_LONGEST_PAUSE: Final = 15.0
_TOKEN_PAUSE: Final = 60.0
#: Seconds: a poll that brings nothing in less was not a long one.
_NO_WAIT: Final = 0.2
#: Seconds to take a webhook down before polling begins all the same.
_LEAVING: Final = 10.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Poller:
    """Fetches updates and hands them to Receiving, until it is told to stop.

    `timeout_seconds` is how long Telegram may wait for the first update.
    """

    def __init__(self, bot: Bot, receiving: Receiving, metrics: Metrics, *, timeout_seconds: int = 30) -> None:
        self._bot = bot
        self._receiving = receiving
        self._metrics = metrics
        self._timeout = timeout_seconds
        self._offset: int | None = None
        self._failures = 0
        self._webhook_left = False
        self.fetched_at: float | None = None
        """When getUpdates last succeeded, on the event loop's clock; for health."""

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set. What was not written down by then stays with Telegram."""
        await self._leave_webhook(stop)
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            updates = await self._unless(stop, self._fetch(stop))
            if updates:
                await self._keep(updates, stop)
            elif updates is not None:
                self._offset = None  # what came before is acknowledged; see the invariant
                if asyncio.get_running_loop().time() - began < _NO_WAIT:
                    await self._pause(stop, _NO_WAIT)  # a server that does not wait is not asked without a pause

    async def _leave_webhook(self, stop: asyncio.Event) -> None:
        """A webhook left over from another way of running would refuse every poll.

        Tried once: where it fails and there is a webhook, polling is refused and it is tried again; where there is
        none, nothing is lost.
        """
        try:
            async with asyncio.timeout(_LEAVING):
                await self._unless(stop, self._bot.delete_webhook(drop_pending_updates=False))
            self._webhook_left = True
        except (TelegramError, TimeoutError) as error:
            _log.warning("webhook_not_left", error=type(error).__name__)

    async def _fetch(self, stop: asyncio.Event) -> list[RawUpdate] | None:
        """One getUpdates; None when it failed, after a pause."""
        query: dict[str, int | str] = {
            "timeout": self._timeout,
            "limit": _LIMIT,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            query["offset"] = self._offset
        try:
            # raw, so that the inbox keeps what Telegram sent and not what this version of the library made of it
            answer = await self._bot.request.retrieve(
                f"{self._bot.base_url}/getUpdates?{urlencode(query)}", read_timeout=self._timeout + 10
            )
            updates = json.loads(answer)["result"]
        except TelegramError as error:
            await self._trouble(error, stop)
            return None
        except (ValueError, KeyError, TypeError):
            await self._trouble(NetworkError("the answer to getUpdates is not Telegram's"), stop)
            return None
        if self._failures:
            _log.info("polling_again", after_failures=self._failures)
        self._failures = 0
        self.fetched_at = asyncio.get_running_loop().time()
        return updates if isinstance(updates, list) else []

    async def _keep(self, updates: list[RawUpdate], stop: asyncio.Event) -> None:
        try:
            await self._receiving.take(updates)
        except DATABASE_TROUBLE as error:
            self._failures += 1
            self._metrics.poll_errors.labels("database").inc()
            _log.error("updates_not_written", updates=len(updates), error=type(error).__name__)
            await self._pause(stop, self._backoff())
            return  # the offset stays, Telegram gives them again
        seen = []
        for raw in updates:
            try:
                seen.append(update_id_of(raw))
            except UnreadableUpdateError:
                continue
        if seen:
            self._offset = max(seen) + 1

    async def _trouble(self, error: TelegramError, stop: asyncio.Event) -> None:
        self._failures += 1
        self._metrics.poll_errors.labels(_kind(error)).inc()
        match error:
            case Conflict():
                _log.error("polling_conflict", hint="another process polls with this token; only one may")
                if not self._webhook_left:
                    await self._leave_webhook(stop)
                await self._pause(stop, self._backoff() + random.uniform(0, 2))
            case RetryAfter():
                await self._pause(stop, seconds_of(error))
            case InvalidToken():
                _log.error("polling_token_refused", hint="the token was revoked or is wrong")
                await self._pause(stop, _TOKEN_PAUSE)
            case _:
                _log.warning("polling_failed", error=type(error).__name__, failures=self._failures)
                await self._pause(stop, self._backoff())

    def _backoff(self) -> float:
        return min(_LONGEST_PAUSE, 0.25 * 2.0 ** min(self._failures, 8)) * random.uniform(0.75, 1.0)

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        await self._unless(stop, asyncio.sleep(seconds))

    async def _unless(self, stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
        """Await `work`, or give it up when told to stop; then None."""
        task = asyncio.ensure_future(work)
        ended = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for one in (task, ended):
                if not one.done():
                    one.cancel()
                    await asyncio.gather(one, return_exceptions=True)


def _kind(error: TelegramError) -> str:
    kinds = (Conflict, RetryAfter, InvalidToken, TimedOut, NetworkError)
    return next((kind.__name__ for kind in kinds if isinstance(error, kind)), "other")
