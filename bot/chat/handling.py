"""One update through the handlers, and what is to become of it.

Invariant: this is the last-resort handler: whatever a handler raises ends here as an Outcome, never as a traceback to
a patient and never as the end of the process. A danger sign whose handling failed is shown its card before anything
is tried again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot.care.receiving import language_of, text_of
from bot.care.reply import Reply
from bot.care.screening import SafeScreen
from bot.chat.drain import Outcome
from bot.chat.failures import Failures
from bot.chat.last_resort import LastResort
from bot.chat.limits import Limits
from bot.chat.made_readable import update_of
from bot.chat.sending import call, say
from bot.chat.visit import Visitors
from bot.clock import Clock
from bot.delivery import outcome
from bot.metrics import Metrics
from bot.records import chats
from bot.records.database import Database
from bot.records.inbox import TakenUpdate
from bot.records.trouble import DATABASE_TROUBLE, passing

if TYPE_CHECKING:
    from bot.chat.application import Telegram

_SECONDS: Final = 60.0

_log = structlog.get_logger(__name__)


class UnreadableError(Exception):
    """The library can make no Update of this; it will not at a second try either."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.__cause__ = cause


@dataclass(frozen=True)
class Handling:
    """Everything one update passes through."""

    telegram: Telegram
    failures: Failures
    limits: Limits
    last_resort: LastResort
    screen: SafeScreen
    visitors: Visitors
    database: Database
    clock: Clock
    metrics: Metrics

    async def handle(self, taken: TakenUpdate) -> Outcome:
        """Handle one update; gives what is to become of it."""
        raw = dict(taken.payload)
        text = text_of(raw)
        if not await self._within_limits(taken, text):
            return "done"
        error = await self._process(taken)
        if error is None:
            now = self.clock.now()
            self.limits.answered(taken.chat_id, now)
            self.metrics.latency.observe(max(0.0, (now - taken.received_at).total_seconds()))
            return "done"
        ended = await self._judge(taken, error)
        _log.warning("update_failed", update=taken.update_id, attempt=taken.attempts, ended=ended, exc_info=error)
        if ended != "done" and taken.attempts == 1:
            await self.last_resort.card(taken.chat_id, text, language_of(raw))
        return ended

    async def apologise(self, taken: TakenUpdate, error_id: str) -> None:
        """The update was set aside: tell the person, with what to quote."""
        _log.error("update_set_aside", update=taken.update_id, error_id=error_id)
        if taken.chat_id > 0:
            raw = dict(taken.payload)
            await self.last_resort.apologise(taken.chat_id, text_of(raw), language_of(raw), error_id)

    async def _process(self, taken: TakenUpdate) -> BaseException | None:
        update: Update | None = None
        try:
            update = update_of(dict(taken.payload), self.telegram.bot)
            async with asyncio.timeout(_SECONDS):
                await self.telegram.process_update(update)
        except Exception as error:  # noqa: BLE001 - fail-safe place two of two: an update must not end the process
            return error if update is not None else UnreadableError(error)
        return self.failures.take(update.update_id)

    async def _within_limits(self, taken: TakenUpdate, text: str) -> bool:
        judgement = self.limits.judge(taken.chat_id, text, taken.received_at, taken.update_id)
        if judgement == "pass":
            return True
        danger = bool(text) and self.screen.assess(text).level in ("emergency", "urgent")
        if danger and self.limits.card_due(taken.chat_id, taken.received_at):
            return True
        self.metrics.limited.labels(judgement).inc()
        if judgement == "slow_down" and taken.chat_id > 0:
            try:
                visit = await self.visitors.by_chat(taken.chat_id)
                if visit is not None:
                    await say(self.telegram.bot, taken.chat_id, Reply(visit.reader.say("limits.slow_down")))
            except (TelegramError, *DATABASE_TROUBLE) as error:
                _log.warning("slow_down_not_said", error=type(error).__name__)
        await self._let_the_button_go(taken)
        return False

    async def _let_the_button_go(self, taken: TakenUpdate) -> None:
        """Stop the spinner of a button whose tap is not looked at."""
        tap = taken.payload.get("callback_query")
        if not isinstance(tap, dict):
            return
        try:
            await call(self.telegram.bot, "answerCallbackQuery", {"callback_query_id": tap.get("id")})
        except TelegramError as error:
            _log.warning("tap_not_answered", error=type(error).__name__)

    async def _judge(self, taken: TakenUpdate, error: BaseException) -> Outcome:
        if isinstance(error, TelegramError):
            return await self._judge_telegram(taken, error)
        if isinstance(error, UnreadableError):
            return "hopeless"
        return "again" if passing(error) else "failed"

    async def _judge_telegram(self, taken: TakenUpdate, error: TelegramError) -> Outcome:
        match outcome.judge(error):
            case outcome.AlreadySo():
                return "done"
            case outcome.Lost(error=reason):
                async with self.database.write() as connection:
                    await chats.lose(connection, taken.chat_id, reason, self.clock.now())
                return "done"
            case outcome.Moved(chat_id=new):
                async with self.database.write() as connection:
                    await chats.migrate(connection, taken.chat_id, new, self.clock.now())
                return "failed"
            case outcome.Refused():
                return "hopeless"
            case _:
                return "again"
