"""Who there is and what has been said: chats, people, messages, files.

Invariant: message ids grow within a chat and are never used again; a message is stored the way the Bot API shows it, so
what people see and what the bot was told can never differ.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock
from bot.sandbox.errors import ApiError, bad_request, forbidden

Json = dict[str, Any]
_SUPERGROUPS_BELOW = -1_000_000_000_000
_MESSAGES_KEPT = 2_000
_FILES_LIMIT = 128 * 1024 * 1024
NURSE: Json = {"id": 7_000_001, "is_bot": False, "first_name": "Robin", "language_code": "en"}


@dataclass(slots=True)
class StoredMessage:
    """One message: as the Bot API shows it, and the keyboard it put under the person's text field, if it did."""

    api: Json
    from_bot: bool
    keyboard: Json | None = None

    @property
    def id(self) -> int:
        number: int = self.api["message_id"]
        return number

    def shown(self) -> Json:
        """As the page and the scripts see it: a keyboard of either kind under `reply_markup`."""
        return {**self.api, "reply_markup": self.keyboard} if self.keyboard else self.api


@dataclass(slots=True)
class Chat:
    """One chat and its messages, oldest first."""

    id: int
    type: str
    user: Json
    title: str = ""
    blocked: bool = False
    migrated_to: int | None = None
    messages: OrderedDict[int, StoredMessage] = field(default_factory=OrderedDict)
    last_id: int = 0
    _api: Json | None = None

    @property
    def private(self) -> bool:
        return self.type == "private"

    def api(self) -> Json:
        """The short form that stands in every message."""
        if self._api is None:
            self._api = {"id": self.id, "type": self.type}
            if self.private:
                names = ("first_name", "last_name", "username")
                self._api |= {name: self.user[name] for name in names if self.user.get(name)}
            else:
                self._api["title"] = self.title
        return self._api

    def meet(self, user: Json) -> None:
        """Learn a person's new name or language."""
        self.user = {**self.user, **user}
        self._api = None


@dataclass(slots=True, frozen=True)
class StoredFile:
    """A file the bot or a person sent; `path` is what getFile answers."""

    id: str
    unique_id: str
    path: str
    content: bytes
    content_type: str


class World:
    """Everything the two sides share."""

    def __init__(self, clock: Clock, bot: Json) -> None:
        self.clock = clock
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self._files_size = 0
        self._numbers = itertools.count(1)

    def now(self) -> int:
        """The demo's present in whole seconds since 1970, UTC."""
        return int(self.clock.now().timestamp())

    def open(self, chat_id: int, *, title: str = "") -> Chat:
        """The chat, opened when nobody has used it before."""
        chat = self.chats.get(chat_id)
        if chat is None:
            if chat_id > 0:
                user: Json = {"id": chat_id, "is_bot": False, "first_name": "Sam", "language_code": "en"}
                chat = Chat(chat_id, "private", user)
            else:
                kind = "supergroup" if chat_id < _SUPERGROUPS_BELOW else "group"
                chat = Chat(chat_id, kind, NURSE, title or "Care team")
            self.chats[chat_id] = chat
        return chat

    def reachable(self, raw_id: str) -> Chat:
        """The chat a bot names, if it may write there. Raises ApiError in Telegram's words when it may not."""
        if not raw_id:
            raise bad_request("chat_id is empty")
        chat = self.known(raw_id)
        if chat.migrated_to is not None:
            reason = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, reason, {"migrate_to_chat_id": chat.migrated_to})
        if chat.blocked:
            who = "blocked by the user" if chat.private else f"kicked from the {chat.type} chat"
            raise forbidden(f"bot was {who}")
        return chat

    def known(self, raw_id: str) -> Chat:
        """The chat a bot names, reachable or not. Raises ApiError when the bot has never met it."""
        try:
            return self.chats[int(raw_id)]
        except (ValueError, KeyError):
            raise bad_request("chat not found") from None

    def add(self, chat: Chat, sender: Json, fields: Json, *, keyboard: Json | None = None) -> StoredMessage:
        """Put a message into a chat; `fields` is what makes it a text, a photo, …"""
        chat.last_id += 1
        api: Json = {"message_id": chat.last_id, "from": sender, "chat": chat.api(), "date": self.now(), **fields}
        message = StoredMessage(api, bool(sender.get("is_bot")), keyboard)
        chat.messages[chat.last_id] = message
        if len(chat.messages) > _MESSAGES_KEPT:
            chat.messages.popitem(last=False)
        return message

    def quoted(self, chat: Chat, message_id: int) -> Json | None:
        """A message as it stands inside a reply to it: without its own quote."""
        message = chat.messages.get(message_id)
        if message is None:
            return None
        return {key: value for key, value in message.api.items() if key != "reply_to_message"}

    def keep(self, content: bytes, folder: str, extension: str, content_type: str) -> StoredFile:
        """Store a file; the oldest go when the store is full."""
        number = next(self._numbers)
        path = f"{folder}/file_{number}{extension}"
        stored = StoredFile(f"SANDBOX-{folder}-{number:08d}", f"SBX{number:08d}", path, content, content_type)
        self.files[stored.id] = stored
        self._files_size += len(content)
        while self._files_size > _FILES_LIMIT and len(self.files) > 1:
            _, oldest = self.files.popitem(last=False)
            self._files_size -= len(oldest.content)
        return stored

    def file_at(self, path: str) -> StoredFile | None:
        """The file getFile named, while it is kept."""
        return next((stored for stored in self.files.values() if stored.path == path), None)
