"""From a Reply to what Telegram is sent.

Invariant: every text is escaped here and nowhere else, no message is longer than Telegram takes, and a long one is cut
between paragraphs, lines or words, never inside an escaped character.
"""

from __future__ import annotations

from html import escape
from typing import Final

from bot.care.reply import Reply
from bot.chat.codec import encode

LIMIT: Final = 4096
Json = dict[str, object]


def width(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """Cut a text into parts of at most `limit` UTF-16 units, at the best break there is. Empty text gives no parts."""
    parts: list[str] = []
    rest = text.strip()
    while width(rest) > limit:
        head = _fitting(rest, limit)
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > len(head) // 3), len(head))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def _fitting(text: str, limit: int) -> str:
    if len(text) <= limit // 2:
        return text
    low, high = 1, min(len(text), limit)
    while low < high:  # the longest prefix that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def payloads(reply: Reply) -> list[Json]:
    """The `sendMessage` parameters of a reply without its chat: usually one, more when the text is long.

    The title goes on the first message and the buttons under the last.
    """
    room = LIMIT - (width(reply.title) + 2 if reply.title else 0)
    bodies = pieces(reply.text, room) or [""]
    messages: list[Json] = []
    for i, body in enumerate(bodies):
        text = escape(body, quote=False)
        if i == 0 and reply.title:
            text = f"<b>{escape(reply.title, quote=False)}</b>\n\n{text}".rstrip()
        messages.append({"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}})
    keyboard = markup(reply)
    if keyboard is not None:
        messages[-1]["reply_markup"] = keyboard
    return messages


def markup(reply: Reply) -> Json | None:
    """The inline keyboard of a reply as Telegram's JSON, or None when it has no buttons."""
    if not reply.buttons:
        return None
    return {
        "inline_keyboard": [
            [{"text": one.label, "callback_data": encode(one.action)} for one in row] for row in reply.buttons if row
        ]
    }
