"""The Bot API methods that put something new into a chat.

Invariant: a refused call leaves no trace in the chat; an accepted one is seen by the people before the bot has
its answer.
"""

from __future__ import annotations

import json
import struct
from pathlib import PurePosixPath

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.formatted import CAPTION_LIMIT, TEXT_LIMIT, as_fields, outgoing
from bot.sandbox.markup import read_markup
from bot.sandbox.params import Params, Upload
from bot.sandbox.state import Sandbox
from bot.sandbox.world import Chat, Json, StoredFile

_PHOTO_LIMIT = 10 * 1024 * 1024
_DOCUMENT_LIMIT = 50 * 1024 * 1024
_ACTIONS = frozenset(
    ("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
     "choose_sticker", "find_location", "record_video_note", "upload_video_note")
)  # fmt: skip


class Sending:
    """sendMessage, sendPhoto, sendDocument, sendLocation and sendChatAction."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    async def send_message(self, params: Params) -> Json:
        """A text of 1 to 4096 UTF-16 units after parsing."""
        chat = self._world.reachable(params.text("chat_id"))
        formatted = outgoing(
            params.text("text"),
            params.text("parse_mode"),
            params.json("entities", list),
            limit=TEXT_LIMIT,
            caption=False,
        )
        return self._put(chat, params, as_fields(formatted))

    async def send_photo(self, params: Params) -> Json:
        """A PNG, JPEG, GIF or WebP up to 10 MB, sent anew or by its file_id."""
        chat = self._world.reachable(params.text("chat_id"))
        caption = self._caption(params)
        stored = self._file(params, "photo", "photos", _PHOTO_LIMIT)
        size = image_size(stored.content)
        if size is None:
            raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
        photo = {
            "file_id": stored.id, "file_unique_id": stored.unique_id, "width": size[0], "height": size[1],
            "file_size": len(stored.content),
        }  # fmt: skip
        return self._put(chat, params, {"photo": [photo], **caption})

    async def send_document(self, params: Params) -> Json:
        """Any file up to 50 MB, sent anew or by its file_id."""
        chat = self._world.reachable(params.text("chat_id"))
        caption = self._caption(params)
        stored = self._file(params, "document", "documents", _DOCUMENT_LIMIT)
        upload = self._upload(params, "document")
        document = {
            "file_id": stored.id, "file_unique_id": stored.unique_id, "mime_type": stored.content_type,
            "file_name": upload.name if upload else PurePosixPath(stored.path).name, "file_size": len(stored.content),
        }  # fmt: skip
        return self._put(chat, params, {"document": document, **caption})

    async def send_location(self, params: Params) -> Json:
        """A point on the map, in degrees."""
        chat = self._world.reachable(params.text("chat_id"))
        latitude, longitude = params.number("latitude"), params.number("longitude")
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise bad_request("invalid location specified")
        return self._put(chat, params, {"location": {"latitude": latitude, "longitude": longitude}})

    async def send_chat_action(self, params: Params) -> bool:
        """The dots that say the bot is typing; they last five seconds or until its message."""
        action = params.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat = self._world.reachable(params.text("chat_id"))
        self._sandbox.events.tell("action", {"chat_id": chat.id, "action": action})
        return True

    def _put(self, chat: Chat, params: Params, fields: Json) -> Json:
        markup = read_markup(params.values.get("reply_markup"), private=chat.private)
        reply = self._quoted(chat, params)
        if reply is not None:
            fields["reply_to_message"] = reply
        if params.flag("protect_content"):
            fields["has_protected_content"] = True
        if markup.inline:
            fields["reply_markup"] = markup.inline
        message = self._world.add(chat, self._sandbox.bot, fields, keyboard=markup.keyboard)
        self._sandbox.show("message", chat, message)
        return message.api

    def _quoted(self, chat: Chat, params: Params) -> Json | None:
        reply = params.json("reply_parameters", dict)
        if reply is None:
            if not params.integer("reply_to_message_id"):
                return None
            reply = {
                "message_id": params.integer("reply_to_message_id"),
                "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
            }
        quoted = self._world.quoted(chat, Params(reply).integer("message_id"))
        if quoted is None and not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return quoted

    def _caption(self, params: Params) -> Json:
        formatted = outgoing(
            params.text("caption"), params.text("parse_mode"), params.json("caption_entities", list),
            limit=CAPTION_LIMIT, caption=True,
        )  # fmt: skip
        return as_fields(formatted, caption=True)

    def _upload(self, params: Params, name: str) -> Upload | None:
        given = params.text(name)
        return params.files.get(given.removeprefix("attach://") if given.startswith("attach://") else name)

    def _file(self, params: Params, name: str, folder: str, limit: int) -> StoredFile:
        upload = self._upload(params, name)
        if upload is None:
            given = params.text(name)
            if not given:
                raise bad_request(f"there is no {name} in the request")
            if given not in self._world.files:
                raise bad_request("wrong file identifier/HTTP URL specified")
            return self._world.files[given]
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > limit:
            raise ApiError(413, "Request Entity Too Large") if name == "document" else bad_request("file is too big")
        kind = upload.content_type or "application/octet-stream"
        return self._world.keep(upload.content, folder, PurePosixPath(upload.name).suffix[:10], kind)


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from an image's first bytes; None when it is no PNG, GIF, JPEG or WebP."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", content[16:24])
            return width, height
        if content[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack("<HH", content[6:10])
            return width, height
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return 512, 512
        if content.startswith(b"\xff\xd8"):
            return _jpeg_size(content)
    except struct.error:
        return None
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    pos = 2
    while pos + 9 <= len(content):
        marker, length = struct.unpack(">xBH", content[pos : pos + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[pos + 5 : pos + 9])
            return width, height
        pos += 2 + length
    return None


def as_json(value: object) -> bytes:
    """The bytes of an answer; every character beyond ASCII escaped, so that no text can break it."""
    return json.dumps(value, separators=(",", ":")).encode()
