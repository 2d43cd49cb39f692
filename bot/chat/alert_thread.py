"""A patient's messages while an alert of theirs is open: passed on beside whatever else is answered.

Invariant: every text and caption behind the screen is offered, also one that only raised the check; a message that the
bot itself can answer is answered too, one that it cannot is left to the people who have the alert.
"""

from __future__ import annotations

from telegram import Message, Update
from telegram.ext import ApplicationHandlerStop, CallbackQueryHandler, MessageHandler, filters

from bot.care.reply import Reply
from bot.care.thread import Threads
from bot.chat.codec import pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Feature, Services
from bot.chat.visit import Visit
from bot.records import dialogs
from bot.understanding.understood import SMALLTALK

_MISSED = "missed"


def feature(threads: Threads) -> Feature:
    """The handlers that pass on, for `Services.after_screen`."""

    def handlers(services: Services) -> list[Handler]:
        async def on_message(update: Update, context: Context) -> None:
            visit, message = context.visit, update.effective_message
            if visit is None or message is None:
                return
            text = message.text or message.caption
            told = await threads.pass_on(visit.person, visit.reader, text, named(message))
            if told is None:
                return
            await respond(update, context.bot, [told])
            if update.edited_message is not None:
                return
            if text is None or not (context.verdict.level == "check" or await answerable(visit, context, text)):
                raise ApplicationHandlerStop

        async def answerable(visit: Visit, context: Context, text: str) -> bool:
            """Whether the bot has something of its own to say: an answer, or a question it waits for an answer to."""
            async with services.database.read() as connection:
                dialog = await dialogs.find(connection, visit.person.chat_id)
            if dialog is not None and dialog.step != _MISSED:
                return True
            asked = services.asking.reply_to(text, context.verdict, visit.reader)
            return asked.action == "answer" and asked.entry != SMALLTALK

        async def on_share(update: Update, context: Context) -> None:
            if context.visit is None:
                return
            await acknowledge(update)
            visit = await services.visitors.change(context.visit, share_text=True)
            await turn_into(update, context.bot, Reply(visit.reader.say("alert.shared_from_now")))
            raise ApplicationHandlerStop  # or the button would be answered as an old one too

        private = filters.ChatType.PRIVATE & ~filters.COMMAND & ~filters.StatusUpdate.ALL
        kinds = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE
        return [
            MessageHandler(private & kinds, on_message),
            CallbackQueryHandler(on_share, pattern=pattern("share_now")),
        ]

    return handlers


def named(message: Message) -> str:
    """One name for one wording of one message."""
    edited = int(message.edit_date.timestamp()) if message.edit_date is not None else 0
    return f"{message.message_id}:{edited}"
