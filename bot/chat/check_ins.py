"""The buttons under a question after an injection, and /diary.

Invariant: the card of a dangerous answer is shown even when nothing can be written down; the answer is then tried
again.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.care.check_ins import AfterInjection
from bot.care.diary import Diary
from bot.care.reply import Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Feature, Services
from bot.records.trouble import DATABASE_TROUBLE

_LONGEST_NUMBER = 18


def feature(after: AfterInjection, diary: Diary) -> Feature:
    """The handlers, for `Services.features`."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_felt(update: Update, context: Context) -> None:
            action = decode(update.callback_query.data if update.callback_query else None)
            if context.visit is None or action is None:
                return
            number, answer_id = (*action.args, "", "")[:2]
            person, reader = context.visit.person, context.visit.reader
            known = number.isdecimal() and len(number) <= _LONGEST_NUMBER
            try:
                answered = await after.answer(person, reader, int(number), answer_id) if known else None
            except DATABASE_TROUBLE:
                card = after.card(reader, answer_id)
                if card is not None:
                    await respond(update, context.bot, [card])
                raise
            await acknowledge(update)
            if answered is None:
                await respond(update, context.bot, [Reply(reader.say("button.old"))])
                return
            if answered.card is not None:  # what matters goes first
                await respond(update, context.bot, [answered.card])
            await turn_into(update, context.bot, answered.said)

        async def on_diary(update: Update, context: Context) -> None:
            if context.visit is not None:
                await respond(update, context.bot, [await diary.show(context.visit.person, context.visit.reader)])

        return [
            CallbackQueryHandler(on_felt, pattern=pattern("felt")),
            CommandHandler("diary", on_diary, filters.ChatType.PRIVATE),
        ]

    return handlers
