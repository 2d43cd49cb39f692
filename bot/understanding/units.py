"""Conversions a patient asks for: micrograms, milligrams and grams into each other, and the ones that are refused.

Invariant: arithmetic is exact (Decimal), a number that could be read in two ways is not converted, and a question about
what to inject is never a conversion. International units and millilitres are refused: no factor exists for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.understanding.normalise import normalise

Unit = Literal["mcg", "mg", "g", "ml", "iu"]


@dataclass(frozen=True)
class Conversion:
    """What was asked. `to_amount` is None when the conversion is refused, `from_amount` when none was named."""

    kind: Literal["convert", "refuse_iu", "refuse_ml"]
    from_amount: Decimal | None
    from_unit: Unit
    to_amount: Decimal | None
    to_unit: Unit


_MICROGRAMS: dict[Unit, Decimal] = {"mcg": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000)}

_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,6}),(\d{1,2})(?![\d,.])(?=\s*[a-zA-Z\u00b5\u03bc])")
_EITHER_WAY = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?!\d)|\d,\d{3}\.\d{3}(?!\d)|(?<![\d.,])\d+,\d{4}")
"""1.000 and 2.500 are thousands to one reader and ones to another."""
_UNIT_WORD = re.compile(r"(?i)mcg|mg|\bm[ck]gs?|[u\u00b5\u03bc]g|gram|\bg\b|\d ?g\b|unit|i\.?u\b|ml|lit(?:re|er)|cc\b")
_CLAUSE = re.compile(r"[.?!;,](?=\s)|\n")
_GRAMS = re.compile(r"\b(?:grams?|grammes?)\b|(?<=\d )g\b")
_SYRINGE_UNITS = re.compile(r"(?<=\d )units?\b|(?<=\bmany )units\b|(?<=\bin )units\b|(?<=\bto )units\b")
_MEDICINE = re.compile(r" ?\b(?:of )?(?:b12|(?:hydroxo|cyano|methyl)?cobalamin)\b")
_SPELT = {
    "one and a half": "1.5",
    "half a": "0.5",
    "half": "0.5",
    "quarter of a": "0.25",
    "five hundred": "500",
    "a hundred": "100",
    "hundred": "100",
    "five thousand": "5000",
    "two thousand": "2000",
    "one thousand": "1000",
    "a thousand": "1000",
    "thousand": "1000",
    "one": "1",
    "two": "2",
    "three": "3",
    "five": "5",
    "ten": "10",
}
_SPELT_AMOUNT = re.compile(rf"\b({'|'.join(_SPELT)}) (?=(?:mcg|mg|g|ml|iu)\b)")

_NUMBER = r"(?:\d{1,9}(?:\.\d{1,9})?|\d{1,3}/\d{1,3}|a|an)"
_FROM = rf"(?:(?P<number>{_NUMBER}) )?(?P<unit>mcg|mg|g|ml|iu)"
_INTO = rf"(?:(?P<other>{_NUMBER}) )?(?P<into>mcg|mg|g|ml|iu)"
_END = (
    r"(?: (?:please|then|for me|thanks|thank you|exactly|dear|or not|is it|is that|is this|are they|"
    r"make|equal|be|have|correct|right|true|yes|na|"
    r"come to|contain|injections?|(?:or|and) (?:am i|is it|are they) .*))*$"
)
_POLITE = (
    r"(?:(?:(?:can|could|would|will) you|please|what is|what are|what|convert|change|turn|put|is|and|so|me|"
    r"how (?:do i|to)) )*"
)
_EQUAL = r"(?:the same(?: dose| amount| thing)?(?: as)?|same(?: as)?|equals?(?: to)?|come to|mean|as much as|really)"
_INTO_WORDS = (
    r"(?:in|is what in|if you write it in|write (?:me )?it in|to|into|"
    r"equals?|is|as|equal to|is equal to|converted to|convert to|convert into)"
)
_LINKS = r"(?:is|are|equals?|makes?|make up|does|do|to|for|from|would be|there in|(?:(?:is|are) (?:there )?)?in)"
_HOW_MANY = r"(?:how many|how much|what is (?:that|it|this) in)"
_ASKED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bhow (?:many|much) {_INTO} {_LINKS} (?:each )?{_FROM}{_END}",  # how many mg is 1000 mcg
        rf"^{_POLITE}{_FROM} {_INTO_WORDS}(?: (?:how many|how much|what))? {_INTO}{_END}",  # 1000 mcg in mg
        rf"\b(?:is|are|does|do|so|but) {_FROM} {_EQUAL} {_INTO}{_END}",  # is 1 mg the same as 1000 mcg
        rf"^{_FROM} (?:is )?{_EQUAL} {_INTO}{_END}",
        rf"\b{_FROM}(?: \w+){{0,3}} {_HOW_MANY} {_INTO}(?: (?:is|are|would) (?:that|it|this))?{_END}",
    )
)
_ABOUT_A_DOSE = re.compile(
    r"\b(?:should|do|can|must|shall|may|could|would|will) (?:i|we|he|she|they|my \w+) (?:be )?"
    r"(?:inject|injecting|take|taking|have|having|use|draw|give|need|get|put|fill|pull|dial|go|want)\b"
    r"|\b(?:to|i|we|you|me) (?:inject|draw|take|fill|pull|give|use)\b|\bdraw(?:ing)? up\b|\bmy dose\b"
    r"|\btoo (?:much|little|many)\b|\b(?:enough|safe|instead|weigh|weight|kilos?|kg|overdose|double|syringe|plunger)\b"
)


def find_conversion(text: str) -> Conversion | None:
    """The conversion a message asks for, or None when it asks for none or leaves room for doubt."""
    if len(_UNIT_WORD.findall(text)) < 2:
        return None
    if _EITHER_WAY.search(text) or len(text) > 400 or _ABOUT_A_DOSE.search(normalise(text)):
        return None
    for part in (text, *_CLAUSE.split(text)):
        plain = normalise(_DECIMAL_COMMA.sub(r"\1.\2", part.replace("=", " equals ")))
        plain = _SYRINGE_UNITS.sub("iu", _GRAMS.sub("g", _MEDICINE.sub("", plain).strip()))
        plain = _SPELT_AMOUNT.sub(lambda found: f"{_SPELT[found[1]]} ", plain)
        for pattern in _ASKED:
            found = pattern.search(plain)
            if found and (settled := _settled(found)):
                return settled
    return None


def figure(amount: Decimal) -> str:
    """A number as it is shown: no exponent, no needless zeros, commas between thousands."""
    plain = f"{amount.normalize():,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _settled(found: re.Match[str]) -> Conversion | None:
    source: Unit = found["unit"]  # type: ignore[assignment]
    target: Unit = found["into"]  # type: ignore[assignment]
    number, other = found["number"], found["other"]
    if source == target:
        return None
    if number is None and other is not None:  # "is mg the same as 1000 mcg": ask it the other way round
        source, target, number = target, source, other
    amount = _amount(number)
    if "iu" in (source, target):
        return Conversion("refuse_iu", amount, source, None, target)
    if "ml" in (source, target):
        return Conversion("refuse_ml", amount, source, None, target)
    amount = Decimal(1) if amount is None else amount
    result = amount * _MICROGRAMS[source] / _MICROGRAMS[target]
    return Conversion("convert", amount, source, result, target)


def _amount(number: str | None) -> Decimal | None:
    if number is None:
        return None
    if number in ("a", "an"):
        return Decimal(1)
    if "/" in number:
        above, below = (int(part) for part in number.split("/"))
        return Decimal(above) / Decimal(below) if below in (1, 2, 4, 5, 8, 10) else None
    return Decimal(number)
