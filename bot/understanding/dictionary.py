"""English words, held small: in one sorted array instead of eighty thousand objects.

Invariant: a word is in the dictionary exactly when it stands in words/english.txt (see words/LICENSE.txt).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import numpy as np

_WORDS = Path(__file__).parent / "words" / "english.txt"


class Dictionary(Collection[str]):
    """Lower-case words of plain letters."""

    def __init__(self, words: list[str]) -> None:
        self._words = np.array(sorted(words), dtype=np.bytes_)
        self._longest = self._words.dtype.itemsize

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or not word.isascii() or not 0 < len(word) <= self._longest or "\0" in word:
            return False
        wanted = word.encode("ascii")
        at = int(np.searchsorted(self._words, np.bytes_(wanted)))
        return at < len(self._words) and bool(self._words[at] == wanted)

    def __iter__(self) -> Iterator[str]:
        return (bytes(word).decode("ascii") for word in self._words)

    def __len__(self) -> int:
        return len(self._words)


@cache
def english() -> Dictionary:
    """The English words the bot knows."""
    return Dictionary(_WORDS.read_text(encoding="ascii").split())
