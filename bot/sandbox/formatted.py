"""What becomes of a text on its way into a message: parsed, cleaned, trimmed, measured, its commands and links found.

Invariant: a FormattedText that leaves this module could stand in a Telegram message: not empty, no control characters,
within the limit, entities inside the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.errors import bad_request
from bot.sandbox.html_text import Entity, parse_html, units

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_BYTES_LIMIT = 1 << 15
_ENTITIES_LIMIT = 100
_CONTROLS = {code: " " for code in range(32) if code not in (10, 13)}
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANK = frozenset(" \n\u00a0\u1680\u180e\u202e\u202f\u205f\u2800\u3000\ufffc\ufeff") | {
    chr(code) for code in range(0x2000, 0x2010)
}
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@]))"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}(?!\w))"
    r"|(?P<url>\bhttps?://[^\s<>\"]*[^\s<>\".,;:!?)\]}']"
    r"|(?<![\w@.-])(?:[A-Za-z0-9-]+\.)+(?:com|org|net|uk|eu|int|gov|edu|info|io|de|fr|es)(?![\w-])(?:/[^\s<>\"]*)?)"
    r"|(?P<mention>(?<!\w)@[A-Za-z0-9_]{2,32}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#(?=\w*[^\W\d_])\w{1,256}(?![\w#]))"
    r"|(?P<phone_number>(?<![\w+])\+\d(?:[ ()-]{0,2}\d){6,14}(?!\w))"
)
_SEALED = frozenset({"code", "pre", "text_link", "text_mention"})


@dataclass(slots=True)
class FormattedText:
    """A text as it stands in a message; entity offsets in UTF-16 units."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)


def is_blank(text: str) -> bool:
    """Whether a person would see nothing: spaces, zero-width characters, fillers."""
    return all(char in _BLANK for char in text)


def encodable(text: str) -> str:
    """The text itself; raises ApiError when half a surrogate pair makes it impossible to send."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
    return text


def outgoing(text: str, parse_mode: str, entities: list[Entity] | None, *, limit: int, caption: bool) -> FormattedText:
    """What a bot's text becomes. `limit` in UTF-16 units after parsing.

    Raises ApiError with Telegram's words for an empty, an overlong or a broken text. Only HTML is understood of the
    parse modes; the others are refused rather than passed on unparsed.
    """
    if not text and not caption:
        raise bad_request("message text is empty")
    encodable(text)
    if len(text) * 4 > _BYTES_LIMIT and len(text.encode()) > _BYTES_LIMIT:
        raise bad_request("text is too long")
    mode = parse_mode.lower()
    if mode == "html":
        text, found = parse_html(text)
    elif mode in ("", "none"):
        found = _given(entities, units(text))
    else:
        raise bad_request("unsupported parse_mode")
    formatted = tidy(text, found)
    if not caption and is_blank(formatted.text):
        raise bad_request("text must be non-empty")
    if len(formatted.text) * 2 > limit and units(formatted.text) > limit:
        raise bad_request("message caption is too long" if caption else "message is too long")
    return formatted


def tidy(text: str, entities: list[Entity]) -> FormattedText:
    """Drop what Telegram drops (control characters, direction overrides, outer spaces); find links and commands."""
    text = text.translate(_CONTROLS)
    if _REMOVED.search(text):
        gone = [offset for offset, _ in _measured(_REMOVED.finditer(text), text)] if entities else []
        text = _REMOVED.sub("", text)
        for entity in entities:
            begin, end = entity["offset"], entity["offset"] + entity["length"]
            entity["offset"] = begin - bisect_left(gone, begin)
            entity["length"] = end - bisect_left(gone, end) - entity["offset"]
    text = text.rstrip(" \n")
    lead = len(text) - len(text.lstrip(" \n"))
    if entities:
        total = units(text)
        for entity in entities:
            entity["length"] = min(entity["length"], total - entity["offset"])
        entities = [entity for entity in entities if entity["length"] > 0]
        lead = min([lead, *(entity["offset"] for entity in entities)])
        for entity in entities:
            entity["offset"] -= lead
    text = text[lead:]
    return FormattedText(text, _with_found(text, entities))


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    found: list[Entity] = []
    for offset, match in _measured(_FOUND.finditer(text), text):
        length = units(match.group())
        if not any(
            entity["offset"] < offset + length and offset < entity["offset"] + entity["length"]
            for entity in entities
            if entity["type"] in _SEALED
        ):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    if not found:
        return entities
    return sorted(entities + found, key=lambda entity: (entity["offset"], -entity["length"]))[:_ENTITIES_LIMIT]


def _measured(matches: Iterable[re.Match[str]], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each match with where it begins in UTF-16 units, in one walk over the text."""
    offset = seen = 0
    for match in matches:
        offset += units(text[seen : match.start()])
        seen = match.start()
        yield offset, match


def _given(entities: list[Entity] | None, total: int) -> list[Entity]:
    kept = []
    for entity in entities or []:
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or not isinstance(entity.get("type"), str):
            raise bad_request("can't parse MessageEntity: wrong field type")
        if offset < 0 or length < 0:
            raise bad_request(f"receive an entity with incorrect offset {offset}")
        if length and offset + length <= total:
            kept.append(dict(entity))
    return sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def split_as_a_client(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """How a Telegram app cuts what a person typed: pieces of at most `limit` UTF-16 units, at a line or a word if near.

    No character is lost save the white space at a cut.
    """
    pieces: list[str] = []
    rest = text.strip()
    while units(rest) > limit:
        cut = limit if rest.isascii() else _fitting(rest, limit)
        near = max(rest.rfind("\n", cut // 2, cut), rest.rfind(" ", cut // 2, cut))
        cut = near if near > 0 else cut
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def _fitting(text: str, limit: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def as_fields(formatted: FormattedText, *, caption: bool = False) -> dict[str, Any]:
    """The message fields that carry it; nothing for an empty caption."""
    if caption and not formatted.text:
        return {}
    text_key, entities_key = ("caption", "caption_entities") if caption else ("text", "entities")
    fields: dict[str, Any] = {text_key: formatted.text}
    if formatted.entities:
        fields[entities_key] = formatted.entities
    return fields
