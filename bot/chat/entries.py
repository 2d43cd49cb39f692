"""Buttons under answers: other entries, more, sources, topics, thumbs, none of these.

Invariant: a button whose entry is gone is answered kindly and changes nothing.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler

from bot.care import menus
from bot.care.reply import Action, Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Services
from bot.chat.visit import Visit


def handlers(services: Services) -> list[Handler]:
    def found(action: Action, visit: Visit) -> Reply | None:
        reader, argument = visit.reader, action.args[0] if action.args else ""
        match action.kind:
            case "e":
                return services.answering.entry(reader, argument)
            case "more":
                return services.answering.more(reader, argument)
            case "src":
                return services.answering.sources(reader, argument)
            case _:
                return None

    async def on_entry(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        reply = found(action, context.visit) or Reply(context.visit.reader.say("button.old"))
        await respond(update, context.bot, [reply])

    async def on_menu(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        reader = context.visit.reader
        chosen = menus.topic(reader, action.args[0]) if action.kind == "topic" and action.args else None
        await turn_into(update, context.bot, chosen or menus.topics(reader))

    async def on_none(update: Update, context: Context) -> None:
        if context.visit is None:
            return
        await acknowledge(update)
        misses = await services.learning.misses(context.visit.person.chat_id) + 1
        await services.learning.missed(context.visit.person.chat_id, misses, None)
        await turn_into(update, context.bot, services.answering.unknown(context.visit.reader, misses))

    async def on_thumb(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        entry_id, helpful = action.args[0] if action.args else "", action.args[1:] == ("1",)
        reader = context.visit.reader
        if reader.content.entry(entry_id) is not None:
            await services.learning.thumb(entry_id, helpful)
        await acknowledge(update, reader.say("answer.thanks_helpful" if helpful else "answer.thanks_not_helpful"))

    return [
        CallbackQueryHandler(on_entry, pattern=pattern("e", "more", "src")),
        CallbackQueryHandler(on_menu, pattern=pattern("topic", "topics")),
        CallbackQueryHandler(on_none, pattern=pattern("none")),
        CallbackQueryHandler(on_thumb, pattern=pattern("thumb")),
    ]
