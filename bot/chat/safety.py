"""/sideeffects and /urgent, and the buttons that say "I have one of these now".

Invariant: from every one of these places the emergency card is one tap away, and tapping it raises an alert.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.care import menus
from bot.care.cards import emergency_card, urgent_card
from bot.care.reply import Reply, button
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Services
from bot.chat.visit import Visit
from bot.understanding.verdict import Verdict


def handlers(services: Services) -> list[Handler]:
    async def on_side_effects(update: Update, context: Context) -> None:
        if context.visit is not None:
            await acknowledge(update)
            await respond(update, context.bot, [menus.side_effects(context.visit.reader)])

    async def on_urgent(update: Update, context: Context) -> None:
        if context.visit is not None:
            await show_emergency(update, context, context.visit, "urgent_command", "allergy")

    async def on_now(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        sign = action.args[0] if action.args else ""
        if sign:
            await show_emergency(update, context, context.visit, sign, services.card_of(sign))
            return
        reader = context.visit.reader
        rows = (
            (button(reader.say("side_effects.emergency_button"), "now", "side_effects_button"),),
            (button(reader.say("side_effects.urgent_button"), "today"),),
            (button(reader.say("side_effects.mild_button"), "topic", "side_effects"),),
        )
        await respond(update, context.bot, [Reply(reader.say("side_effects.which"), buttons=rows)])

    async def on_today(update: Update, context: Context) -> None:
        if context.visit is None:
            return
        await acknowledge(update)
        visit, verdict = context.visit, Verdict("urgent", sign="side_effects_button", card="general")
        watching = await services.escalation.raise_alert(visit.person, visit.reader, verdict, None)
        await respond(update, context.bot, [urgent_card(visit.reader, "general", watching)])

    async def on_not_now(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        await turn_into(update, context.bot, Reply(context.visit.reader.say("card.check.thanks_no")))

    async def show_emergency(update: Update, context: Context, visit: Visit, sign: str, card: str) -> None:
        verdict = Verdict("emergency", sign=sign, card=card)
        watching = await services.escalation.raise_alert(visit.person, visit.reader, verdict, None)
        await respond(update, context.bot, [emergency_card(visit.reader, card, watching)])

    private = filters.ChatType.PRIVATE
    return [
        CommandHandler("sideeffects", on_side_effects, private),
        CommandHandler("urgent", on_urgent, private),
        CallbackQueryHandler(on_side_effects, pattern=pattern("effects")),
        CallbackQueryHandler(on_now, pattern=pattern("now")),
        CallbackQueryHandler(on_today, pattern=pattern("today")),
        CallbackQueryHandler(on_not_now, pattern=pattern("notnow")),
    ]
