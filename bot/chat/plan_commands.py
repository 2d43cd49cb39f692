"""/plan, /edit, /pause, /resume, /history and /stop, and the buttons under a plan.

Invariant: a command that fits several plans asks which; nothing ends without a second yes.
"""

from __future__ import annotations

from collections.abc import Callable

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.care.planning.building import Planning
from bot.care.planning.changing import VERBS
from bot.care.planning.plan_view import KIND
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.plan_buttons import show
from bot.chat.sending import respond
from bot.chat.services import Services


def feature(planning: Planning) -> Callable[[Services], list[Handler]]:
    """The handlers of the commands about plans, for `Services.features`."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_plan(update: Update, context: Context) -> None:
            if context.visit is not None:
                visit = context.visit
                await respond(update, context.bot, await planning.changing.show(visit.person, visit.reader))

        def on(verb: str) -> Handler:
            async def on_verb(update: Update, context: Context) -> None:
                if context.visit is not None:
                    visit = context.visit
                    await respond(update, context.bot, await planning.changing.ask(visit.person, visit.reader, verb))

            return CommandHandler(verb, on_verb, filters.ChatType.PRIVATE)

        async def on_button(update: Update, context: Context) -> None:
            query = update.callback_query
            action = decode(query.data if query else None)
            if context.visit is None or query is None or action is None:
                return
            visit = context.visit
            plan_id, verb, argument = (*action.args, "", "", "")[:3]
            found = await planning.changing.press(visit.person, visit.reader, plan_id, verb, argument)
            if verb == "over" and not argument and found.reply is not None:
                await planning.dates.expect(visit.person, "over", plan_id, "")
            await show(update, context.bot, visit, found, query.message.message_id if query.message else 0)

        return [
            CommandHandler("plan", on_plan, filters.ChatType.PRIVATE),
            *map(on, VERBS),
            CallbackQueryHandler(on_button, pattern=pattern(KIND)),
        ]

    return handlers
