"""Saying a reply in a chat, at once.

Invariant: what goes out was rendered by `rendering`; an edit that changes nothing is not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from telegram import Bot, Update
from telegram.error import BadRequest
from telegram.request import RequestData

# python-telegram-bot offers no public way to build RequestData; its Bot does it with the same class
from telegram.request._requestparameter import RequestParameter

from bot.care.reply import Reply
from bot.chat.rendering import payloads


async def call(bot: Bot, method: str, parameters: Mapping[str, object]) -> None:
    """One Bot API call with ready parameters, past the library's own methods: nothing is built from the answer."""
    values = [RequestParameter(name, value, None) for name, value in parameters.items()]
    await bot.request.post(f"{bot.base_url}/{method}", RequestData(values))


async def say(bot: Bot, chat_id: int, *replies: Reply) -> None:
    """Send replies to a chat in order, long ones in parts."""
    for reply in replies:
        for payload in payloads(reply):
            await call(bot, "sendMessage", {"chat_id": chat_id, **payload})


async def respond(update: Update, bot: Bot, replies: Iterable[Reply]) -> None:
    """Send replies to where the update came from."""
    if update.effective_chat is not None:
        await say(bot, update.effective_chat.id, *replies)


async def turn_into(update: Update, bot: Bot, reply: Reply) -> None:
    """Change the message whose button was tapped into `reply`; a reply too long for one message is sent anew."""
    query = update.callback_query
    found = payloads(reply)
    if query is None or query.message is None or len(found) > 1:
        await respond(update, bot, [reply])
        return
    where = {"chat_id": query.message.chat.id, "message_id": query.message.message_id}
    try:
        await call(bot, "editMessageText", where | found[0])
    except BadRequest as error:
        if "not modified" in error.message.lower():
            return
        if "can't be edited" in error.message.lower() or "to edit not found" in error.message.lower():
            await respond(update, bot, [reply])
            return
        raise


async def acknowledge(update: Update, note: str | None = None) -> None:
    """Stop the button's spinner, with a short note if there is one. A tap too old to answer is let go."""
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer(note[:200] if note else None)
    except BadRequest as error:
        if "query is too old" not in error.message.lower() and "query id is invalid" not in error.message.lower():
            raise
