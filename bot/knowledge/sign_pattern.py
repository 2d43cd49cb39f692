"""The small language in which red_flags.yaml says how people put a danger sign into words.

    (cant|cannot|unable to) breathe     any one of several, each one word or more
    throat .. tight                     up to 3 other words between, in the same part of the sentence
    throat ... tight                    up to 6 other words between
    [so] tight                          the word may be missing
    swell*                              every word that begins so
    <breathe>                           any of the group `breathe` under `words:` in the same file

Invariant: what parses can be matched in time proportional to the text: gaps are bounded and there is no repetition.
Write patterns in lower case without apostrophes ("cant breathe"); accents do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

SHORT_GAP = 3
LONG_GAP = 6
_DEPTH = 8

_TOKEN = re.compile(r"\.{3}|\.{2}|[()|\[\]]|<[a-z0-9_]+>|[^\s()|\[\]<>.]+\*?|\S")
_WORD = re.compile(r"[^\W_]+(?:[./][^\W_]+)*\*?|[\u2600-\u27BF\U0001F300-\U0001FAFF]")


class PatternError(ValueError):
    """A way of saying a sign that cannot be read; the message tells an editor what to change."""


@dataclass(frozen=True)
class Word:
    """One word, or every word with this beginning."""

    text: str
    prefix: bool = False


@dataclass(frozen=True)
class Gap:
    """Up to `most` words that do not matter."""

    most: int


@dataclass(frozen=True)
class Choice:
    """Any one of these; `optional` when it may be missing."""

    ways: tuple[Pattern, ...]
    optional: bool = False


Part = Word | Gap | Choice
Pattern = tuple[Part, ...]


def fold(text: str) -> str:
    """Lower case, no accents, no apostrophes: the form in which patterns and messages meet."""
    if not text.isascii():
        text = text.translate(_ODD).casefold()
        text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return text.lower().replace("'", "")


_ODD = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d"})


def parse(text: str, words: Mapping[str, tuple[str, ...]]) -> Pattern:
    """The pattern a text describes, with groups looked up in `words`. Raises PatternError."""
    return _Parser(text, words, 0).all()


class _Parser:
    def __init__(self, text: str, words: Mapping[str, tuple[str, ...]], depth: int) -> None:
        if depth > _DEPTH:
            raise PatternError(f"{text!r}: groups stand inside groups too deeply; does one contain itself?")
        self._text = text
        self._words = words
        self._depth = depth
        self._pieces = _TOKEN.findall(fold(text))
        self._at = 0

    def all(self) -> Pattern:
        found = self._sequence()
        if self._at < len(self._pieces):
            raise PatternError(f"{self._text!r}: {self._pieces[self._at]!r} closes or splits nothing")
        _refuse_empty(found, self._text)
        return found

    def _sequence(self) -> Pattern:
        parts: list[Part] = []
        while self._at < len(self._pieces) and self._pieces[self._at] not in ("|", ")", "]"):
            piece = self._pieces[self._at]
            self._at += 1
            parts.append(self._part(piece))
        return tuple(parts)

    def _part(self, piece: str) -> Part:
        if piece in ("..", "..."):
            return Gap(SHORT_GAP if piece == ".." else LONG_GAP)
        if piece in ("(", "["):
            closing = ")" if piece == "(" else "]"
            ways = [self._sequence()]
            while self._at < len(self._pieces) and self._pieces[self._at] == "|":
                self._at += 1
                ways.append(self._sequence())
            if self._at >= len(self._pieces) or self._pieces[self._at] != closing:
                raise PatternError(f"{self._text!r}: {piece!r} is never closed")
            self._at += 1
            if not all(ways):
                raise PatternError(f"{self._text!r}: there is an empty choice between bars or brackets")
            return Choice(tuple(ways), optional=piece == "[")
        if piece.startswith("<") and piece.endswith(">"):
            name = piece[1:-1]
            if name not in self._words:
                raise PatternError(f"{self._text!r}: there is no group {name!r} under `words:`")
            return Choice(tuple(_Parser(way, self._words, self._depth + 1).all() for way in self._words[name]))
        if not _WORD.fullmatch(piece):
            raise PatternError(f"{self._text!r}: {piece!r} cannot stand in a pattern; leave punctuation out")
        return Word(piece.rstrip("*"), prefix=piece.endswith("*"))


def _refuse_empty(pattern: Pattern, text: str) -> None:
    if not pattern or isinstance(pattern[0], Gap) or isinstance(pattern[-1], Gap):
        raise PatternError(f"{text!r}: a pattern begins and ends with a word")
    if all(isinstance(part, Choice) and part.optional for part in pattern):
        raise PatternError(f"{text!r}: at least one word must not be optional")
