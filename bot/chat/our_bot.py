"""The bot as the library knows it, at a start in bad weather too.

Invariant: a Telegram that cannot be reached does not end a process that starts: it is asked until it answers. Only a
token that is refused ends it.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery.outcome import seconds_of

_LONGEST_PAUSE: Final = 15.0
_NO_NAME: Final = "?"

_log = structlog.get_logger(__name__)


class OurBot(ExtBot[None]):
    """The library's bot, patient at the start."""

    __slots__ = ()

    @property
    def username(self) -> str:
        """Its @name without the @. The library compares commands with it and cannot do without; some servers can."""
        return self.bot.username or _NO_NAME

    async def initialize(self) -> None:
        """Ask who we are until there is an answer. Raises InvalidToken."""
        pause = 0.5
        while True:
            try:
                await super().initialize()
            except InvalidToken:
                raise
            except TelegramError as error:
                wait = max(pause, seconds_of(error)) if isinstance(error, RetryAfter) else pause
                _log.warning("telegram_not_reached", error=type(error).__name__, seconds=wait)
                await asyncio.sleep(wait)
                pause = min(_LONGEST_PAUSE, pause * 2)
            else:
                return
