"""A second opinion on a message: a linear model over the pieces of its words.

It knows no meaning, only which letters and words stand in messages of each sort. It errs on other messages than the
reader does, and the two together err less.
Invariant: the same text gives the same opinion; time is proportional to the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.sign_pattern import fold

BUCKETS = 1 << 16
"""Pieces are told apart by this many bits of their crc32."""
LONGEST = 1200
"""Characters read at most: a window of the reader is shorter."""
_CHARACTERS = range(2, 6)
_WORDS = range(1, 4)
_WORD = re.compile(r"\w+|[?!]")


def pieces(text: str) -> Counter[int]:
    """How often each bucket's pieces occur: 2 to 5 letters within words, and runs of 1 to 3 words."""
    words = _WORD.findall(fold(text[:LONGEST]))
    found: Counter[int] = Counter()
    for word in words:
        coded = f" {word} ".encode()
        for size in _CHARACTERS:
            for at in range(max(1, len(coded) - size + 1)):
                found[crc32(coded[at : at + size]) % BUCKETS] += 1
    for size in _WORDS:
        for at in range(len(words) - size + 1):
            found[crc32("\x00".join(words[at : at + size]).encode()) % BUCKETS] += 1
    return found


class Grams:
    """The linear model: rarity and weight of every bucket, and a bias."""

    def __init__(self, rarity: NDArray[np.float32], weight: NDArray[np.float32], bias: float) -> None:
        self._rarity = rarity
        self._weight = weight
        self._bias = bias

    @classmethod
    def load(cls, path: Path) -> Grams:
        """From a .npy of [2, BUCKETS + 1] half floats. Raises OSError and ValueError."""
        table = np.load(path, allow_pickle=False).astype(np.float32)
        if table.shape != (2, BUCKETS + 1):
            raise ValueError(f"{path.name} has the shape {table.shape}")
        return cls(table[0, :BUCKETS], table[1, :BUCKETS], float(table[1, BUCKETS]))

    def odds(self, text: str) -> float:
        """The logarithm of the odds that the message is urgent or an emergency."""
        found = pieces(text)
        if not found:
            return self._bias
        at = np.fromiter(found.keys(), np.int64, len(found))
        often = np.fromiter(found.values(), np.float32, len(found))
        values = (1 + np.log(often)) * self._rarity[at]
        return float(values @ self._weight[at] / max(float(np.linalg.norm(values)), 1e-9)) + self._bias
