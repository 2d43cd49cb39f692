"""The Bot API methods that change what already stands in a chat.

Invariant: a bot changes only its own messages, and an edit that changes nothing is refused; both in Telegram's words.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import bad_request
from bot.sandbox.formatted import CAPTION_LIMIT, TEXT_LIMIT, as_fields, outgoing
from bot.sandbox.markup import read_markup
from bot.sandbox.params import Params
from bot.sandbox.state import Sandbox
from bot.sandbox.world import Chat, Json, StoredMessage

_DELETABLE_SECONDS = 48 * 3600
_ALERT_LIMIT = 200


class Editing:
    """editMessageText, editMessageCaption, editMessageReplyMarkup, deleteMessage(s) and answerCallbackQuery."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    async def edit_text(self, params: Params) -> Json:
        """New text for one of the bot's text messages; without `reply_markup` its buttons go."""
        if not params.text("text"):
            raise bad_request("message text is empty")
        chat, message = self._own(params)
        if "text" not in message.api:
            raise bad_request("there is no text in the message to edit")
        formatted = outgoing(
            params.text("text"),
            params.text("parse_mode"),
            params.json("entities", list),
            limit=TEXT_LIMIT,
            caption=False,
        )
        return self._change(chat, message, params, ("text", "entities"), as_fields(formatted))

    async def edit_caption(self, params: Params) -> Json:
        """New caption for one of the bot's photos or documents; an empty one takes it away."""
        chat, message = self._own(params)
        if "photo" not in message.api and "document" not in message.api:
            raise bad_request("there is no caption in the message to edit")
        formatted = outgoing(
            params.text("caption"), params.text("parse_mode"), params.json("caption_entities", list),
            limit=CAPTION_LIMIT, caption=True,
        )  # fmt: skip
        fields = as_fields(formatted, caption=True)
        return self._change(chat, message, params, ("caption", "caption_entities"), fields)

    async def edit_markup(self, params: Params) -> Json:
        """New buttons under one of the bot's messages, or none."""
        chat, message = self._own(params)
        return self._change(chat, message, params, (), {})

    async def delete_message(self, params: Params) -> bool:
        """Delete one message that is less than 48 hours old."""
        chat = self._world.reachable(params.text("chat_id"))
        message = chat.messages.get(params.integer("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        if self._world.now() - message.api["date"] > _DELETABLE_SECONDS:
            raise bad_request("message can't be deleted for everyone")
        self._delete(chat, message)
        return True

    async def delete_messages(self, params: Params) -> bool:
        """Delete up to 100 messages; those that cannot be found or are too old are skipped, as at Telegram."""
        chat = self._world.reachable(params.text("chat_id"))
        for raw in (params.json("message_ids", list) or [])[:100]:
            message = chat.messages.get(raw) if isinstance(raw, int) else None
            if message is not None and self._world.now() - message.api["date"] <= _DELETABLE_SECONDS:
                self._delete(chat, message)
        return True

    async def answer_query(self, params: Params) -> bool:
        """End the waiting of a pressed button, with a short note or an alert if the bot likes."""
        query = self._sandbox.queries.get(params.text("callback_query_id"))
        if query is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        text = params.text("text")
        if len(text) > _ALERT_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        query |= {"answered": True, "text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}
        self._sandbox.chat_bell.ring()
        self._sandbox.events.tell("answer", {"callback_query_id": params.text("callback_query_id"), **query})
        return True

    def _own(self, params: Params) -> tuple[Chat, StoredMessage]:
        if params.text("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        if not params.integer("message_id"):
            raise bad_request("message identifier is not specified")
        chat = self._world.reachable(params.text("chat_id"))
        message = chat.messages.get(params.integer("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot or message.keyboard is not None:
            raise bad_request("message can't be edited")
        return chat, message

    def _change(
        self, chat: Chat, message: StoredMessage, params: Params, replaced: tuple[str, ...], fields: dict[str, Any]
    ) -> Json:
        markup = read_markup(params.values.get("reply_markup"), private=chat.private)
        if markup.keyboard is not None:
            raise bad_request("inline keyboard expected")
        if markup.inline:
            fields["reply_markup"] = markup.inline
        changing = (*replaced, "reply_markup")
        if {key: message.api[key] for key in changing if key in message.api} == fields:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        kept = {key: value for key, value in message.api.items() if key not in changing}
        edited = {"edit_date": self._world.now()} if replaced else {}
        message.api = {**kept, **edited, **fields}
        self._sandbox.show("edit", chat, message)
        return message.api

    def _delete(self, chat: Chat, message: StoredMessage) -> None:
        del chat.messages[message.id]
        self._sandbox.chat_bell.ring()
        self._sandbox.events.tell("delete", {"chat_id": chat.id, "message_id": message.id})
