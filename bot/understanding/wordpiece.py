"""Words to the ids the sentence encoder was trained on (BERT's uncased WordPiece).

Invariant: the ids equal those of the `tokenizers` library for the same vocabulary (a property test holds this), except
that special tokens written out in a text, such as "[SEP]", are plain text here. Why not the library itself: it keeps
16 MB resident, 12 MB on disk, and pulls in a hub client with its own network stack, which nothing here may use.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

MAX_TOKENS = 128
"""Longest sequence, with its two marks: what the model was trained on."""

_MAX_WORD = 100
_REMEMBERED = 5_000
"""Words whose pieces are kept: the common ones come early, and numbers come for ever."""
_ASCII_PUNCTUATION = frozenset(string.punctuation)
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co"))
_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """A tokeniser over one vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._unknown = vocabulary["[UNK]"]
        self._start = vocabulary["[CLS]"]
        self._end = vocabulary["[SEP]"]
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def load(cls, path: Path) -> WordPiece:
        """Read a vocab.txt: one piece a line, its id the line's number. Raises OSError."""
        pieces = path.read_text(encoding="utf-8").split("\n")
        return cls({piece: number for number, piece in enumerate(pieces) if piece})

    def ids(self, text: str, limit: int = MAX_TOKENS) -> list[int]:
        """The ids of a text, marked at both ends, at most `limit` of them."""
        pieces: list[int] = []
        for word in words(text):
            pieces.extend(self._pieces(word))
            if len(pieces) >= limit:
                break
        return self.marked(pieces, limit)

    def marked(self, pieces: list[int], limit: int = MAX_TOKENS) -> list[int]:
        """Ids of words with the marks of beginning and end, at most `limit` in all."""
        return [self._start, *pieces[: limit - 2], self._end]

    def _pieces(self, word: str) -> tuple[int, ...]:
        found = self._known.get(word)
        if found is None:
            found = self._split(word)
            if len(self._known) < _REMEMBERED:
                self._known[word] = found
        return found

    def _split(self, word: str) -> tuple[int, ...]:
        """Longest pieces first, from the left; one unknown id when the word cannot be covered."""
        if len(word) > _MAX_WORD:
            return (self._unknown,)
        pieces, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._vocabulary.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    pieces.append(piece)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(pieces)


def words(text: str) -> Iterator[str]:
    """Lower-case words without accents; every punctuation mark and Chinese character is a word of its own."""
    if not text.isascii():
        text = "".join(_cleaned(text))
        text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
        text = "".join(c.lower() for c in text)
    else:
        text = "".join(c if c.isprintable() or c in "\t\n\r" else "" for c in text).lower()
    for run in text.split():
        if run.isalnum():
            yield run
            continue
        start = 0
        for at, c in enumerate(run):
            if c in _ASCII_PUNCTUATION or unicodedata.category(c)[0] == "P":
                if start < at:
                    yield run[start:at]
                yield c
                start = at + 1
        if start < len(run):
            yield run[start:]


def _cleaned(text: str) -> Iterator[str]:
    for c in text:
        if c in "\t\n\r":
            yield " "
        elif c == "\ufffd" or unicodedata.category(c) in _INVISIBLE:
            continue
        elif any(low <= ord(c) <= high for low, high in _CHINESE):
            yield f" {c} "
        else:
            yield c
