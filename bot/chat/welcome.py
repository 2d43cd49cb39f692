"""/start: what this is, language and country by buttons, privacy, and the question about sharing words.

Invariant: every step works alone and in any order, so an old button or a second device cannot break the welcome.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.care import menus
from bot.care.reply import Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Services


def handlers(services: Services) -> list[Handler]:
    def languages() -> list[tuple[str, str]]:
        texts = {code: services.library.content(code).messages for code in services.library.languages()}
        return [(code, words.text("start.language_name")) for code, words in texts.items()]

    async def on_start(update: Update, context: Context) -> None:
        if context.visit is None:
            return
        reader = context.visit.reader
        first = menus.choose_language(reader, languages()) if len(languages()) > 1 else menus.choose_country(reader)
        await respond(update, context.bot, [*menus.welcome(reader), first])

    async def on_language(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        code = action.args[0] if action.args else ""
        if code not in services.library.contents:
            await respond(update, context.bot, [Reply(context.visit.reader.say("button.old"))])
            return
        visit = await services.visitors.change(context.visit, language=code)
        await turn_into(update, context.bot, menus.choose_country(visit.reader))

    async def on_countries(update: Update, context: Context) -> None:
        if context.visit is not None:
            await acknowledge(update)
            await turn_into(update, context.bot, menus.choose_country(context.visit.reader, everything=True))

    async def on_country(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        code = action.args[0] if action.args else "??"
        known = code in services.library.emergency.countries
        if not known and code != "??":
            await respond(update, context.bot, [Reply(context.visit.reader.say("button.old"))])
            return
        visit = await services.visitors.change(context.visit, country=code if known else None)
        await turn_into(update, context.bot, menus.country_saved(visit.reader))
        watched = services.settings.care_team_chat_id is not None
        await respond(update, context.bot, [(menus.ask_to_share if watched else menus.ready)(visit.reader)])

    async def on_share(update: Update, context: Context) -> None:
        action = decode(update.callback_query.data if update.callback_query else None)
        if context.visit is None or action is None:
            return
        await acknowledge(update)
        agreed = action.args == ("1",)
        visit = await services.visitors.change(context.visit, share_text=agreed)
        await turn_into(
            update, context.bot, Reply(visit.reader.say("start.share_saved_yes" if agreed else "start.share_saved_no"))
        )
        await respond(update, context.bot, [menus.ready(visit.reader)])

    return [
        CommandHandler("start", on_start, filters.ChatType.PRIVATE),
        CallbackQueryHandler(on_language, pattern=pattern("lang")),
        CallbackQueryHandler(on_countries, pattern=pattern("countries")),
        CallbackQueryHandler(on_country, pattern=pattern("country")),
        CallbackQueryHandler(on_share, pattern=pattern("share")),
    ]
