"""The buttons of reminders: done, later, another day, skip, undo; and a date typed when one of them asked for it.

Invariant: a button does nothing to anybody else's plan and nothing twice; what it did is shown where it was tapped.
"""

from __future__ import annotations

from collections.abc import Callable

from telegram import Bot, Update
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler

from bot.care.planning.building import Planning
from bot.care.planning.codes import read_day
from bot.care.planning.desk import Tapped
from bot.care.planning.recorded import Had
from bot.care.planning.reminder import warning_button
from bot.care.reader import Reader
from bot.care.reply import Action, Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.rendering import markup
from bot.chat.sending import acknowledge, call, respond, turn_into
from bot.chat.services import Services, TextRoute
from bot.chat.visit import Visit
from bot.records.people import Person

KINDS = ("done", "had", "site", "later", "move", "skip", "slot", "undo")


def feature(planning: Planning) -> Callable[[Services], list[Handler]]:
    """The handlers of the reminders' buttons, for `Services.features`."""

    def handlers(_services: Services) -> list[Handler]:
        async def on_button(update: Update, context: Context) -> None:
            query = update.callback_query
            action = decode(query.data if query else None)
            if context.visit is None or query is None or action is None:
                return
            message_id = query.message.message_id if query.message else 0
            visit = context.visit
            found = await decide(planning, visit.person, visit.reader, action, message_id)
            await show(update, context.bot, visit, found, message_id)

        return [CallbackQueryHandler(on_button, pattern=pattern(*KINDS))]

    return handlers


async def decide(planning: Planning, person: Person, reader: Reader, action: Action, message_id: int) -> Tapped:
    """What a reminder's button does."""
    first, second, third, fourth, fifth = (*action.args, "", "", "", "", "")[:5]
    match action.kind:
        case "done":
            found = await planning.recording.when(person, reader, first, second, week=third == "week")
            if third == "week" and found.reply is not None:
                await planning.dates.expect(person, "had", first, second)
            return found
        case "had" if (slot := read_day(second)) and (on := read_day(third)):
            return await planning.recording.had(person, reader, first, Had(slot, on, fourth, fifth))
        case "site":
            return await planning.recording.site(person, reader, first, second, third, fourth)
        case "later":
            return await planning.moving.later(person, reader, first, second, third, message_id)
        case "move":
            found = await planning.moving.move(person, reader, first, second, third, sure=fourth == "sure")
            if not third and found.reply is not None:
                await planning.dates.expect(person, "move", first, second)
            return found
        case "skip":
            return await planning.moving.leave_out(person, reader, first, second, third)
        case "slot":
            return await planning.moving.back_to(person, reader, first, second)
        case "undo":
            return await planning.recording.undo(person, reader, first, second)
        case _:
            return Tapped(note=reader.say("button.old"))


async def show(update: Update, bot: Bot, visit: Visit, found: Tapped, message_id: int) -> None:
    """Show what became of a tap: the message turned, and its siblings closed."""
    await acknowledge(update, found.note)
    if found.reply is not None:
        await turn_into(update, bot, found.reply)
    await close(bot, visit, [one for one in found.closed if one != message_id])


async def close(bot: Bot, visit: Visit, message_ids: list[int]) -> None:
    """Leave older messages about the same injection with nothing to tap but the warning sign."""
    keyboard = markup(Reply("", buttons=((warning_button(visit.reader),),)))
    for message_id in message_ids:
        where = {"chat_id": visit.person.chat_id, "message_id": message_id}
        try:
            await call(bot, "editMessageReplyMarkup", {**where, "reply_markup": keyboard})
        except BadRequest:  # deleted by the person, too old, or closed already
            continue


def text_route(planning: Planning) -> TextRoute:
    """Takes a typed date when a button asked for one, for `Services.text_routes`; after the set-up's."""

    async def route(update: Update, context: Context) -> bool:
        message = update.message
        if context.visit is None or message is None or not message.text:
            return False
        visit = context.visit
        found = await planning.dates.typed(visit.person, visit.reader, message.text)
        if found is None:
            return False
        await respond(update, context.bot, [found.reply or Reply(found.note or visit.reader.say("button.old"))])
        await close(context.bot, visit, list(found.closed))
        return True

    return route
