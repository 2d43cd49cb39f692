"""How old a reader must be to follow a text.

Invariant: an estimate errs towards "harder": a word counts as many syllables as the larger of two counts finds.

Method: the Flesch-Kincaid grade (Kincaid and others, 1975), plus five for the age in years.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyphen

_WORD = re.compile(r"[A-Za-zÀ-ÿ']+")
_SENTENCE = re.compile(r"[.!?:;]+(?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouyà-ÿ]+")


@lru_cache(maxsize=4)
def _hyphens(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang={"en": "en_US"}.get(language, pyphen.language_fallback(language) or "en_US"))


def syllables(word: str, language: str = "en") -> int:
    """Syllables of one word, at least 1."""
    plain = word.lower().strip("'")
    silent = plain.endswith("e") and not plain.endswith(("le", "ee", "ie")) and len(plain) > 3
    groups = len(_VOWELS.findall(plain[:-1] if silent else plain))
    return max(1, groups, len(_hyphens(language).positions(plain)) + 1)


def grade(text: str, language: str = "en") -> float:
    """Flesch-Kincaid grade: US school years needed. 0 for a text without words."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    count = sum(syllables(word, language) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * count / len(words) - 15.59


def reading_age(text: str, language: str = "en") -> float:
    """Age in years at which most readers can follow the text."""
    return grade(text, language) + 5
