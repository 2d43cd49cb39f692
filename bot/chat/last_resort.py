"""What a person is shown when something of ours broke.

Invariant: nothing here needs the database, and nothing here raises. Whoever wrote a danger sign gets its card whatever
else failed, and no card is kept back because it may have been shown before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.care.cards import card_for
from bot.care.reader import Reader, Readers
from bot.care.reply import Reply
from bot.care.screening import SafeScreen
from bot.chat.sending import say
from bot.chat.visit import Visitors
from bot.metrics import Metrics
from bot.records.trouble import DATABASE_TROUBLE

_PATIENCE: Final = 2.0
_REMEMBERED: Final = 1000

_log = structlog.get_logger(__name__)


class LastResort:
    """Shows cards and apologies straight through the bot."""

    def __init__(self, bot: Bot, readers: Readers, visitors: Visitors, screen: SafeScreen, metrics: Metrics) -> None:
        self._bot = bot
        self._readers = readers
        self._visitors = visitors
        self._screen = screen
        self._metrics = metrics
        self._carded: OrderedDict[tuple[int, int], None] = OrderedDict()

    async def card_without_records(self, chat_id: int, text: str, language: str | None) -> bool:
        """The card for what was written, while the database is gone; True when one was sent.

        The same words are answered once, though Telegram gives the update again and again.
        """
        key = (chat_id, hash(text))
        if key in self._carded:
            return False
        self._carded[key] = None
        if len(self._carded) > _REMEMBERED:
            self._carded.popitem(last=False)
        sent = await self._card(chat_id, text, self._readers.reader(_short(language)))
        if not sent:
            self._carded.pop(key, None)
        return sent

    async def card(self, chat_id: int, text: str, language: str | None) -> bool:
        """The card, if what was written needs one; True when it was sent."""
        return await self._card(chat_id, text, await self._reader(chat_id, language))

    async def apologise(self, chat_id: int, text: str, language: str | None, error_id: str) -> None:
        """The card if the words need one, else that something went wrong, with the error id and the number to call."""
        reader = await self._reader(chat_id, language)
        if not await self._card(chat_id, text, reader):
            self._metrics.last_cards.labels("apology").inc()
            await self._send(chat_id, Reply(reader.say("error.sorry", error_id=error_id), urgent=True))

    async def _card(self, chat_id: int, text: str, reader: Reader) -> bool:
        verdict = self._screen.assess(text)
        if chat_id <= 0 or verdict.level not in ("emergency", "urgent"):
            return False
        self._metrics.last_cards.labels("card").inc()
        return await self._send(chat_id, card_for(reader, verdict))

    async def _send(self, chat_id: int, reply: Reply) -> bool:
        try:
            await say(self._bot, chat_id, reply)
        except TelegramError as error:
            _log.error("last_resort_not_sent", error=type(error).__name__)
            return False
        return True

    async def _reader(self, chat_id: int, language: str | None) -> Reader:
        try:
            async with asyncio.timeout(_PATIENCE):
                visit = await self._visitors.by_chat(chat_id)
        except (*DATABASE_TROUBLE, TimeoutError):
            visit = None
        return visit.reader if visit is not None else self._readers.reader(_short(language))


def _short(language: str | None) -> str | None:
    return language.split("-")[0] if language else None
