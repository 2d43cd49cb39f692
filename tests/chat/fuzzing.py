"""Updates nobody would think of: built from the Bot API's own types as python-telegram-bot has them, then damaged.

Every update that comes out is JSON with an update_id and a chat or a person; everything else in it may be anything.
"""

from __future__ import annotations

import inspect
import random
import re
import typing
from collections.abc import Callable
from typing import Any, Final

import telegram
from telegram import Update

KINDS: Final = tuple(
    name for name in inspect.signature(Update).parameters if name not in ("self", "update_id", "api_kwargs")
)
#: words with and without meaning, long, empty, foreign, hostile
TEXTS: Final = (
    "", " ", "/start", "/forget", "/export now", "/nonsense@b_bot", "hello", "how long until it works", "1", "yes",
    "next monday", "every 2 weeks", "1 mg", "да", "كم مرة", "👩\u200d👩\u200d👧" * 30, "x" * 4096, "\u202eabc\u0000",
    "{number} {clinic}", "<b>&lt;</b>", "'; DROP TABLE people; --", "%s %d %n", "../../etc/passwd", "a\ud83d",
    "\ufeff", "0" * 500, "=cmd()", "```",
)  # fmt: skip
DATA: Final = (
    "", "e:typical_dose", "plan:1:had", "forget:yes:1", "alert_have:1", "x" * 64, ":::", "thumb:none:1", "\u0000",
    "topic",
)  # fmt: skip
_DEPTH: Final = 4
_INTS: Final = (0, 1, -1, 7, 2**31, -(2**40), 2**62, 1777881600)


class Fuzz:
    """An endless row of updates; the same seed gives the same row."""

    def __init__(self, seed: int, chats: int = 500) -> None:
        self._random = random.Random(seed)
        self._chats = chats
        self._number = 0

    def update(self) -> dict[str, Any]:
        """One more update, damaged three times in four."""
        self._number += 1
        kind = self._random.choice((*KINDS, "message", "message", "message", "edited_message", "callback_query"))
        body = self._object(_type_of(Update, kind), _DEPTH)
        self._place(body)
        made: dict[str, Any] = {"update_id": self._number, kind: body}
        if self._random.random() < 0.75:
            for _ in range(self._random.choice((1, 1, 2, 5))):
                self._damage(made[kind])
        return made

    def _place(self, body: Any) -> None:
        """Mostly people who write alone, so that the damage gets past the first door."""
        if not isinstance(body, dict):
            return
        chat = 10_000 + self._random.randrange(self._chats)
        person = {
            "id": chat,
            "is_bot": False,
            "first_name": "S",
            "language_code": self._random.choice(("en", "de", "xx", "")),
        }
        kind = self._random.choice(("private", "private", "private", "private", "group", "supergroup", "channel"))
        place = {"id": chat if kind == "private" else -chat, "type": kind, "title": "T"}
        for holder in (body, body.get("message")):
            if isinstance(holder, dict):
                if "chat" in holder or holder is body:
                    holder["chat"] = dict(place)
                holder["from"] = dict(person)
        if "text" in body or self._random.random() < 0.5:
            body["text"] = self._random.choice(TEXTS)
        if "data" in body or "chat_instance" in body:
            body["data"] = self._random.choice(DATA)

    def _object(self, kind: Any, depth: int) -> Any:
        """JSON for a type: one of its alternatives, its required fields, and some of the others."""
        if kind is int or kind is float:
            return self._random.choice(_INTS)
        if kind is bool:
            return self._random.random() < 0.5
        if kind is str:
            return self._random.choice(TEXTS)
        if isinstance(kind, type) and issubclass(kind, telegram.TelegramObject):
            return self._fields(kind, depth)
        inner = [one for one in typing.get_args(kind) if one is not type(None) and one is not ...]
        origin = typing.get_origin(kind)
        if origin in (list, tuple) or "Sequence" in str(origin):
            return [self._object(inner[0], depth - 1) for _ in range(self._random.randrange(3))] if inner else []
        if inner:
            return self._object(self._random.choice(inner), depth)
        return self._random.choice(_INTS) if "datetime" in str(kind) else self._random.choice(TEXTS)

    def _fields(self, kind: type[telegram.TelegramObject], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, parameter in inspect.signature(kind).parameters.items():
            if name in ("self", "api_kwargs", "args", "kwargs"):
                continue
            required = parameter.default is inspect.Parameter.empty
            if (required and depth > -2) or (depth > 0 and self._random.random() < 0.12):
                made[{"from_user": "from"}.get(name, name)] = self._object(_type_of(kind, name), depth - 1)
        return made

    def _damage(self, value: Any) -> None:
        """Change something somewhere inside."""
        while isinstance(value, dict | list) and value:
            key = self._random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            if isinstance(value[key], dict | list) and value[key] and self._random.random() < 0.7:
                value = value[key]
                continue
            break
        else:
            return
        ways: tuple[Callable[[], None], ...] = (
            lambda: value.pop(key),
            lambda: value.__setitem__(key, self._random.choice((None, [], {}, "", 0, -1, True, "x" * 9000, 1e308))),
            lambda: value.__setitem__(key, self._random.choice(TEXTS)),
            lambda: value.__setitem__(key, [value[key]] * 3),
            lambda: value.__setitem__(key, {"id": value[key]}),
            lambda: value.__setitem__("unheard_of", {"of": [1, 2]}) if isinstance(value, dict) else value.append({}),
        )
        self._random.choice(ways)()


_HINTS: dict[tuple[type, str], Any] = {}
_NAMES: Final = {name: getattr(telegram, name) for name in telegram.__all__ if inspect.isclass(getattr(telegram, name))}


def _type_of(kind: type, name: str) -> Any:
    """The type python-telegram-bot says a field has; text where it cannot be found out."""
    if (kind, name) not in _HINTS:
        written = inspect.signature(kind).parameters[name].annotation
        found: Any = str
        if isinstance(written, str):
            plain = re.sub(r"\b(?:dtm\.datetime|TimePeriod|dtm\.timedelta)\b", "int", written)
            try:
                found = eval(plain, {**_NAMES, "Sequence": typing.Sequence, "dict": dict, "Any": str})
            except (NameError, TypeError, SyntaxError, AttributeError):
                found = str
        elif written is not inspect.Parameter.empty:
            found = written
        _HINTS[kind, name] = found
    return _HINTS[kind, name]
