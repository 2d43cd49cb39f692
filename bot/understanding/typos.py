"""Mending slips of the finger, for matching only.

Invariant: a word that is English, or that the content itself uses, is never changed, and neither is anything holding a
digit other than b12's own slips. The red-flag screen reads the raw text as well, so a wrong guess here hides nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.understanding.dictionary import english
from bot.understanding.normalise import normalise
from bot.understanding.spellings import SHORTHAND

_SHORTEST = 3
_LONG = 8
"""From this many letters two slips are mended, below it one."""
_FREQUENT = 40
"""Three letters are near to everything: they are mended only to words the content uses this often ("teh", "hte")."""
_B12_SLIP = re.compile(r"[vnghb]{1,2}12")
_ESTABLISHED = 3
"""A word no dictionary has is a target when the content uses it this often; less often it may be a typo of its own."""
_OUTNUMBERED = 4
"""It is a typo all the same when a word near it is used this many times as often."""


class TypoRepair:
    """Knows the words of some content and leads near misses to them."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are normalised texts of the content: the words worth mending to, the commoner the likelier."""
        self._dictionary = english()
        counts = Counter(word for text in texts for word in text.split() if word.isalpha())
        words = {word: count for word, count in sorted(counts.items()) if len(word) >= _SHORTEST}
        self._known = {word: count for word, count in words.items() if word in self._dictionary}
        for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0])):
            if count >= _ESTABLISHED and word not in self._dictionary and not self._is_common_slip(word, count):
                self._known[word] = count
        for short in SHORTHAND:
            if len(short) > _SHORTEST and short.isalpha():
                self._known.setdefault(short, 1)
        self._targets = list(self._known)

    @classmethod
    def of(cls, known: Mapping[str, int]) -> TypoRepair:
        """One that knows just these words, with how often they are used: what `known` of another gave."""
        made = cls(())
        made._known = dict(known)
        made._targets = list(known)
        return made

    @property
    def known(self) -> tuple[list[str], list[int]]:
        """The words that are mended to, and how often the content uses each."""
        return list(self._known), list(self._known.values())

    def reads(self, text: str) -> bool:
        """Whether a normalised text has any word at all that is English or known."""
        return any(word in self._known or word in self._dictionary or word == "b12" for word in text.split())

    def repair(self, text: str) -> str:
        """A normalised text with its typos mended, normalised again."""
        words = text.split()
        mended = [self.word(word) for word in words]
        return text if mended == words else normalise(" ".join(mended))

    def changes(self, text: str) -> list[tuple[str, str]]:
        """What `repair` changes in a normalised text: (typed, mended)."""
        pairs = ((word, self.word(word)) for word in text.split())
        return [(word, mended) for word, mended in pairs if word != mended]

    def word(self, word: str) -> str:
        """The word, or the nearest word of the content when it is neither English nor known."""
        if _B12_SLIP.fullmatch(word):
            return "b12"
        if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            return word
        if word in self._known or word in self._dictionary:
            return word
        slips = 2 if len(word) >= _LONG else 1
        least = _FREQUENT if len(word) == _SHORTEST else 1
        near = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=slips, limit=12)
        likely = [(distance, -self._known[found], found) for found, distance, _ in near if self._known[found] >= least]
        return min(likely)[2] if likely else self._parted(word)

    def _is_common_slip(self, word: str, count: int) -> bool:
        slips = 2 if len(word) >= _LONG else 1
        near = process.extract(word, list(self._known), scorer=OSA.distance, score_cutoff=slips, limit=12)
        return len(word) > _SHORTEST and any(self._known[found] >= _OUTNUMBERED * count for found, _, _ in near)

    def _parted(self, word: str) -> str:
        """Two known words run together, or the word as it was."""
        for at in range(2, len(word) - 1):
            left, right = word[:at], word[at:]
            if self._is_common(left) and self._is_common(right):
                return f"{left} {right}"
        return word

    def _is_common(self, word: str) -> bool:
        return self._known.get(word, 0) >= _ESTABLISHED or word in ("my", "is", "to", "of", "in", "on", "it", "an")
