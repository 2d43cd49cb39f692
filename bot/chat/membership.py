"""Who blocked the bot, and who came back.

Invariant: as soon as Telegram says that a person blocked the bot, nothing waits for them any more; their plan stays,
and reminders go on when they come back.
"""

from __future__ import annotations

from telegram import ChatMember, Update
from telegram.ext import ApplicationHandlerStop, ChatMemberHandler

from bot.chat.context import Context, Handler
from bot.chat.services import Feature, Services
from bot.clock import Clock
from bot.records import chats
from bot.records.database import Database

_GONE = (ChatMember.BANNED, ChatMember.LEFT)


def feature(database: Database, clock: Clock) -> Feature:
    """The handler, for `Services.before_screen`: it must not make a visit of somebody who just left."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_change(update: Update, _context: Context) -> None:
            change = update.my_chat_member
            if change is None or change.chat.type != change.chat.PRIVATE:
                return
            async with database.write() as connection:
                if change.new_chat_member.status in _GONE:
                    await chats.lose(connection, change.chat.id, "blocked", clock.now())
                else:
                    await chats.regain(connection, change.chat.id, clock.now())
            raise ApplicationHandlerStop

        return [ChatMemberHandler(on_change, ChatMemberHandler.MY_CHAT_MEMBER)]

    return handlers
