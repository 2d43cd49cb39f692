"""Near misses of the words that name a danger sign ("breth", "swolen", "troat"), mended for the sign rules.

Invariant: an English word is never changed, so no harmless word becomes a sign; the message as typed is read as well.
"""

from __future__ import annotations

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.red_flags import RedFlags
from bot.knowledge.sign_pattern import Choice, Pattern, Word, fold, parse
from bot.understanding.dictionary import english

_SHORTEST = 5
"""Letters a word must have to be mended to: shorter ones are near to too much."""
_TYPED = 4
"""Letters a typed word must have to be mended at all."""
_LONG = 9
"""From this many letters two slips are mended, below it one."""
_ENDING = 4
"""Letters an ending may have."""
_WORDS = re.compile(r"[^\W\d_]+")


class Mender:
    """Knows the words of one language's rules."""

    def __init__(self, rules: RedFlags) -> None:
        words: set[str] = set()
        beginnings: set[str] = set()
        for sign in rules.signs:
            for way in (*sign.says, *sign.hints):
                _collect(parse(way, rules.words), words, beginnings)
        self._beginnings = tuple(sorted(start for start in beginnings if len(start) > 2))
        self._known = words | set(map(fold, rules.rewrites))
        self._dictionary = english()
        spelt = {word for word in english() if self._begins(word)}
        self._targets = sorted(word for word in words | spelt if len(word) >= _SHORTEST)

    def _begins(self, word: str) -> bool:
        """True for the forms of a beginning that the rules name: vomit* gives vomits, vomited, vomiting."""
        return word.startswith(self._beginnings) and any(
            word.startswith(start) and len(word) <= len(start) + _ENDING for start in self._beginnings
        )

    def _knows(self, word: str) -> bool:
        return word in self._known or word in self._dictionary

    def word(self, word: str) -> str:
        """A folded word, or the word of the rules it is a near miss of."""
        if len(word) < _TYPED or not word.isalpha() or self._knows(word) or word.startswith(self._beginnings):
            return word
        slips = 2 if len(word) >= _LONG else 1
        near = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=slips, limit=4)
        return min((distance, found) for found, distance, _ in near)[1] if near else word

    def changes(self, text: str) -> bool:
        """True when any word of the text would be mended."""
        return any(self.word(fold(word)) != fold(word) for word in set(_WORDS.findall(text)))


def _collect(pattern: Pattern, words: set[str], beginnings: set[str]) -> None:
    for part in pattern:
        if isinstance(part, Word):
            (beginnings if part.prefix else words).add(part.text)
        elif isinstance(part, Choice):
            for way in part.ways:
                _collect(way, words, beginnings)
