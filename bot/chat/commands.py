"""The commands a person sees in Telegram's menu, in each language.

Invariant: every command shown has a handler and a line in messages.yaml; a test compares the three.
"""

from __future__ import annotations

from typing import Final

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.knowledge.content import Library

SHOWN: Final = (
    "help",
    "sideeffects",
    "urgent",
    "topics",
    "dose",
    "remind",
    "plan",
    "edit",
    "pause",
    "resume",
    "history",
    "diary",
    "stop",
    "privacy",
    "export",
    "forget",
    "about",
    "start",
)

_log = structlog.get_logger(__name__)


async def publish(bot: Bot, library: Library) -> None:
    """Tell Telegram the commands of each language. A server that refuses them costs the menu, never the bot."""
    for language in library.languages():
        words = library.content(language).messages
        menu = [BotCommand(name, words.text(f"commands.{name}")) for name in SHOWN]
        code = None if language == library.default else language
        try:
            await bot.set_my_commands(menu, scope=BotCommandScopeAllPrivateChats(), language_code=code)
        except TelegramError as error:
            _log.warning("commands_not_published", language=language, error=type(error).__name__)
