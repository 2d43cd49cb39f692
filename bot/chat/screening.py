"""The first handler of every update: red flags before anything else.

Invariant: every text, caption and edited message of a private chat passes here first, also in the middle of a wizard
and behind a command. An emergency or same-day sign is answered with its card and nothing after it.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import ApplicationHandlerStop, TypeHandler

from bot.care.cards import card_for
from bot.chat.context import Context, Handler
from bot.chat.sending import respond
from bot.chat.services import Services


def handlers(services: Services) -> list[Handler]:
    """The screen, for the group that runs first."""

    async def screen(update: Update, context: Context) -> None:
        context.visit = await services.visitors.visit(update)
        text = written(update)
        if context.visit is None or not text:
            return
        circumstances = await services.escalation.circumstances(context.visit.person)
        context.verdict = services.screen.assess(text, circumstances)
        services.metrics.levels.labels(context.verdict.level).inc()
        if context.verdict.level in ("emergency", "urgent"):
            visit, verdict = context.visit, context.verdict
            reader = visit.reader.speaking(verdict.language)
            watching = await services.escalation.raise_alert(visit.person, reader, verdict, text)
            await respond(update, context.bot, [card_for(reader, verdict, watching)])
            raise ApplicationHandlerStop

    return [TypeHandler(Update, screen)]


def written(update: Update) -> str:
    """What a person wrote in this update: the text or the caption, also of an edited message."""
    message = update.message or update.edited_message
    return (message.text or message.caption or "") if message is not None else ""
