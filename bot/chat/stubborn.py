"""Answers get through short troubles: the way to Telegram for replies to what a person wrote.

Invariant: a call proven unsent is made again until `patience_seconds` are over; one whose fate is unknown is made at
most twice more, because an answer twice is harmless and an answer lost is silence. Reminders go another way (delivery),
where twice is not harmless.
"""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any, Final

from telegram.error import NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.clock import monotonic
from bot.delivery import outcome

_DOUBTS: Final = 2
_LONGEST_PAUSE: Final = 4.0


class StubbornRequest(BaseRequest):
    """Wraps another request object; GET (polling) passes through as it is."""

    __slots__ = ("_inner", "_patience")

    def __init__(self, inner: BaseRequest, patience_seconds: float = 45.0) -> None:
        self._inner = inner
        self._patience = patience_seconds

    @property
    def read_timeout(self) -> float | None:
        """Seconds the wrapped request waits for an answer."""
        return self._inner.read_timeout

    async def initialize(self) -> None:
        await self._inner.initialize()

    async def shutdown(self) -> None:
        await self._inner.shutdown()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One Bot API call, made again while that is right; the last answer or error is the one given."""
        timeouts = (read_timeout, write_timeout, connect_timeout, pool_timeout)
        if method == "GET":
            return await self._inner.do_request(url, method, request_data, *timeouts)
        ends, doubts, pause = monotonic() + self._patience, 0, 0.2
        while True:
            error: TelegramError | None = None
            status, body = 0, b""
            try:
                status, body = await self._inner.do_request(url, method, request_data, *timeouts)
            except (NetworkError, RetryAfter) as raised:
                error = raised
            if error is None and status < 500 and status != 429:
                return status, body
            wait = pause * random.uniform(0.75, 1.0)
            match outcome.judge(error) if error is not None else None:
                case outcome.Quiet(seconds=asked):
                    wait = asked
                case outcome.Unsent():
                    pass
                case None if status == 429:
                    wait = _retry_after(body)
                case _:
                    doubts += 1
            if doubts > _DOUBTS or monotonic() + wait > ends:
                if error is not None:
                    raise error
                return status, body
            await asyncio.sleep(wait)
            pause = min(_LONGEST_PAUSE, pause * 2)


def _retry_after(body: bytes) -> float:
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 1.0
