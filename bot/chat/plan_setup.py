"""/remind: the set-up of a plan by buttons, free text and a shared location.

Invariant: a text is taken only while a set-up waits for one; a location that nobody asked for is answered like anything
else the bot cannot read.
"""

from __future__ import annotations

from collections.abc import Callable

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.care.planning import questions
from bot.care.planning.dialog import SettingUp
from bot.care.reply import Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Services, TextRoute


def feature(setting_up: SettingUp) -> Callable[[Services], list[Handler]]:
    """The handlers of the set-up, for `Services.features`."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_remind(update: Update, context: Context) -> None:
            if context.visit is None:
                return
            await acknowledge(update)
            visit = context.visit
            await respond(update, context.bot, [await setting_up.start(visit.person, visit.reader)])

        async def on_cancel(update: Update, context: Context) -> None:
            if context.visit is not None:
                visit = context.visit
                await respond(update, context.bot, [await setting_up.cancel(visit.person, visit.reader)])

        async def on_button(update: Update, context: Context) -> None:
            action = decode(update.callback_query.data if update.callback_query else None)
            if context.visit is None or action is None:
                return
            visit = context.visit
            found = await setting_up.pressed(visit.person, visit.reader, action.args, update.update_id)
            await acknowledge(update, found.note)
            if found.reply is not None:
                await turn_into(update, context.bot, found.reply)

        async def on_location(update: Update, context: Context) -> None:
            message = update.message
            if context.visit is None or message is None or message.location is None:
                return
            visit, place = context.visit, message.location
            reply = await setting_up.located(
                visit.person, visit.reader, place.latitude, place.longitude, update.update_id
            )
            await respond(update, context.bot, [reply or Reply(visit.reader.say("other.cannot_read"))])

        private = filters.ChatType.PRIVATE
        return [
            CommandHandler("remind", on_remind, private),
            CommandHandler("cancel", on_cancel, private),
            CallbackQueryHandler(on_remind, pattern=pattern("remind")),
            CallbackQueryHandler(on_button, pattern=pattern(questions.KIND)),
            MessageHandler(filters.LOCATION & private & filters.UpdateType.MESSAGE, on_location),
        ]

    return handlers


def text_route(setting_up: SettingUp) -> TextRoute:
    """Takes the answers people type, for `Services.text_routes`."""

    async def route(update: Update, context: Context) -> bool:
        message = update.message
        if context.visit is None or message is None or not message.text:
            return False
        visit = context.visit
        replies = await setting_up.typed(visit.person, visit.reader, message.text, context.verdict, update.update_id)
        if replies is None:
            return False
        await respond(update, context.bot, replies)
        return True

    return route
