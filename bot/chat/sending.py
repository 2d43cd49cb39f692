"""Saying a reply in a chat, at once.

Invariant: what goes out was rendered by `rendering`; an edit that changes nothing is not an error.
"""

from __future__ import annotations

from collections.abc import Iterable

from telegram import Bot, Update
from telegram.error import BadRequest

from bot.care.reply import Reply
from bot.chat.rendering import payloads


async def say(bot: Bot, chat_id: int, *replies: Reply) -> None:
    """Send replies to a chat in order, long ones in parts."""
    for reply in replies:
        for payload in payloads(reply):
            await bot.do_api_request("sendMessage", api_kwargs={"chat_id": chat_id, **payload})


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
        await bot.do_api_request("editMessageText", api_kwargs=where | found[0])
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
