"""Carrying updates to the bot's webhook.

Invariant: updates arrive in order, one at a time, each again and again until the webhook answers 2xx; the wait between
two tries doubles up to a minute. A bot that crashes after its 200 sees the update no more, as at Telegram.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.sandbox.bell import Bell
from bot.sandbox.errors import bad_request
from bot.sandbox.feed import Feed

_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 60.0
_ANSWER_SECONDS = 30.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def checked_url(url: str) -> str:
    """The address itself. Raises ApiError unless it is https, or plain http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not host or parts.scheme not in {"http", "https"}:
        raise bad_request("invalid webhook URL specified")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    return url


def checked_secret(secret: str) -> str:
    """The secret itself. Raises ApiError for one Telegram would not take."""
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return secret


@dataclass(slots=True)
class LastError:
    """What went wrong last, for getWebhookInfo."""

    at: int
    message: str


@dataclass(slots=True)
class Courier:
    """Delivers a feed to its webhook while one is set; `tried` rings after each attempt."""

    feed: Feed
    now: Callable[[], int]
    secret: str = ""
    max_connections: int = 40
    last_error: LastError | None = None
    deliveries: int = 0
    tried: Bell = field(default_factory=Bell)
    _task: asyncio.Task[None] | None = None
    _retry: Bell = field(default_factory=Bell)

    async def set(self, url: str, secret: str, max_connections: int) -> str:
        """Deliver to `url` from now on; what Telegram answers. Raises ApiError for a bad address or secret."""
        url, secret = checked_url(url), checked_secret(secret)
        if url == self.feed.webhook_url and secret == self.secret:
            return "Webhook is already set"
        await self.stop()
        self.feed.webhook_url, self.secret, self.max_connections = url, secret, max_connections
        self.last_error = None
        self.feed.bell.ring()
        self._task = asyncio.create_task(self._deliver(url, secret), name="sandbox-webhook")
        return "Webhook was set"

    async def stop(self) -> str:
        """Deliver no more; what Telegram answers."""
        if not self.feed.webhook_url:
            return "Webhook is already deleted"
        self.feed.webhook_url = ""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        return "Webhook was deleted"

    def retry_now(self) -> None:
        """Try the waiting update at once; for tests and after the demo's clock moved."""
        self._retry.ring()

    async def _deliver(self, url: str, secret: str) -> None:
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        wait = _FIRST_WAIT_SECONDS
        secure = url.startswith("https")
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, verify=secure, trust_env=False) as client:
            while True:
                if not self.feed.queue:
                    await self.feed.bell.wait(None)
                    continue
                update = self.feed.queue[0]
                problem = await _post(client, url, headers, update)
                if problem is None:
                    wait = _FIRST_WAIT_SECONDS
                    self.deliveries += 1
                    self.feed.acknowledge(update["update_id"] + 1)
                    self.tried.ring()
                else:
                    self.last_error = LastError(self.now(), problem)
                    self.tried.ring()
                    await self._retry.wait(wait)
                    wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def info(self) -> dict[str, Any]:
        """What getWebhookInfo answers."""
        shown: dict[str, Any] = {
            "url": self.feed.webhook_url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.feed.queue),
        }
        if self.feed.webhook_url:
            shown["max_connections"] = self.max_connections
        if self.last_error:
            shown |= {"last_error_date": self.last_error.at, "last_error_message": self.last_error.message}
        if self.feed.allowed:
            shown["allowed_updates"] = sorted(self.feed.allowed)
        return shown


async def _post(client: httpx.AsyncClient, url: str, headers: dict[str, str], update: dict[str, Any]) -> str | None:
    """None when the webhook took it, else what getWebhookInfo shall say."""
    try:
        answer = await client.post(url, content=json.dumps(update), headers=headers)
    except httpx.TimeoutException:
        return "Connection timed out"
    except httpx.TransportError as error:
        return f"Connection failed: {error}"
    if answer.is_success:
        return None
    return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
