"""/help, /topics, /dose, /about.

Invariant: these only show reviewed text and never change anything.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, filters

from bot.care import menus
from bot.care.reply import Reply
from bot.chat.commands import SHOWN
from bot.chat.context import Context, Handler
from bot.chat.sending import respond
from bot.chat.services import Services

DOSE_ENTRY = "typical_dose"


def handlers(services: Services) -> list[Handler]:
    async def show(update: Update, context: Context, *replies: Reply | None) -> None:
        await respond(update, context.bot, [reply for reply in replies if reply is not None])

    async def on_help(update: Update, context: Context) -> None:
        if context.visit is not None:
            await show(update, context, menus.help_text(context.visit.reader, SHOWN))

    async def on_topics(update: Update, context: Context) -> None:
        if context.visit is not None:
            await show(update, context, menus.topics(context.visit.reader))

    async def on_dose(update: Update, context: Context) -> None:
        if context.visit is not None:
            await show(update, context, services.answering.entry(context.visit.reader, DOSE_ENTRY))

    async def on_about(update: Update, context: Context) -> None:
        if context.visit is not None:
            await show(update, context, menus.about(context.visit.reader))

    private = filters.ChatType.PRIVATE
    return [
        CommandHandler("help", on_help, private),
        CommandHandler("topics", on_topics, private),
        CommandHandler("dose", on_dose, private),
        CommandHandler("about", on_about, private),
    ]
