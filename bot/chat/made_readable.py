"""An update is made readable: what Telegram sent, or what a server like it sent, becomes the library's Update.

Invariant: what a person wrote is never lost because of something beside it. When the library cannot read an update as
it is (a new kind of attachment, a field that it insists on), it is read again with only what the bot uses.
"""

from __future__ import annotations

import re
from typing import Any, Final

from telegram import Bot, Update

from bot.care.receiving import RawUpdate

_MESSAGES: Final = ("message", "edited_message")
_COMMAND: Final = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?(?![^\s])")
_NOT_READ: Final = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError)
_NO_DATE: Final = 1
_NO_BUTTON: Final = "?"
_LATEST: Final = 2**32
_CHAT: Final = ("id", "type", "title", "username")
_USER: Final = ("id", "is_bot", "first_name", "username", "language_code")
_WORDS: Final = ("text", "caption")
_MOVES: Final = ("migrate_to_chat_id", "migrate_from_chat_id")


def update_of(raw: RawUpdate, bot: Bot) -> Update:
    """The library's Update of `raw`. Raises whatever the library raises when not even the little we use can be read."""
    marked = {kind: _with_command(part) if kind in _MESSAGES else part for kind, part in raw.items()}
    marked["callback_query"] = _with_data(marked.get("callback_query"))
    try:
        return Update.de_json(marked, bot)
    except _NOT_READ:
        return Update.de_json(_essentials(marked), bot)


def _with_command(message: Any) -> Any:
    """Telegram marks a command at the beginning; a server that marks none leaves it to be read from the text."""
    text = message.get("text") if isinstance(message, dict) else None
    found = _COMMAND.match(text) if isinstance(text, str) else None
    if found is None or message.get("entities"):
        return message
    return {**message, "entities": [{"type": "bot_command", "offset": 0, "length": found.end()}]}


def _with_data(tap: Any) -> Any:
    """The library lets every button's handler have a tap that says nothing; it is to be taken for an unknown button."""
    if not isinstance(tap, dict) or tap.get("data") or tap.get("game_short_name"):
        return tap
    return {**tap, "data": _NO_BUTTON}


def _essentials(raw: RawUpdate) -> RawUpdate:
    kept: RawUpdate = {"update_id": raw["update_id"]}
    for kind in _MESSAGES:
        if isinstance(raw.get(kind), dict):
            kept[kind] = _message(raw[kind])
    tap = raw.get("callback_query")
    if isinstance(tap, dict):
        kept["callback_query"] = _some(tap, ("id", "data", "inline_message_id"), str) | {
            "chat_instance": "",
            "from": _user(tap.get("from")),
        }
        if isinstance(tap.get("message"), dict):
            kept["callback_query"]["message"] = _message(tap["message"])
    change = raw.get("my_chat_member")
    if isinstance(change, dict):
        kept["my_chat_member"] = {
            "chat": _chat(change.get("chat")),
            "from": _user(change.get("from")),
            "date": _date(change),
            "old_chat_member": _member(change.get("old_chat_member")),
            "new_chat_member": _member(change.get("new_chat_member")),
        }
    return kept


def _message(message: dict[str, Any], *, answered: bool = True) -> dict[str, Any]:
    kept = _some(message, _WORDS, str) | _some(message, ("message_id", "edit_date", *_MOVES), int)
    kept |= {"date": _date(message), "chat": _chat(message.get("chat"))}
    if isinstance(message.get("from"), dict):
        kept["from"] = _user(message["from"])
    answers_to = message.get("reply_to_message")
    if answered and isinstance(answers_to, dict):
        kept["reply_to_message"] = _message(answers_to, answered=False)
    return _with_command(kept)  # type: ignore[no-any-return]


def _some(part: dict[str, Any], names: tuple[str, ...], kind: type) -> dict[str, Any]:
    return {name: part[name] for name in names if isinstance(part.get(name), kind)}


def _date(part: dict[str, Any]) -> int:
    found = part.get("date")
    return found if isinstance(found, int) and 0 <= found < _LATEST else _NO_DATE


def _chat(chat: Any) -> dict[str, Any]:
    given = chat if isinstance(chat, dict) else {}
    return {"type": "private" if given["id"] > 0 else "group"} | {name: given[name] for name in _CHAT if name in given}


def _user(user: Any) -> dict[str, Any]:
    given = user if isinstance(user, dict) else {}
    return {"is_bot": False, "first_name": ""} | {name: given[name] for name in _USER if name in given}


def _member(member: Any) -> dict[str, Any]:
    """Only whether they are in the chat; the rights of an administrator are nothing to us."""
    given = member if isinstance(member, dict) else {}
    gone = given.get("status") in ("kicked", "left")
    return {"status": "left" if gone else "member", "user": _user(given.get("user"))}
