"""Numbers from a device or a laboratory that are danger signs in themselves.

Invariant: a number counts only close to the name of what was measured; it is never changed or converted.
"""

from __future__ import annotations

import re

from bot.knowledge.red_flags import Reading
from bot.understanding.signs.matching import Match
from bot.understanding.signs.message import Message

_BEFORE, _AFTER = 3, 6
"""How many words before and after the name its number may stand."""

_PAIR = re.compile(r"(\d{2,3})/(\d{2,3})")
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")
_COUNTED = re.compile(
    r"(?:min|minute|hour|hr|day|week|wk|month|year|yr|time|pound|lb|kg|mg|mcg|ml)s?|old|am|pm|st|nd|rd|th"
)
"""A number before one of these counts something else."""


def value_near(message: Message, name: Match, reading: Reading) -> int | None:
    """Where the number stands that makes `name` a sign, or None."""
    clause = message.clause[name.start]
    after = range(name.end, min(name.end + _AFTER, len(message.words)))
    before = range(name.start - 1, max(name.start - 1 - _BEFORE, -1), -1)
    for places in (after, before):
        for place in places:
            if message.clause[place] != clause and place != name.end:
                break
            value = _value(message, place, reading)
            if value is None:
                continue
            if reading.low <= value <= reading.high:
                return place
            break  # the first number beside the name is the one that was read
    return None


def _value(message: Message, place: int, reading: Reading) -> float | None:
    word = message.words[place]
    if reading.kind == "pair":
        pair = _PAIR.fullmatch(word)
        if pair:
            return float(pair[1])
        over = message.words[place + 1 : place + 3]
        if word.isdigit() and len(word) in (2, 3) and len(over) == 2 and over[0] in ("over", "uber", "sur", "sobre"):
            return float(word)
        return None
    if not _NUMBER.fullmatch(word):
        return None
    following = message.words[place + 1] if place + 1 < len(message.words) else ""
    return None if _COUNTED.fullmatch(following) else float(word.replace(",", "."))
