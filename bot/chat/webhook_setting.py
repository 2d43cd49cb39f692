"""Telling Telegram where the webhook is.

Invariant: updates that wait are never dropped, and a Telegram that cannot be reached is asked again until it can.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.care.receiving import ALLOWED_UPDATES

_CONNECTIONS: Final = 100
_LONGEST_PAUSE: Final = 30.0

_log = structlog.get_logger(__name__)


async def point_webhook(bot: Bot, address: str, secret: str) -> None:
    """Set the webhook, trying until it is set. Raises BadRequest and InvalidToken, which trying does not mend."""
    pause = 0.5
    while True:
        try:
            await bot.set_webhook(
                address,
                secret_token=secret,
                allowed_updates=list(ALLOWED_UPDATES),
                max_connections=_CONNECTIONS,
                drop_pending_updates=False,
            )
        except (BadRequest, InvalidToken):
            raise
        except TelegramError as error:
            _log.warning("webhook_not_set", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
        else:
            _log.info("webhook_set")
            return
