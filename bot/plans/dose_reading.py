"""Reading a dose as people type it: "1000mcg", "1 mg", "1,000 µg", "0.5 mg", "1000".

Invariant: the number and the unit come from the text and nothing is computed from them. IU, millilitres and sums
are refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bot.plans.dose import Dose, DoseUnit
from bot.plans.reading import Choose, Read, Reading, Refused, digits_for_words, one_of, tidy

_UNITS: tuple[tuple[DoseUnit, str], ...] = (
    ("microgram", r"μg|μ|ug|mcgs?|mics?|mikrogramm|micro ?-?gram(?:me)?s?"),
    ("mg", r"mgs?|mil+i ?-?gram(?:me)?s?|mil+igrms?"),
)
_UNIT = "|".join(pattern for _, pattern in _UNITS)
_NUMBER = r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,']\d+)*|[.,]\d+"
_MASS = re.compile(rf"(?:({_NUMBER}) ?(?:-|to|or|/) ?)?({_NUMBER}) ?-?({_UNIT})(?![a-z])")
_B12 = re.compile(r"\b(?:vitamin |vit )?b ?-?12\b(?! ?m)")
_IU = re.compile(r"\bi\.?u\.?s?\b|\d ?iu|\bunits?\b|\d ?units|\d ?ie\b|international")
_VOLUME = re.compile(r"(?:\d|\b)(?:mls?|cc|millilit(?:re|er)s?)\b")
_STRENGTH = re.compile(r"(?:/|\bper|\bin) ?(?:\d+(?:[.,]\d+)? ?)?(?:mls?|cc|millilit(?:re|er)s?)\b")
_GRAMS = re.compile(r"\d ?(?:g|gms?|grams?|grammes?)\b")
_SUM = re.compile(
    r"\+|\d ?[x×*] ?\d|[x×*] ?\d+\b|\b(?:twice|double|both)\b"
    r"|\b(?:[2-9]|\d\d+) ?(?:x ?)?(?:ampoules?|amps?|vials?|shots?|jabs?|syringes?)\b"
)
_NOT_INJECTED = re.compile(r"\b(?:tablets?|tabs?|pills?|capsules?|spray|lozenges?|patch(?:es)?|gumm(?:y|ies))\b")
_HALF = re.compile(r"\b(?:a )?half (?:of )?an? (?=m)|\bhalf (?=m)|\b1/2 ?(?=m)")
_MOST_DIGITS = 9


def read_dose(text: str) -> Reading[Dose]:
    """The dose a text says.

    A number alone comes back as Choose("unit"), a strength such as "1 mg/ml" as Choose("strength") with one option.
    """
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    words = digits_for_words(_HALF.sub("0.5 ", _B12.sub(" ", tidied)))
    for pattern, refusal in ((_IU, Refused("iu")), (_SUM, Refused("sum")), (_NOT_INJECTED, Refused("not_injection"))):
        if pattern.search(words):
            return refusal
    masses: list[tuple[str | None, str, str]] = [(hit[1], hit[2], hit[3]) for hit in _MASS.finditer(words)]
    if masses:
        return _from_masses(text, masses, is_strength=_STRENGTH.search(words) is not None)
    if _VOLUME.search(words):
        return Refused("volume")
    if _GRAMS.search(words):
        return Refused("grams")
    return _from_number(text, words)


def _from_masses(text: str, masses: list[tuple[str | None, str, str]], *, is_strength: bool) -> Reading[Dose]:
    doses: list[Dose] = []
    unsure = assumed = False
    for low, high, word in masses:
        unit = next(unit for unit, pattern in _UNITS if re.fullmatch(pattern, word))
        for number in (low, high):
            if number is None:
                continue
            values = _values(number)
            if isinstance(values, Refused):
                return values
            assumed |= number.startswith((".", ","))
            found = [Dose(value, unit, text.strip()) for value in values]
            certain = len(found) == 1 or not found[0].unusual
            doses += found[:1] if certain else sorted(found, key=lambda dose: dose.unusual)
            unsure |= not certain
    reading = one_of(doses, "separator" if unsure else "which")
    if isinstance(reading, Read):
        return Choose((reading.value,), "strength") if is_strength else Read(reading.value, assumed)
    return reading


def _from_number(text: str, words: str) -> Reading[Dose]:
    numbers = re.findall(_NUMBER, words)
    if not numbers:
        return Refused("no_number")
    if len(numbers) > 1:
        return Refused("not_understood")
    values = _values(numbers[0])
    if isinstance(values, Refused):
        return values
    units: tuple[DoseUnit, ...] = ("microgram", "mg")
    doses = [Dose(values[0], unit, text.strip()) for unit in units]
    return Choose(tuple(sorted(doses, key=lambda dose: dose.unusual)), "unit")


def _values(number: str) -> tuple[Decimal, ...] | Refused:
    """What a written number can mean, the usual English meaning first: "1,000" a thousand, or one."""
    number = number.replace(" ", "").replace("'", "")
    separators = [char for char in number if char in ".,"]
    if len(number) - len(separators) > _MOST_DIGITS:
        return Refused("too_big")
    whole, point = re.sub(r"[.,]", "", number), re.sub(r"[.,](?=.*[.,])", "", number).replace(",", ".")
    values: tuple[Decimal, ...]
    if not separators or (len(set(separators)) == 1 and len(separators) > 1):
        values = (Decimal(whole),)
    elif len(separators) == 1 and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", number):
        thousand, decimal = Decimal(whole), Decimal(point)
        values = (thousand, decimal) if separators[0] == "," else (decimal, thousand)
    else:
        values = (Decimal(point),)
    return values if all(values) else Refused("zero")
