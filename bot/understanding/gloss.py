"""Spanish, German and French word by word into English, so that the learned part of the screen can read them.

Invariant: glosses are looked up, never guessed: a word that is not listed stays as it is. Nothing here is ever shown.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.knowledge.sign_pattern import fold
from bot.understanding.signs.message import elided

_FOLDER = Path(__file__).parent / "words"
_PIECE = re.compile(r"[^\W_]+|[^\w\s]|\s+", re.UNICODE)
_LONGEST_PHRASE = 4
_SHORTEST_PART = 4
_ENDING = 6
"""The most letters an ending may add to a listed beginning."""


class Glossary:
    """One language's words, beginnings and phrases with their English."""

    LANGUAGES = ("de", "es", "fr")

    def __init__(self, lines: list[str], *, compounds: bool = False) -> None:
        """`lines` as in words/gloss_de.txt; `compounds` for a language that writes them in one word."""
        self._compounds = compounds
        self._words: dict[str, str] = {}
        self._beginnings: dict[str, str] = {}
        self._phrases: dict[tuple[str, ...], str] = {}
        for line in lines:
            term, _, english = line.strip().partition(" ")
            if not term or term.startswith("#"):
                continue
            if "_" in term:
                self._phrases[tuple(fold(term).split("_"))] = english
            elif term.endswith("*"):
                self._beginnings[fold(term[:-1])] = english
            else:
                self._words[fold(term)] = english

    @classmethod
    def load(cls, language: str) -> Glossary:
        """The shipped glossary of a language (es, de or fr). Raises OSError."""
        lines = (_FOLDER / f"gloss_{language}.txt").read_text(encoding="utf-8").splitlines()
        return cls(lines, compounds=language == "de")

    def english(self, text: str) -> str:
        """The text with every listed word or phrase in English; punctuation and numbers stay."""
        pieces = _PIECE.findall(elided(text))
        words = [fold(piece) if piece[0].isalnum() else "" for piece in pieces]
        out: list[str] = []
        at = 0
        while at < len(pieces):
            phrase = self._phrase(words, at)
            if phrase is not None:
                out.append(phrase[0])
                at = phrase[1]
                continue
            out.append(self._word(words[at]) or pieces[at] if words[at] else pieces[at])
            at += 1
        return "".join(out)

    def _phrase(self, words: list[str], at: int) -> tuple[str, int] | None:
        """The English of the longest phrase beginning here, and where it ends."""
        if not words[at]:
            return None
        run: list[tuple[str, int]] = []
        place = at
        while place < len(words) and len(run) < _LONGEST_PHRASE:
            if words[place]:
                run.append((words[place], place + 1))
            place += 1
        for size in range(len(run), 1, -1):
            english = self._phrases.get(tuple(word for word, _ in run[:size]))
            if english is not None:
                return english, run[size - 1][1]
        return None

    def _word(self, word: str) -> str | None:
        english = self._words.get(word)
        if english is not None:
            return english
        return self._stem(word) or (self._compound(word) if self._compounds else None)

    def _stem(self, word: str) -> str | None:
        for size in range(len(word), max(1, len(word) - _ENDING - 1), -1):
            english = self._beginnings.get(word[:size])
            if english is not None:
                return english
        return None

    def _compound(self, word: str) -> str | None:
        """The parts of a German compound such as Lippen|schwellung, when both are listed."""
        for at in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            first = self._words.get(word[:at]) or (self._words.get(word[: at - 1]) if word[at - 1] in "sn" else None)
            if first is None or len(word) < 2 * _SHORTEST_PART:
                continue
            second = self._words.get(word[at:]) or self._stem(word[at:])
            if second is not None:
                return f"{first} {second}"
        return None
