"""Likeness by shared words: TF-IDF, exact and sparse.

Invariant: pure arithmetic over the words it was given; a word nobody used counts for nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class WordIndex:
    """Texts as unit vectors of word weights: (1 + ln count) times inverse document frequency."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """`texts` are lists of words."""
        self.size = len(texts)
        frequency = Counter(word for words in texts for word in set(words))
        self._number = {word: number for number, word in enumerate(sorted(frequency))}
        self._rarity = {word: math.log((1 + self.size) / (1 + count)) + 1 for word, count in frequency.items()}
        rows: list[list[int]] = [[] for _ in self._number]
        weights: list[list[float]] = [[] for _ in self._number]
        for row, words in enumerate(texts):
            for number, weight in self.weigh(words):
                rows[number].append(row)
                weights[number].append(weight)
        self._rows = [np.array(found, np.intp) for found in rows]
        self._weights = [np.array(found, np.float32) for found in weights]

    def weigh(self, words: Sequence[str]) -> list[tuple[int, float]]:
        """The unit vector of some words: (word's number, weight), unknown words left out."""
        counts = Counter(word for word in words if word in self._number)
        raw = [(self._number[word], (1 + math.log(count)) * self._rarity[word]) for word, count in counts.items()]
        length = math.sqrt(sum(weight * weight for _, weight in raw)) or 1.0
        return [(number, weight / length) for number, weight in raw]

    def without(self, texts: Sequence[Sequence[str]]) -> frozenset[str]:
        """The words of some of the indexed texts that other texts use too."""
        inside = Counter(word for words in texts for word in set(words))
        return frozenset(word for word, count in inside.items() if len(self._rows[self._number[word]]) > count)

    def unheard(self, words: Sequence[str], known: frozenset[str] | None = None) -> float:
        """Share of the words' weight in words no text uses (or, of `known` words only, that are not among them)."""
        rarest = math.log(1 + self.size) + 1
        heard = self._number if known is None else known
        weights = {word: self._rarity.get(word, rarest) for word in words}
        total = sum(weights.values())
        return sum(weight for word, weight in weights.items() if word not in heard) / total if total else 0.0

    def likeness(self) -> Floats:
        """Of every text to every text, [texts, texts]."""
        table = np.zeros((self.size, self.size), np.float32)
        for rows, weights in zip(self._rows, self._weights, strict=True):
            table[np.ix_(rows, rows)] += np.outer(weights, weights)
        return table

    def like(self, words: Sequence[str]) -> Floats:
        """Likeness of some words to every text."""
        found = np.zeros(self.size, np.float32)
        for number, weight in self.weigh(words):
            found[self._rows[number]] += weight * self._weights[number]
        return found

    def through(self, values: Floats) -> Floats:
        """Each word's share when every text carries a row of values: [words, values]."""
        shares = np.zeros((len(self._rows), values.shape[1]), np.float32)
        for number, (rows, weights) in enumerate(zip(self._rows, self._weights, strict=True)):
            shares[number] = weights @ values[rows]
        return shares
