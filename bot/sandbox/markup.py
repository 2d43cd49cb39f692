"""Keyboards, checked the way Telegram checks them.

Invariant: a Markup that leaves this module could be shown: at most one of an inline keyboard and a keyboard for typing,
no empty label, callback data of 1 to 64 bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.formatted import encodable, is_blank

_BUTTONS_LIMIT = 100
_DATA_LIMIT = 64
_ACTIONS = (
    "callback_game", "pay", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "login_url", "web_app", "copy_text",
)  # fmt: skip
_URL = re.compile(r"(?i)^(?:(?:https?|tg|ton)://\S+|(?:[\w-]+\.)+[^\W\d_]{2,}(?:[:/?#]\S*)?)$")


@dataclass(slots=True, frozen=True)
class Markup:
    """What a message brings along: buttons under it, or a keyboard (or its removal) for the person who types."""

    inline: dict[str, Any] | None = None
    keyboard: dict[str, Any] | None = None


NO_MARKUP = Markup()


def read_markup(raw: object, *, private: bool) -> Markup:
    """Read a `reply_markup` parameter; raises ApiError with Telegram's words for anything it would refuse."""
    if raw in (None, ""):
        return NO_MARKUP
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    keyboard, inline = raw.get("keyboard"), raw.get("inline_keyboard")
    if keyboard is not None:
        rows = _rows(keyboard, 'field "keyboard" must be an Array of Arrays')
        buttons = [[_keyboard_button(button, private=private) for button in row] for row in rows]
        if any(buttons):
            return Markup(keyboard={**raw, "keyboard": [row for row in buttons if row]})
    if inline is not None:
        rows = _rows(inline, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        buttons = [[_inline_button(button) for button in row] for row in rows]
        if sum(map(len, buttons)) > _BUTTONS_LIMIT:
            raise bad_request("reply markup is too long")
        if any(buttons):
            return Markup(inline={"inline_keyboard": [row for row in buttons if row]})
        return NO_MARKUP
    if raw.get("remove_keyboard"):
        return Markup(keyboard={"remove_keyboard": True})
    if raw.get("force_reply"):
        return Markup(keyboard=dict(raw))
    return NO_MARKUP


def _rows(value: object, complaint: str) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(complaint)
    return value


def _label(button: dict[str, Any], kind: str) -> str:
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(f"can't parse {kind}: can't find field \"text\"")
    encodable(text)
    if is_blank(text):
        raise bad_request(f"{kind} text must be non-empty")
    return text


def _keyboard_button(button: object, *, private: bool) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    _label(button, "keyboard button")
    if not private and (button.get("request_contact") or button.get("request_location")):
        wanted = "phone number" if button.get("request_contact") else "location"
        raise bad_request(f"{wanted} can be requested in private chats only")
    return button


def _inline_button(button: object) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = _label(button, "inline keyboard button")
    url, data = button.get("url"), button.get("callback_data")
    if url:
        if not isinstance(url, str) or not _URL.match(url):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return {**button, "text": text}
    if data:
        if not isinstance(data, str) or len(encodable(data).encode()) > _DATA_LIMIT:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        return button
    if not any(action in button for action in _ACTIONS):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return button
