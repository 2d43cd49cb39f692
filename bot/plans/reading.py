"""What can come of reading something a person typed, and the first tidying of the text.

Invariant: nothing is guessed behind the person's back. What could be two things comes back as Choose, what was filled
in is marked `assumed`, what cannot be used is Refused with a reason the chat has words for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")

Question = Literal[
    "unit",  # a number without its unit
    "separator",  # 1.000: one or a thousand?
    "strength",  # 1 mg/ml is a strength; is it the dose as well?
    "which",  # several were named
    "day_or_month",  # 12/3
    "which_week",  # "next Friday" on a Tuesday, "Monday" on a Monday
    "weekday_differs",  # "Sunday 3 May" when 3 May is a Monday
    "morning_or_evening",  # "6"
    "which_days",  # "three times a week"
    "did_you_mean",  # spelt otherwise, or only nearly what was meant
    "which_place",  # London in England, London in Canada
    "which_zone",  # a place whose people keep two times, or a country with several
]

Reason = Literal[
    "empty",
    "too_long",
    "not_understood",
    "no_number",
    "zero",
    "too_big",
    "iu",  # IU cannot be turned into mg
    "volume",  # ml says how much liquid, not how much B12
    "grams",
    "sum",  # "2 x 500": the total must come from the label or the clinic
    "not_injection",  # tablets, sprays
    "no_such_date",
    "date_past",
    "date_future",
    "date_too_far",
    "day_missing",  # "next week"
    "no_such_time",
    "too_often",  # more than once a day
    "too_long_interval",
    "not_offered",  # "first Monday of the month"
    "days_missing",  # "five times a week"
    "offset",  # "UTC+2" does not say when the clocks change
    "place_unknown",
]

LONGEST = 200
"""Characters; nothing anyone types at a step of the set-up is longer."""


@dataclass(frozen=True)
class Read(Generic[T]):
    """It says this. `assumed`: a part was filled in, so show it and make it easy to change."""

    value: T
    assumed: bool = False


@dataclass(frozen=True)
class Choose(Generic[T]):
    """It may say any of these, likeliest first; ask `question`. A single option wants a yes."""

    options: tuple[T, ...]
    question: Question


@dataclass(frozen=True)
class Refused:
    """It cannot be used, and why."""

    reason: Reason


Reading: TypeAlias = Read[T] | Choose[T] | Refused


def one_of(options: Iterable[T], question: Question) -> Read[T] | Choose[T] | Refused:
    """Read for one distinct option, Choose for several, Refused for none."""
    distinct = tuple(dict.fromkeys(options))
    if not distinct:
        return Refused("not_understood")
    return Read(distinct[0]) if len(distinct) == 1 else Choose(distinct, question)


_FRACTION = re.compile(r"(\d*)\s*([½¼¾])")
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "eighteen": 18,
    "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000}
_NUMBER_WORD = re.compile(
    rf"\b(?:(?P<small>{'|'.join(sorted(_WORDS, key=len, reverse=True))}|an?|\d+)[ -])?(?P<scale>hundred|thousand)\b"
    rf"|\b(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b"
)


def tidy(text: str) -> str | Refused:
    """Lower case, one space between words, compatibility forms folded, invisible characters gone, ½ as 0.5.

    Refused when nothing is left or when it is longer than LONGEST.
    """
    if len(text) > LONGEST:
        return Refused("too_long")
    text = _FRACTION.sub(lambda hit: str(int(hit[1] or 0) + unicodedata.numeric(hit[2])), text)
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("–", "-").replace("—", "-").replace("−", "-")
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"} or char.isspace())
    text = "".join(str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char for char in text)
    return " ".join(text.casefold().split()) or Refused("empty")


def digits_for_words(text: str) -> str:
    """Number words as digits: "every eight weeks" → "every 8 weeks", "five hundred" → "500"."""

    def digits(hit: re.Match[str]) -> str:
        if hit["word"]:
            return str(_WORDS[hit["word"]])
        small = hit["small"] or "1"
        times = int(small) if small.isdigit() else _WORDS.get(small, 1)
        return str(times * _SCALES[hit["scale"]])

    return _NUMBER_WORD.sub(digits, text)


def mended(text: str, vocabulary: Iterable[str], least: int = 5) -> str:
    """The text with words of `least` letters or more that nearly are one of the vocabulary spelt as there."""
    known = tuple(vocabulary)

    def mend(hit: re.Match[str]) -> str:
        word = hit[0]
        if word in known:
            return word
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        close = process.extractOne(word, known, scorer=OSA.normalized_similarity, score_cutoff=0.75)
        return close[0] if close is not None else word

    return re.sub(rf"[^\W\d_]{{{least},}}", mend, text)
