"""/privacy, /export, /forget.

Invariant: only in a private chat, only about the person in it; a button from elsewhere cannot name somebody else,
because it names nobody.
"""

from __future__ import annotations

import io

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.care.privacy import EXPORT, FORGET, Privacy
from bot.care.reply import Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Feature, Services


def feature(privacy: Privacy) -> Feature:
    """The handlers, for `Services.features`."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_privacy(update: Update, context: Context) -> None:
            if context.visit is not None:
                visit = context.visit
                await respond(update, context.bot, [await privacy.tell(visit.person, visit.reader)])

        async def on_export(update: Update, context: Context) -> None:
            if context.visit is None or update.effective_chat is None:
                return
            await acknowledge(update)
            visit, reader, chat_id = context.visit, context.visit.reader, update.effective_chat.id
            if privacy.too_soon(visit.person):
                await respond(update, context.bot, [Reply(reader.say("export.wait"))])
                return
            await respond(update, context.bot, [Reply(reader.say("export.making"))])
            made = await privacy.export(visit.person, reader)
            for content, ending in ((made.pdf, "pdf"), (made.json, "json")):
                await context.bot.send_document(
                    chat_id,
                    io.BytesIO(content),
                    filename=f"{made.name}.{ending}",
                    caption=reader.say(f"export.{ending}_caption"),
                    protect_content=False,
                )

        async def on_forget(update: Update, context: Context) -> None:
            if context.visit is not None:
                await respond(update, context.bot, [privacy.ask(context.visit.reader)])

        async def on_forget_button(update: Update, context: Context) -> None:
            action = decode(update.callback_query.data if update.callback_query else None)
            if context.visit is None or action is None:
                return
            await acknowledge(update)
            visit = context.visit
            reply = await privacy.answer(visit.person, visit.reader, action.args)
            if action.args:
                await turn_into(update, context.bot, reply)
            else:
                await respond(update, context.bot, [reply])

        private = filters.ChatType.PRIVATE
        return [
            CommandHandler("privacy", on_privacy, private),
            CommandHandler("export", on_export, private),
            CommandHandler("forget", on_forget, private),
            CallbackQueryHandler(on_export, pattern=pattern(EXPORT)),
            CallbackQueryHandler(on_forget_button, pattern=pattern(FORGET)),
        ]

    return handlers
