"""A long message in parts.

Invariant: parts are pieces of the text as it was typed, in order; nothing is reworded.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?\u2026])[\"')\]]*\s+|(?<=[?!])(?=[A-Za-z])|\n+|;\s+")
_SHORT = 2
_MOST = 5


def parts(text: str) -> tuple[str, ...]:
    """The sentences of a text that could hold a question, questions first in line when there are too many.

    Empty when the text is a single sentence.
    """
    found = [part.strip() for part in _END.split(text) if part and len(part.split()) > _SHORT]
    if len(found) < _SHORT:
        return ()
    if len(found) > _MOST:
        asked = [part for part in found if part.endswith("?")]
        chosen = set((asked + found[-_MOST:])[:_MOST])
        found = [part for part in found if part in chosen][:_MOST]
    return tuple(found)
