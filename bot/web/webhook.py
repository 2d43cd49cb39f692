"""Telegram's calls come in.

Invariant: an update is on disk before the answer is 200; whoever does not know the secret learns nothing and reaches
nothing; a body that is too large or too slow is not read to its end.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.care.receiving import RawUpdate, UnreadableUpdateError, update_id_of
from bot.metrics import Metrics
from bot.records.trouble import DATABASE_TROUBLE

#: An update is some kilobytes; Telegram's longest message with all its entities stays below a quarter of this.
BODY_LIMIT: Final = 1024 * 1024
_HEADER: Final = "x-telegram-bot-api-secret-token"

_log = structlog.get_logger(__name__)


class RefusedError(Exception):
    """The call is answered with this status and nothing else happens; `reason` is counted."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Webhook:
    """The endpoint. `take` writes one update down; it raises DATABASE_TROUBLE when it could not."""

    def __init__(
        self,
        take: Callable[[RawUpdate], Awaitable[None]],
        secret: str,
        metrics: Metrics,
        *,
        body_seconds: float = 10.0,
    ) -> None:
        if len(secret) < 16:
            raise ValueError("a webhook secret has 16 characters or more")
        self._take = take
        self._secret = secret.encode()
        self._metrics = metrics
        self._body_seconds = body_seconds

    async def __call__(self, request: Request) -> Response:
        """200 when the update is on disk; otherwise Telegram calls again."""
        try:
            self._admit(request)
            raw = _update(await _body(request, self._body_seconds))
            await self._take(raw)
        except RefusedError as refused:
            self._metrics.webhook_refused.labels(refused.reason).inc()
            _log.warning("webhook_refused", reason=refused.reason, status=refused.status)
            return PlainTextResponse("", refused.status)
        except DATABASE_TROUBLE as error:
            self._metrics.webhook_refused.labels("database").inc()
            _log.error("update_not_written", error=type(error).__name__)
            return PlainTextResponse("", 503, {"Retry-After": "5"})
        return PlainTextResponse("")

    def _admit(self, request: Request) -> None:
        given = request.headers.get(_HEADER, "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._secret):
            raise RefusedError(401, "secret")


async def _body(request: Request, seconds: float) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared[:12]) > BODY_LIMIT:
        raise RefusedError(413, "too_large")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > BODY_LIMIT:
                    raise RefusedError(413, "too_large")
                parts.append(part)
    except TimeoutError:
        raise RefusedError(408, "too_slow") from None
    except ClientDisconnect:
        raise RefusedError(400, "hung_up") from None
    return b"".join(parts)


def _update(body: bytes) -> RawUpdate:
    """Whatever the content type says: a proxy may have changed it."""
    try:
        raw: Any = json.loads(body)
        update_id_of(raw)
    except (ValueError, RecursionError, UnreadableUpdateError):
        raise RefusedError(400, "not_an_update") from None
    found: RawUpdate = raw
    return found
