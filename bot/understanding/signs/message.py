"""A message as the sign rules read it: folded words with the breaks between them.

Invariant: reading never fails and takes time proportional to the text; every word knows its clause (ended by . ! ? ;
or a new line), its part (ended by a comma or a dash too) and whether it stands in quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.knowledge.sign_pattern import fold

LONGEST = 60_000
"""Characters read from the front and, of anything longer, as many again from the end."""

_PIECE = re.compile(
    r"\d+(?:[.,/:]\d+)*(?=[^\W\d_]{0,4}(?:\W|$))"  # 38.5  74/41  10:30, also in 38.5c
    r"|[^\W_]+(?:['’‘`´ʼ][^\W_]+)*"
    r"|[.!?;\n]+|[,:()\[\]–—]|(?<=\s)-+(?=\s)|[\"“”„«»]"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27BF]"
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0f]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_ELIDED = re.compile(r"(?<!\w)([cdjlmnst]|qu|jusqu|lorsqu)['’‘`´ʼ](?=[aeiouyhàâéèêëîïôöùûœæ])", re.IGNORECASE)
_HARD = frozenset(".!?;\n")
_QUOTES = frozenset('"“”„«»')


@dataclass(frozen=True)
class Message:
    """Parallel lists, one item a word."""

    words: tuple[str, ...]
    clause: tuple[int, ...]
    part: tuple[int, ...]
    quoted: tuple[bool, ...]
    asks: frozenset[int]
    """Clauses that end in a question mark."""


def elided(text: str) -> str:
    """The text with French short words set apart: "l'air" becomes "l air"."""
    return _ELIDED.sub(r"\1 ", text)


def read(text: str, rewrites: Mapping[str, tuple[str, ...]], mend: Callable[[str], str] | None = None) -> Message:
    """Split a text into folded words. `rewrites` spells out short forms; `mend` repairs a word's spelling."""
    if len(text) > 2 * LONGEST:
        text = f"{text[:LONGEST]}\n{text[-LONGEST:]}"
    text = elided(_INVISIBLE.sub("", text)).replace("…", "... ")
    words: list[str] = []
    clauses: list[int] = []
    parts: list[int] = []
    quoted: list[bool] = []
    asks: set[int] = set()
    clause = part = 0
    inside = False
    marks = sum(text.count(mark) for mark in _QUOTES)
    for piece in _PIECE.findall(text):
        first = piece[0]
        if first in _HARD:
            if "?" in piece:
                asks.add(clause)
            clause += 1
            part += 1
        elif first in _QUOTES:
            inside = not inside if marks > 1 else False
            part += 1
        elif first.isalnum():
            word = fold(piece)
            if not first.isdigit():
                word = _STRETCHED.sub(r"\1", word)
                if mend is not None:
                    word = mend(word)
            for one in rewrites.get(word, (word,)):
                words.append(one)
                clauses.append(clause)
                parts.append(part)
                quoted.append(inside)
        elif ord(first) > 0x2600:
            words.append(first)
            clauses.append(clause)
            parts.append(part)
            quoted.append(inside)
        else:
            part += 1
    return Message(tuple(words), tuple(clauses), tuple(parts), tuple(quoted), frozenset(asks))
