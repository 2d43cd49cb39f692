"""One spelling for what people type in many: the form texts are compared in.

Invariant: only for matching, never shown to a patient. The digits of a text come out as they went in, in order, none
added or lost (save those of b12 itself, which may be written in words), and normalising twice changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.understanding.spellings import (
    AFTER_B12,
    ENDINGS,
    IRREGULAR,
    PERFECT,
    PRONOUNS,
    ROUTE_AFTER,
    ROUTE_BEFORE,
    SHORTHAND,
    SUBJECTS,
    UNITS,
)

_RAISED_TWELVE = re.compile(r"(?<=[bB])[\u00b9\u2081][\u00b2\u2082]")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\u02b9\u00b4\u0060\u2032\uff07"), "'")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")

_MAY_BE_TWELVE = (
    r"(?<!\bto )(?<!\bwill )(?<!\bwould )(?<!\bshould )(?<!\bmust )(?<!\bcould )(?<!\bhe )(?<!\bshe )(?<!\bit )"
)
_PHRASES = (
    (re.compile(r"\b(?:(?:vitamin|vit)[ .-]{0,2})?b[ ._-]{0,2}(?:12|twelve\b)(?!\d)(?:'s\b)?"), " b12 "),
    (re.compile(rf"\bbee[ -]?twelve\b|{_MAY_BE_TWELVE}\bbe[ -]?twelve\b"), " b12 "),
    (re.compile(r"\bmicro[ -]gram(?:me)?s?\b"), " mcg "),
    (re.compile(r"\bmilli[ -]gram(?:me)?s?\b"), " mg "),
    (re.compile(r"\bmilli[ -]lit(?:er|re)s?\b"), " ml "),
    (re.compile(r"(?<=\d)[ ]?ccs?\b"), " ml "),
    (re.compile(r"\bi\.u\.?(?!\w)|\binternational units?\b"), " iu "),
    (re.compile(r"\bs/c\b|\bsub[ -](?:q|cut|cutaneous(?:ly)?)\b"), " subcutaneous "),
    (re.compile(r"\bi\.m\.?(?!\w)|\bi/m\b"), " intramuscular "),
    (re.compile(r"\bw/o\b"), " without "),
    (re.compile(r"\bw/(?=[ a-z])"), " with "),
)
_SYMBOLS = str.maketrans(
    {"&": " and ", "+": " plus ", "%": " percent ", "£": " pounds ", "$": " dollars ", "€": " euros "}
)
_TOKEN = re.compile(
    r"b12(?!\d)|\d+(?:st|nd|rd|th)\b|[a-z]\d{1,2}(?![\w])|2(?:day|moro|nite)\b|\d+(?:[./]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|/"
)


def normalise(text: str) -> str:
    """The text in lower case without punctuation, with contractions spelt out and one spelling for units and b12."""
    for _ in range(8):  # one spelling may uncover another ("vit vit b12"); two rounds are the rule
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    folded = _folded(text)
    shouts = " IM " in f" {folded} " and any(c.islower() for c in folded)
    if shouts:
        folded = re.sub(r"\bIM\b(?! (?:so|not|a|on|in|at)\b)", " intramuscular ", folded)
    lowered = _REPEATED.sub(r"\1\1", folded.lower())
    lowered = _THOUSANDS.sub("", lowered)
    for pattern, spelt in _PHRASES:
        lowered = pattern.sub(spelt, lowered)
    return " ".join(_words(_TOKEN.findall(lowered.translate(_SYMBOLS))))


def _folded(text: str) -> str:
    """Plain apostrophes, ASCII digits, no accents, no invisible characters; upper and lower case as they were."""
    text = _RAISED_TWELVE.sub("12", text)
    if text.isascii():
        return text
    return "".join(_plain(text.translate(_APOSTROPHES)))


def _plain(text: str) -> Iterator[str]:
    for character in text:
        if character.isascii():
            yield character
            continue
        category = unicodedata.category(character)
        if category == "Cf":
            continue
        if category == "Nd":
            yield str(unicodedata.decimal(character))
        elif category == "No":  # ½ is 1/2 and ² is 2, never grown onto the number before
            yield f" {unicodedata.normalize('NFKC', character).replace(chr(0x2044), '/')} "
        elif category[0] in "LM":
            parts = unicodedata.normalize("NFKD", character)
            yield "".join(part for part in parts if unicodedata.category(part) != "Mn")
        elif category in ("Sc", "Lm"):
            yield character
        else:
            yield " "


def _words(words: list[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        if word == "/":
            if UNITS.get(before) and UNITS.get(after):
                yield "per"
        elif word == "im":
            later = words[at + 2] if at + 2 < len(words) else ""
            yield "intramuscular" if _is_route(before, after, later) else "i am"
        elif word == "iv":
            yield "i have" if after in PERFECT else "intravenous"
        elif word == "sc":
            yield "subcutaneous" if {before, after} & (ROUTE_BEFORE | ROUTE_AFTER | {"im", "intramuscular"}) else "sc"
        elif "'" in word:
            yield _spelt_out(word)
        else:
            yield UNITS.get(word) or SHORTHAND.get(word, word)


def _is_route(before: str, after: str, later: str) -> bool:
    if after == "b12":
        return later in AFTER_B12
    return after in ROUTE_AFTER or before in ROUTE_BEFORE or (before in ("or", "and") and not after)


def _spelt_out(word: str) -> str:
    """A word with an apostrophe, spelt out or without it."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    for ending, spelt in ENDINGS:
        if word.endswith(ending):
            return word.removesuffix(ending).replace("'", "") + spelt
    stem, _, ending = word.partition("'")
    if ending == "s":
        return f"{stem} is" if stem in SUBJECTS else stem
    if ending == "d" and stem in SUBJECTS | PRONOUNS:
        return f"{stem} would"
    return word.replace("'", "")
