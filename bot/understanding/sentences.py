"""A long message in parts.

Invariant: parts are pieces of the text as it was typed, in order; nothing is reworded.
"""

from __future__ import annotations

import re

_SHORTENED = "".join(
    rf"(?<!\b{word}\.)" for word in ("e\\.g", "i\\.e", "dr", "Dr", "mr", "Mr", "mrs", "Mrs", "vs", "approx")
)
_END = re.compile(_SHORTENED + r"(?<=[.!?\u2026])[\"')\]]*\s+|(?<=[?!])(?=[A-Za-z])|\n+|;\s+")
_SHORT = 2
_MOST = 5


_ASKING = re.compile(
    r"(?i)^(?:(?:and|also|but|so|then|plus|ok|or|if so)[, ]+)*(?:what|when|where|which|who|why|how|is|are|am|was|"
    r"do|does|did|can|could|should|would|will|shall|may|might|must|has|have|any|whats|hows|wheres|whens)\b"
)


def is_question(part: str) -> bool:
    """Whether a sentence asks something: by its mark, or by how it begins."""
    return part.rstrip("\"') ").endswith("?") or bool(_ASKING.match(part))


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
