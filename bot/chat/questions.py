"""Free text: a question, small talk, or an answer some wizard is waiting for.

Invariant: every text that reaches this room gets exactly one answer, after the check card if the screen cannot tell.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot.care.cards import check_card
from bot.care.reply import Reply, button
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.rendering import payloads
from bot.chat.sending import acknowledge, call, respond, turn_into
from bot.chat.services import Services
from bot.chat.visit import Visit
from bot.understanding.verdict import NOTHING


def handlers(services: Services) -> list[Handler]:
    async def on_text(update: Update, context: Context) -> None:
        visit, message = context.visit, update.message
        if visit is None or message is None or not message.text:
            return
        if context.verdict.level == "check" and await services.learning.in_dialog(visit.person.chat_id):
            reader = visit.reader.speaking(context.verdict.language)
            await respond(update, context.bot, [check_card(reader, context.verdict.sign, None)])
            context.verdict = NOTHING  # its card is shown; what was typed may still be the answer a wizard waits for
        for route in services.text_routes:
            if context.verdict.level == "check":
                break
            if await route(update, context):
                return
        await answer(update, context, visit, message.text)

    async def on_edit(update: Update, context: Context) -> None:
        if context.visit is not None and context.verdict.level == "check":
            await respond(
                update,
                context.bot,
                [check_card(context.visit.reader.speaking(context.verdict.language), context.verdict.sign, None)],
            )

    async def answer(update: Update, context: Context, visit: Visit, text: str) -> None:
        chat_id = visit.person.chat_id
        if not any(character.isalnum() for character in text):
            await respond(update, context.bot, [Reply(visit.reader.say("other.empty"))])
            return
        asked = services.asking.reply_to(text, context.verdict, visit.reader)
        services.metrics.actions.labels(asked.action).inc()
        if asked.action != "unknown":
            await services.learning.answered(chat_id)
            await respond(update, context.bot, asked.replies)
            return
        misses = await services.learning.misses(chat_id) + 1
        nearest = asked.candidates[0].entry if asked.candidates else None
        await services.learning.missed(chat_id, misses, nearest)
        *before, last = services.asking.reply_to(text, context.verdict, visit.reader, misses=misses - 1).replies
        await respond(update, context.bot, before)
        last = last.with_buttons((button(visit.reader.say("unknown.share"), "share_q", nearest or "none"),))
        quoted = (
            {"reply_parameters": {"message_id": update.effective_message.message_id}}
            if update.effective_message
            else {}
        )
        for payload in payloads(last):
            await call(context.bot, "sendMessage", {"chat_id": chat_id, **payload, **quoted})

    async def on_share(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        message = update.effective_message
        asked = getattr(message, "reply_to_message", None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        if asked is None or not asked.text:
            await respond(update, context.bot, [Reply(context.visit.reader.say("button.old"))])
            return
        await services.learning.share(asked.text, action.args[0] if action.args else None)
        await turn_into(update, context.bot, Reply(context.visit.reader.say("unknown.shared")))

    text = filters.TEXT & ~filters.COMMAND & filters.ChatType.PRIVATE
    return [
        CallbackQueryHandler(on_share, pattern=pattern("share_q")),
        MessageHandler(text & filters.UpdateType.MESSAGE, on_text),
        MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE, on_edit),
    ]
