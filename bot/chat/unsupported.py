"""What the bot cannot hear, see or use, and who it does not talk to.

Invariant: in a private chat nothing a person sends is met with silence; in groups the bot says, when called, that it
works in private. Updates of other kinds are let go by design.
"""

from __future__ import annotations

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot.care.cards import check_card
from bot.care.reply import Reply
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond
from bot.chat.services import Services

_HEARD = filters.VOICE | filters.AUDIO | filters.VIDEO_NOTE
_SEEN = filters.PHOTO | filters.VIDEO | filters.Document.ALL | filters.ANIMATION | filters.Sticker.ALL


def handlers(services: Services) -> list[Handler]:
    async def on_unreadable(update: Update, context: Context) -> None:
        visit, message = context.visit, update.message
        if visit is None or message is None:
            return
        replies = [Reply(visit.reader.say(_key(message)))]
        if message.caption and context.verdict.level == "check":
            replies.insert(0, check_card(visit.reader.speaking(context.verdict.language), context.verdict.sign, None))
        elif message.caption and any(character.isalnum() for character in message.caption):
            replies += services.asking.reply_to(message.caption, context.verdict, visit.reader).replies
        await respond(update, context.bot, replies)

    async def on_unknown_command(update: Update, context: Context) -> None:
        if context.visit is not None:
            await respond(update, context.bot, [Reply(context.visit.reader.say("button.unknown"))])

    async def on_old_button(update: Update, context: Context) -> None:
        reader = context.visit.reader if context.visit is not None else services.readers.reader()
        await acknowledge(update, reader.say("button.old"))

    async def on_group(update: Update, context: Context) -> None:
        chat, message = update.effective_chat, update.message
        ours = (services.settings.care_team_chat_id, services.settings.care_team_backup_chat_id)
        if chat is None or message is None or chat.id in ours or not _called(message, context.bot.username):
            return
        words = services.readers.reader()
        replies = [Reply(words.say("group.private_only"))]
        if services.settings.care_team_chat_id is None:  # whoever sets the bot up needs it for the settings
            replies.append(Reply(words.say("group.number", chat=str(chat.id))))
        await respond(update, context.bot, replies)

    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    return [
        MessageHandler(private & filters.COMMAND, on_unknown_command),
        MessageHandler(private & ~filters.StatusUpdate.ALL, on_unreadable),
        MessageHandler(filters.ChatType.GROUPS & filters.UpdateType.MESSAGE, on_group),
        CallbackQueryHandler(on_old_button),
    ]


def _key(message: Message) -> str:
    if _HEARD.check_update(Update(0, message=message)):
        return "voice.cannot_hear"
    if _SEEN.check_update(Update(0, message=message)):
        return "photo.cannot_see"
    return "other.cannot_read"


def _called(message: Message, username: str) -> bool:
    text = message.text or message.caption or ""
    return text.startswith("/") or f"@{username}".lower() in text.lower()
