"""Bare answers: a number, a dose, a time or a date, as people type them when they are asked for one.

Invariant: a text is bare only when every word of it is a number or one of the words below; none of these alone, and no
number, is a danger sign. The rules of the screen read a bare answer like any text; only the learned reader, which never
learned on texts without a sentence, is not asked.
"""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
_LONGEST: Final = 40
_WORDS: Final = frozenset(
    word
    for line in (
        "a after ago am and at b day days every few first fortnight half hour hours in injection injections",
        "it jab jabs last mg mcg microgram micrograms midday midnight minutes month monthly months morning",
        "evening afternoon night next no noon oclock of ok on once one other past pm quarter second shot",
        "shots th nd rd st the then third this time times to today tomorrow tonight twice two three four five",
        "six seven eight nine ten twelve ug until week weekly weekday weeks yearly year years yes yesterday",
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
        "january february march april may june july august september october november december jan feb mar",
        "apr jun jul aug sep sept oct nov dec",
    )
    for word in line.split()
)


def is_bare(text: str) -> bool:
    """True for an answer such as `9 am`, `every 2 days`, `1 mg` or `3 May`."""
    if len(text) > _LONGEST:
        return False
    words = _WORD.findall(text.casefold().replace("o'clock", "oclock"))
    return (bool(words) or any(letter.isdigit() for letter in text)) and all(word in _WORDS for word in words)
