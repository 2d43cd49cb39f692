"""Where patterns stand in a message.

Invariant: a match lies within one clause, its gaps within one part of it, and finding all matches takes time
proportional to the length of the message (gaps are bounded; no backtracking over the text).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.knowledge.sign_pattern import Choice, Gap, Pattern, Word
from bot.understanding.signs.message import Message

_PREFIX = 3


@dataclass(frozen=True)
class Match:
    """Words `start` up to `end` (not included); `named` are those the pattern names, the others filled a gap."""

    start: int
    end: int
    named: frozenset[int]


@dataclass(frozen=True)
class Found:
    """A match of the pattern filed under `key`."""

    key: int
    match: Match


@dataclass(frozen=True)
class _Options:
    """A choice made quick: single words in a set, beginnings in a tuple, and what is left."""

    words: frozenset[str]
    beginnings: tuple[str, ...]
    longer: tuple[_Quick, ...]
    optional: bool


_QuickPart = Gap | _Options
_Quick = tuple[_QuickPart, ...]


class PatternIndex:
    """Many patterns, found in one pass over a message."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        self._by_word: dict[str, list[tuple[int, _Quick]]] = {}
        self._by_beginning: dict[str, list[tuple[str, int, _Quick]]] = {}
        for key, pattern in patterns:
            quick = _quickened(pattern)
            for word in _first_words(pattern):
                if not word.prefix:
                    self._by_word.setdefault(word.text, []).append((key, quick))
                else:
                    self._by_beginning.setdefault(word.text[:_PREFIX], []).append((word.text, key, quick))

    def find(self, message: Message) -> list[Found]:
        """Every pattern that matches somewhere, at each place where it begins."""
        found: dict[tuple[int, int, int], Found] = {}
        for start, word in enumerate(message.words):
            for key, pattern in self._beginning_with(word):
                for end, named in _ends(pattern, message, start, message.clause[start]).items():
                    place = (key, start, end)
                    if place not in found:
                        found[place] = Found(key, Match(start, end, named))
        return list(found.values())

    def _beginning_with(self, word: str) -> Iterator[tuple[int, _Quick]]:
        yield from self._by_word.get(word, ())
        for size in range(1, _PREFIX + 1):
            for beginning, key, pattern in self._by_beginning.get(word[:size], ()) if size <= len(word) else ():
                if word.startswith(beginning):
                    yield key, pattern


def _first_words(pattern: Pattern) -> set[Word]:
    """The words a pattern can begin with."""
    words: set[Word] = set()
    for part in pattern:
        if isinstance(part, Word):
            words.add(part)
            return words
        if isinstance(part, Choice):
            for way in part.ways:
                words |= _first_words(way)
            if not part.optional:
                return words
    return words


def _quickened(pattern: Pattern) -> _Quick:
    parts: list[_QuickPart] = []
    for part in pattern:
        if isinstance(part, Gap):
            parts.append(part)
            continue
        ways = part.ways if isinstance(part, Choice) else ((part,),)
        single = [way[0] for way in ways if len(way) == 1]
        words = [one for one in single if isinstance(one, Word)]
        parts.append(
            _Options(
                frozenset(word.text for word in words if not word.prefix),
                tuple(word.text for word in words if word.prefix),
                tuple(_quickened(way) for way in ways if len(way) > 1 or not isinstance(way[0], Word)),
                isinstance(part, Choice) and part.optional,
            )
        )
    return tuple(parts)


def _ends(pattern: _Quick, message: Message, position: int, clause: int) -> dict[int, frozenset[int]]:
    """Where a pattern can end when it begins at `position`, with the words it names."""
    states: dict[int, frozenset[int]] = {position: frozenset()}
    for part in pattern:
        following: dict[int, frozenset[int]] = {}
        for place, named in states.items():
            if isinstance(part, Gap):
                for end in _gap_ends(part, message, place):
                    if end not in following or len(named) > len(following[end]):
                        following[end] = named
                continue
            for end, more in _option_ends(part, message, place, clause):
                if end not in following or len(named) + len(more) > len(following[end]):
                    following[end] = named | more
        states = following
        if not states:
            break
    return states


def _gap_ends(gap: Gap, message: Message, place: int) -> Iterator[int]:
    yield place
    part = message.part
    for end in range(place + 1, min(place + gap.most, len(part)) + 1):
        if part[end - 1] != part[place - 1]:
            return
        yield end


def _option_ends(options: _Options, message: Message, place: int, clause: int) -> Iterator[tuple[int, frozenset[int]]]:
    if options.optional:
        yield place, frozenset()
    if place >= len(message.words) or message.clause[place] != clause:
        return
    word = message.words[place]
    if word in options.words or (options.beginnings and word.startswith(options.beginnings)):
        yield place + 1, frozenset((place,))
    for way in options.longer:
        yield from _ends(way, message, place, clause).items()
