"""Where patterns stand in a message.

Invariant: a match lies within one clause, its gaps within one part of it, and finding all matches takes time
proportional to the length of the message (gaps are bounded; no backtracking over the text).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.knowledge.sign_pattern import Choice, Gap, Part, Pattern, Word
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


class PatternIndex:
    """Many patterns, found in one pass over a message."""

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        self._by_word: dict[str, list[tuple[int, Pattern]]] = {}
        self._by_beginning: dict[str, list[tuple[str, int, Pattern]]] = {}
        for key, pattern in patterns:
            for word in _first_words(pattern):
                if not word.prefix:
                    self._by_word.setdefault(word.text, []).append((key, pattern))
                else:
                    self._by_beginning.setdefault(word.text[:_PREFIX], []).append((word.text, key, pattern))

    def find(self, message: Message) -> list[Found]:
        """Every pattern that matches somewhere, at each place where it begins."""
        found: dict[tuple[int, int, int], Found] = {}
        for start, word in enumerate(message.words):
            for key, pattern in self._beginning_with(word):
                for end, named in _ends(pattern, message, start, message.clause[start]):
                    place = (key, start, end)
                    if place not in found:
                        found[place] = Found(key, Match(start, end, named))
        return list(found.values())

    def _beginning_with(self, word: str) -> Iterator[tuple[int, Pattern]]:
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


def _ends(pattern: Pattern, message: Message, position: int, clause: int) -> set[tuple[int, frozenset[int]]]:
    """Where a pattern can end when it begins at `position`, with the words it names."""
    states: dict[int, frozenset[int]] = {position: frozenset()}
    for part in pattern:
        following: dict[int, frozenset[int]] = {}
        for place, named in states.items():
            for end, more in _step(part, message, place, clause):
                if end not in following or len(named) + len(more) > len(following[end]):
                    following[end] = named | more
        states = following
        if not states:
            return set()
    return set(states.items())


def _step(part: Part, message: Message, place: int, clause: int) -> Iterator[tuple[int, frozenset[int]]]:
    if isinstance(part, Word):
        if place < len(message.words) and message.clause[place] == clause:
            word = message.words[place]
            if word == part.text or (part.prefix and word.startswith(part.text)):
                yield place + 1, frozenset((place,))
    elif isinstance(part, Gap):
        yield place, frozenset()
        for end in range(place + 1, min(place + part.most, len(message.words)) + 1):
            if message.part[end - 1] != message.part[place - 1]:
                return
            yield end, frozenset()
    else:
        if part.optional:
            yield place, frozenset()
        for way in part.ways:
            yield from _ends(way, message, place, clause)
