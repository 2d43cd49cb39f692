"""The care team's chat: the buttons under an alert, replies that go to the patient, /alerts.

Invariant: nothing here happens for any other chat: whatever comes from elsewhere is left to the handlers behind, which
answer a forged or borrowed button kindly. These handlers stand before the screen because what a nurse writes is about
somebody else.
"""

from __future__ import annotations

from telegram import ChatMember, Message, Update
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.care.attending import Attended, CareTeam
from bot.care.reply import Action, Reply
from bot.chat.codec import decode, pattern
from bot.chat.context import Context, Handler
from bot.chat.sending import acknowledge, respond, turn_into
from bot.chat.services import Feature, Services

KINDS = ("alert_have", "alert_called", "alert_false", "alert_show")
_LONGEST_NUMBER = 18
_INSIDE = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER)


def feature(team: CareTeam) -> Feature:
    """The handlers of the care team's chats, for `Services.before_screen`."""

    def handlers(services: Services) -> list[Handler]:
        words = services.readers.reader()

        async def on_button(update: Update, context: Context) -> None:
            action, chat = decode(update.callback_query.data if update.callback_query else None), update.effective_chat
            if action is None or chat is None or not await team.knows(chat.id):
                return
            number = action.args[0] if action.args else ""
            if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
                await acknowledge(update, words.say("button.old"))
                raise ApplicationHandlerStop
            attended = await attend(update, action, int(number), chat.id)
            await acknowledge(update, attended.note)
            if attended.card is not None:
                await turn_into(update, context.bot, attended.card)
            raise ApplicationHandlerStop

        async def attend(update: Update, action: Action, alert_id: int, chat_id: int) -> Attended:
            query = update.callback_query
            copy = (chat_id, query.message.message_id) if query is not None and query.message is not None else None
            match action.kind:
                case "alert_have":
                    return await team.have(alert_id, name(update), copy)
                case "alert_show":
                    return await team.show(alert_id, chat_id, query.id if query is not None else "")
                case kind:
                    return await team.close(
                        alert_id, name(update), "called" if kind == "alert_called" else "false", copy
                    )

        async def on_reply(update: Update, context: Context) -> None:
            message, chat = update.effective_message, update.effective_chat
            to = message.reply_to_message if message is not None else None
            if message is None or to is None or chat is None or not await team.knows(chat.id):
                return
            if to.from_user is None or to.from_user.id != context.bot.id:
                return  # they talk among themselves
            alert_id = await team.alert_of(chat.id, to.message_id) or alert_in(to)
            if alert_id is None and chat.type == chat.PRIVATE:
                return
            if alert_id is None:
                note = words.say("care_team.which")
            elif not message.text:
                note = words.say("care_team.only_words")
            else:
                edited = int(message.edit_date.timestamp()) if message.edit_date is not None else None
                place = (chat.id, message.message_id)
                note = (await team.write(alert_id, name(update), message.text, place, edited_at=edited)).note
            await respond(update, context.bot, [Reply(note)])
            raise ApplicationHandlerStop

        async def on_alerts(update: Update, context: Context) -> None:
            if update.effective_chat is not None and await team.knows(update.effective_chat.id):
                await respond(update, context.bot, [await team.listing()])
                raise ApplicationHandlerStop

        async def on_migrate(update: Update, _context: Context) -> None:
            message = update.effective_message
            if message is None:
                return
            old = message.migrate_from_chat_id or message.chat.id
            new = message.migrate_to_chat_id or message.chat.id
            if await team.knows(old):
                await team.moved(old, new)
                raise ApplicationHandlerStop

        async def on_member(update: Update, _context: Context) -> None:
            change, chat = update.my_chat_member, update.effective_chat
            if change is None or chat is None or chat.type == chat.PRIVATE or not await team.knows(chat.id):
                return
            await team.joined(chat.id, inside=change.new_chat_member.status in _INSIDE)
            raise ApplicationHandlerStop

        def name(update: Update) -> str:
            user = update.effective_user
            return user.first_name if user is not None and not user.is_bot else words.say("care_team.somebody")

        spoken = filters.REPLY & ~filters.COMMAND & ~filters.StatusUpdate.ALL
        return [
            CallbackQueryHandler(on_button, pattern=pattern(*KINDS)),
            CommandHandler("alerts", on_alerts),
            MessageHandler(filters.StatusUpdate.MIGRATE, on_migrate),
            MessageHandler(spoken, on_reply),
            ChatMemberHandler(on_member, ChatMemberHandler.MY_CHAT_MEMBER),
        ]

    return handlers


def alert_in(message: Message) -> int | None:
    """The alert a message's buttons belong to: also of a copy nobody could write down because the process ended."""
    for row in message.reply_markup.inline_keyboard if message.reply_markup is not None else ():
        for one in row:
            action = decode(one.callback_data if isinstance(one.callback_data, str) else None)
            if action is not None and action.kind in KINDS[:3] and action.args and action.args[0].isdecimal():
                return int(action.args[0][:_LONGEST_NUMBER])
    return None
