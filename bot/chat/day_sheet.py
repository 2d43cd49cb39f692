"""/today in the care team's chat.

Invariant: the sheet goes to the care team's chats and to no other; anybody else's /today is an unknown command.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable

from telegram import Update
from telegram.ext import ApplicationHandlerStop, CommandHandler

from bot.care.day_sheet import DaySheets
from bot.chat.context import Context, Handler
from bot.chat.sending import respond
from bot.chat.services import Feature, Services

#: Whether a chat is the care team's.
Knows = Callable[[int], Awaitable[bool]]


def feature(sheets: DaySheets, knows: Knows) -> Feature:
    """The handler, for `Services.before_screen`."""

    def handlers(services: Services) -> list[Handler]:
        async def on_today(update: Update, context: Context) -> None:
            chat = update.effective_chat
            if chat is None or not await knows(chat.id):
                return
            reader = services.readers.reader()
            sheet = await sheets.sheet()
            await respond(update, context.bot, [sheets.words(sheet, reader)])
            name, content = sheets.file(sheet)
            await context.bot.send_document(
                chat.id, io.BytesIO(content), filename=name, caption=reader.say("today.csv_caption")
            )
            raise ApplicationHandlerStop

        return [CommandHandler("today", on_today)]

    return handlers
