"""The people's door: what the chat page and the scripts do on behalf of patients and nurses.

Invariant: what a person does here reaches the bot as Telegram would pass it on, cut and marked as Telegram does; the
bot cannot tell the two apart.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.formatted import as_fields, split_as_a_client, tidy
from bot.sandbox.state import Sandbox
from bot.sandbox.world import NURSE, Chat, Json, StoredMessage

_REPLACED = str.maketrans(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
_SAMPLE_PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63a8a8a80000029a014c9f1d"
    "c0430000000049454e44ae426082"
)


class PersonError(Exception):
    """Something a person cannot do in Telegram either; `status` is the HTTP status it is refused with."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(slots=True)
class Said:
    """What became of one action of a person."""

    messages: list[Json] = field(default_factory=list)
    update_ids: list[int | None] = field(default_factory=list)

    def shown(self) -> Json:
        """As the sandbox answers it."""
        last = self.messages[-1]["message_id"] if self.messages else None
        return {"ok": True, "message_id": last, "messages": self.messages, "update_ids": self.update_ids}


class People:
    """Acts for the people of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._query_ids = itertools.count(4_000_000_000_000_000_001)

    def say(self, chat_id: int, body: Json) -> Said:
        """Send what a person sends: a text, a photo, a voice note, a place, an edit, or an update of any other kind.

        Raises PersonError for what Telegram's own apps would not do.
        """
        if "update_raw" in body:
            return self._raw(body["update_raw"])
        chat = self._chat(chat_id)
        user = self._user(chat, body.get("user"))
        if chat.blocked:
            raise PersonError("the bot is blocked or removed here; unblock it first", 409)
        if body.get("edit_message_id") is not None:
            return self._edit(chat, int(body["edit_message_id"]), body)
        reply = self._reply(chat, body.get("reply_to_message_id"))
        said = Said()
        for fields in self._contents(body):
            message = self._world.add(chat, user, {**fields, **reply})
            self._sandbox.show("message", chat, message)
            said.messages.append(message.api)
            said.update_ids.append(self._sandbox.feed.push("message", message.api))
        return said

    def press(self, chat_id: int, body: Json) -> Json:
        """Press a button, or forge the press of one that never was."""
        chat = self._chat(chat_id)
        data = body.get("data")
        if not isinstance(data, str) or not data:
            raise PersonError("data is the callback data of the button, a string")
        message_id = int(body.get("message_id") or 0)
        found = chat.messages.get(message_id)
        message: Json = found.api if found else {"chat": chat.api(), "message_id": message_id, "date": 0}
        query: Json = {
            "id": str(next(self._query_ids)), "from": self._user(chat, body.get("user")), "message": message,
            "chat_instance": str(abs(chat.id) * 7919), "data": data.translate(_REPLACED),
        }  # fmt: skip
        self._sandbox.ask(query)
        update_id = self._sandbox.feed.push("callback_query", query)
        return {"ok": True, "callback_query_id": query["id"], "update_id": update_id}

    def block(self, chat_id: int, *, blocked: bool) -> Json:
        """Block the bot or let it back in; in a group, remove it or add it again."""
        chat = self._chat(chat_id)
        if chat.blocked == blocked:
            return {"ok": True, "update_id": None}
        chat.blocked = blocked
        bot = self._sandbox.bot
        out: Json = {"status": "kicked", "user": bot, "until_date": 0}
        inside: Json = {"status": "member", "user": bot}
        update = {
            "chat": chat.api(), "from": chat.user, "date": self._world.now(),
            "old_chat_member": inside if blocked else out, "new_chat_member": out if blocked else inside,
        }  # fmt: skip
        self._sandbox.events.tell("chat", {"chat_id": chat.id, "blocked": blocked})
        return {"ok": True, "update_id": self._sandbox.feed.push("my_chat_member", update)}

    def migrate(self, chat_id: int, to: int | None) -> Json:
        """Make a supergroup of a group: a new chat id, and the old one answers with where it went."""
        chat = self._chat(chat_id)
        if chat.private:
            raise PersonError("only a group can become a supergroup")
        new_id = to if to is not None else -1_000_000_000_000 - abs(chat.id) % 1_000_000_000_000
        if new_id == chat.id or new_id >= 0:
            raise PersonError("a supergroup needs an id of its own, below zero")
        new = self._world.open(new_id, title=chat.title)
        new.type = "supergroup"
        before = self._world.add(chat, chat.user, {"migrate_to_chat_id": new_id})
        after = self._world.add(new, chat.user, {"migrate_from_chat_id": chat.id})
        updates = [self._sandbox.feed.push("message", message.api) for message in (before, after)]
        chat.migrated_to = new_id
        if self._sandbox.care_chat_id == chat.id:
            self._sandbox.care_chat_id = new_id
        self._sandbox.events.tell("chat", {"chat_id": chat.id, "migrated_to": new_id})
        self._sandbox.chat_bell.ring()
        return {"ok": True, "migrate_to_chat_id": new_id, "update_ids": updates}

    def _chat(self, chat_id: int) -> Chat:
        chat = self._world.open(chat_id)
        if chat.migrated_to is not None:
            raise PersonError(f"this group has become {chat.migrated_to}", 409)
        return chat

    def _user(self, chat: Chat, given: object) -> Json:
        if given is not None and not isinstance(given, dict):
            raise PersonError("user is an object with first_name, language_code and the like")
        if chat.private:
            if given:
                chat.meet({**given, "id": chat.id, "is_bot": False})
            return chat.user
        user = {**NURSE, **(given or {})}
        if "id" not in (given or {}):
            return user
        return {key: value for key, value in user.items() if key in (given or {}) or key in {"is_bot", "first_name"}}

    def _reply(self, chat: Chat, message_id: object) -> Json:
        if message_id is None:
            return {}
        quoted = self._world.quoted(chat, int(str(message_id)))
        if quoted is None:
            raise PersonError("there is no such message to reply to", 404)
        return {"reply_to_message": quoted}

    def _raw(self, update: object) -> Said:
        if not isinstance(update, dict):
            raise PersonError('update_raw is an object such as {"poll": {…}}')
        pushed = [self._sandbox.feed.push(kind, body) for kind, body in update.items() if kind != "update_id"]
        return Said([], pushed)

    def _contents(self, body: Json) -> list[Json]:
        caption = as_fields(tidy(_clean(body.get("caption", ""))[:1024], []), caption=True)
        if body.get("photo"):
            return [{"photo": [self._attachment("photos", ".png", "image/png") | {"width": 1, "height": 1}], **caption}]
        if body.get("voice"):
            voice = self._attachment("voice", ".oga", "audio/ogg")
            return [{"voice": {**voice, "duration": 3, "mime_type": "audio/ogg"}, **caption}]
        if body.get("document"):
            document = self._attachment("documents", ".pdf", "application/pdf")
            return [{"document": {**document, "file_name": "file.pdf", "mime_type": "application/pdf"}, **caption}]
        if body.get("sticker"):
            sticker = self._attachment("stickers", ".webp", "image/webp")
            look = {"width": 512, "height": 512, "type": "regular", "emoji": "👍"}
            return [{"sticker": {**sticker, **look, "is_animated": False, "is_video": False}}]
        for kind in ("location", "contact"):
            if body.get(kind):
                return [{kind: body[kind]}]
        pieces = split_as_a_client(_clean(body.get("text", "")))
        if not pieces:
            raise PersonError("Telegram does not send an empty message")
        return [as_fields(tidy(piece, [])) for piece in pieces]

    def _attachment(self, folder: str, extension: str, content_type: str) -> Json:
        stored = self._world.keep(_SAMPLE_PHOTO, folder, extension, content_type)
        return {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": len(stored.content)}

    def _edit(self, chat: Chat, message_id: int, body: Json) -> Said:
        message = chat.messages.get(message_id)
        if message is None or message.from_bot:
            raise PersonError("people can only edit their own messages", 404)
        caption = "text" not in message.api
        text = _clean(body.get("caption" if caption else "text", ""))
        pieces = split_as_a_client(text)
        if not pieces:
            raise PersonError("Telegram does not send an empty message")
        return self._replace(chat, message, as_fields(tidy(pieces[0], []), caption=caption))

    def _replace(self, chat: Chat, message: StoredMessage, fields: Json) -> Said:
        dropped = ("text", "entities", "caption", "caption_entities")
        kept = {key: value for key, value in message.api.items() if key not in dropped}
        message.api = {**kept, "edit_date": self._world.now(), **fields}
        self._sandbox.show("edit", chat, message)
        return Said([message.api], [self._sandbox.feed.push("edited_message", message.api)])


def _clean(text: Any) -> str:
    if not isinstance(text, str):
        raise PersonError("a text is a string")
    return text.translate(_REPLACED)
