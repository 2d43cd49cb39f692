"""Telegram's HTML, read as Telegram reads it: plain text plus entities.

Invariant: for any input the result is a pair of text and well-nested entities measured in UTF-16 units, or one Bad
Request whose words name the byte where it went wrong. Nothing else is ever raised.
Source of the rules and the words: https://core.telegram.org/bots/api#html-style and tdlib's own reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import ApiError, bad_request

Entity = dict[str, Any]

_SPACE = " \t\r\n\v"
_SPECIAL = re.compile(r"[<&]")
_TAG_NAME = re.compile(rf"[^>{_SPACE}]*")
_SPACES = re.compile(rf"[{_SPACE}]*")
_ATTRIBUTE_NAME = re.compile(rf"[^=>/\"'{_SPACE}]*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([A-Za-z]*))")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler", "tg-spoiler": "spoiler",
}  # fmt: skip
_TAGS = frozenset(_STYLES) | {"a", "code", "pre", "blockquote", "tg-emoji"}
_NUMBER = re.compile(r"0*[1-9][0-9]{0,18}")
_USER_LINK = re.compile(r"tg://user\?id=(\d{1,15})$")
_LINK = re.compile(r"(?i)^(?:https?|tg|ton|mailto|tel):\S+$|^(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/?#:]\S*)?$")


def units(text: str) -> int:
    """Length in UTF-16 units, the measure of every Telegram offset and limit."""
    return len(text) + sum(1 for char in text if char > "\uffff") if not text.isascii() else len(text)


@dataclass(slots=True)
class _Open:
    name: str
    argument: str
    offset: int
    begin: int


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source.replace("\0", " ")
        self.pos = 0
        self.out: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> None:
        source, end = self.source, len(self.source)
        while self.pos < end:
            special = _SPECIAL.search(source, self.pos)
            stop = special.start() if special else end
            if stop > self.pos:
                self._push(source[self.pos : stop])
                self.pos = stop
            if special is None:
                break
            if source[stop] == "&":
                self._push(self._reference() or self._literal())
            elif source.startswith("</", stop):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise _broken(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _push(self, text: str) -> None:
        self.out.append(text)
        self.length += units(text)

    def _peek(self) -> str:
        return self.source[self.pos] if self.pos < len(self.source) else ""

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.pos)
        assert found is not None  # noqa: S101 - every pattern here matches the empty string
        self.pos = found.end()
        return found.group()

    def _literal(self) -> str:
        self.pos += 1
        return self.source[self.pos - 1]

    def _reference(self) -> str:
        """The character an `&…;` stands for, or "" (and no move) when it stands for itself."""
        found = _REFERENCE.match(self.source, self.pos)
        if found is None:
            return ""
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            char = _NAMED.get(name, "")
        else:
            digits, base = (hexadecimal, 16) if hexadecimal is not None else (decimal, 10)
            code = int(digits, base) if 0 < len(digits) < 10 else 0
            char = chr(code) if 0 < code < 0x10FFFF and found.end() - found.start() < 10 else ""
        if char:
            self.pos = found.end() + (self.source[found.end() : found.end() + 1] == ";")
        return char

    def _start_tag(self) -> None:
        begin = self.pos
        self.pos += 1
        name = self._take(_TAG_NAME).lower()
        if not self._peek():
            raise self._at("Unclosed start tag", begin)
        if name not in _TAGS:
            raise self._at(f'Unsupported start tag "{name}"', begin)
        argument = ""
        while self._peek() != ">":
            self._take(_SPACES)
            if self._peek() == ">":
                break
            attribute, value = self._attribute(name, begin)
            if name == "blockquote" and attribute == "expandable":
                argument = "1"
            elif value is not None and (name, attribute) in {("a", "href"), ("tg-emoji", "emoji-id")}:
                argument = value
            elif value is not None and attribute == "class":
                prefix = {"code": "language-", "span": "tg-"}.get(name)
                if prefix and value.startswith(prefix):
                    argument = value.removeprefix(prefix)
        self.pos += 1
        if name == "span" and argument != "spoiler":
            raise self._at('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(name, argument, self.length, len(self.out)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str | None]:
        attribute = self._take(_ATTRIBUTE_NAME)
        if not attribute:
            raise self._at(f'Empty attribute name in the tag "{tag}"', begin)
        self._take(_SPACES)
        if self._peek() != "=":
            if not self._peek():
                raise self._at(f'Unclosed start tag "{tag}"', begin)
            return attribute, None
        self.pos += 1
        self._take(_SPACES)
        quote = self._peek()
        if not quote:
            raise self._at(f'Unclosed start tag "{tag}"', begin)
        if quote in "\"'":
            value = self._quoted(quote)
        else:
            token = self.pos
            value = self._take(_NAME_TOKEN).lower()
            if self._peek() and self._peek() not in _SPACE + ">":
                raise self._at("Unexpected end of name token", token)
        if not self._peek():
            raise self._at("Unclosed start tag", begin)
        return attribute, value

    def _quoted(self, quote: str) -> str:
        self.pos += 1
        parts: list[str] = []
        while self._peek() and self._peek() != quote:
            parts.append((self._peek() == "&" and self._reference()) or self._literal())
        self.pos += 1
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self.pos
        if not self.open:
            raise self._at("Unexpected end tag", begin)
        self.pos += 2
        name = self._take(_TAG_NAME).lower()
        self._take(_SPACES)
        if self._peek() != ">":
            raise self._at("Unclosed end tag", begin)
        self.pos += 1
        opened = self.open.pop()
        if name and name != opened.name:
            where = self._byte(begin)
            raise _broken(f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"')
        if self.length > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Entity = {"offset": opened.offset, "length": self.length - opened.offset}
        last = self.entities[-1] if self.entities else {}
        twin = last.get("offset") == entity["offset"] and last.get("length") == entity["length"]
        if opened.name in _STYLES:
            entity["type"] = _STYLES[opened.name]
        elif opened.name == "a":
            url = opened.argument or "".join(self.out[opened.begin :])
            user = _USER_LINK.match(url)
            if user:
                person = {"id": int(user[1]), "is_bot": False, "first_name": "Someone"}
                entity |= {"type": "text_mention", "user": person}
            elif _LINK.match(url):
                entity |= {"type": "text_link", "url": url if ":" in url else f"http://{url}/"}
            else:
                return
        elif opened.name == "tg-emoji":
            if not _NUMBER.fullmatch(opened.argument):
                raise _broken("Invalid custom emoji identifier specified")
            entity |= {"type": "custom_emoji", "custom_emoji_id": opened.argument}
        elif opened.name == "blockquote":
            entity["type"] = "expandable_blockquote" if opened.argument else "blockquote"
        elif opened.name == "pre" and twin and last["type"] == "code" and last.get("language"):
            last["type"] = "pre"
            return
        elif opened.name == "code" and twin and last["type"] == "pre" and opened.argument:
            last["language"] = opened.argument
            return
        else:
            entity["type"] = opened.name
            if opened.name == "code" and opened.argument:
                entity["language"] = opened.argument
        self.entities.append(entity)

    def _byte(self, pos: int) -> int:
        return len(self.source[:pos].encode(errors="replace"))

    def _at(self, reason: str, pos: int) -> ApiError:
        return _broken(f"{reason} at byte offset {self._byte(pos)}")


def _broken(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The text a person sees and the entities that style it, outermost first.

    Raises ApiError (400, "can't parse entities: …") as Telegram does: unknown tags, unclosed tags, broken attributes.
    """
    if "<" not in source and "&" not in source:
        return source, []
    reader = _Reader(source)
    reader.read()
    for entity in reader.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    text = "".join(reader.out)
    try:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return text, sorted(reader.entities, key=lambda entity: (entity["offset"], -entity["length"]))
