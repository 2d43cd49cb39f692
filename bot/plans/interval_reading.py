"""Reading how often: "every 8 weeks", "monthly", "every 2-3 months", "every other day", "mon wed fri", "twice a year".

Invariant: an interval is repeated, never worked out from a dose or a need; several in one text are a question.
"""

from __future__ import annotations

import re

from bot.plans.cadence import MOST, Cadence, CadenceUnit, Every, OnWeekdays
from bot.plans.calendar_words import calendar_words
from bot.plans.reading import Choose, Read, Reading, Refused, digits_for_words, mended, one_of, tidy

_UNITS: tuple[tuple[str, int, CadenceUnit], ...] = (
    (r"days?|d", 1, "days"),
    (r"weeks?|weekly|wks?|wkly|w", 1, "weeks"),
    (r"fortnights?|fortnightly", 2, "weeks"),
    (r"calendar months?|months?|monthly|mths?|mo|m", 1, "months"),
    (r"quarters?", 3, "months"),
    (r"years?|yearly|yrs?|y", 12, "months"),
)
_UNIT = "|".join(words for words, _, _ in _UNITS)
_INTERVAL = re.compile(rf"(?<![\d.])(?:(?P<low>\d+) ?(?:-|/|to|or|and) ?)?(?P<count>\d+)[ -]?(?P<unit>{_UNIT})\b")
_NAMED: tuple[tuple[str, tuple[Cadence, ...]], ...] = (
    (r"half[ -]?yearly|semi[ -]?annual(?:ly)?|bi[ -]?annual(?:ly)?", (Every(6, "months"),)),
    (r"bi[ -]?weekly", (Every(2, "weeks"), OnWeekdays((0, 3)))),
    (r"bi[ -]?yearly", (Every(6, "months"), Every(24, "months"))),
    (r"bi[ -]?monthly", (Every(2, "months"), Every(2, "weeks"))),
    (r"quarterly", (Every(3, "months"),)),
    (r"fortnightly", (Every(2, "weeks"),)),
    (r"daily", (Every(1, "days"),)),
    (r"weekly", (Every(1, "weeks"),)),
    (r"monthly", (Every(1, "months"),)),
    (r"yearly|annual(?:ly)?", (Every(12, "months"),)),
    (r"eod|qod", (Every(2, "days"),)),
)
_TIMES = re.compile(
    r"\b(?P<count>\d+|once|twice|thrice)(?: ?x| times?)? ?(?:an?|per|each|every|/|in an?) ?"
    r"(?P<unit>day|week|wk|fortnight|month|mth|year|yr)\b"
)
_COUNTS = {"once": 1, "twice": 2, "thrice": 3}
_TIMES_A_WEEK: dict[int, tuple[Cadence, ...]] = {
    1: (Every(1, "weeks"),),
    2: (OnWeekdays((0, 3)), OnWeekdays((1, 4))),
    3: (OnWeekdays((0, 2, 4)), OnWeekdays((1, 3, 5)), Every(2, "days")),
    7: (Every(1, "days"),),
}
_REWRITES = (
    (re.compile(rf"\b(?:every )?(?:other|alternate|alternating|second|2nd) (?={_UNIT}\b)"), "2 "),
    (re.compile(r"\bevery third "), "every 3 "),
    (re.compile(r"\bq ?(?=\d)"), ""),
    (re.compile(r"(?<=\d)(?:st|nd|rd|th)\b"), ""),
    (re.compile(rf"\b(?:every|each|once (?:an?|per|every|each)|per|an?) (?=(?:{_UNIT})\b)"), "1 "),
    (re.compile(r"\b(\d{1,2})/7\b"), r"\1 days"),
    (re.compile(r"\b(\d{1,2})/52\b"), r"\1 weeks"),
    (re.compile(r"\b(\d{1,2})/12\b(?! ?[a-z])"), r"\1 months"),
)
_DURATION = re.compile(rf"\bfor (?:the )?(?:first |next |about )?(?:an?|\d+)(?: ?- ?\d+)? ?(?:{_UNIT})\b")
_DAY_RANGE = re.compile(r"\b([^\W\d_]+) ?(?:-|to|through) ?([^\W\d_]+)\b")
_SO_MANY = re.compile(r"\b([1-9]\d?) (daily|weekly|monthly) (?:injections?|shots?|jabs?|doses?)\b")
_FILLERS = frozenset(
    (
        "and",
        "on",
        "every",
        "each",
        "plus",
        "the",
        "at",
        "week",
        "weekday",
        "weekdays",
        "weekend",
        "weekends",
        "per",
        "times",
        "only",
        "to",
    )
)
_OF_THE_MONTH = re.compile(r"\b(?:of|in) (?:the|each|every) month\b")
_TOO_OFTEN = re.compile(r"\b(?:hours?|hourly|hrs?)\b")
_VOCABULARY = (
    "every", "other", "alternate", "second", "third", "weeks", "weekly", "months", "month", "monthly", "fortnight",
    "fortnightly", "quarterly", "daily", "yearly", "annually", "twice", "times", "weekday", "weekdays", "weekend",
    "weekends", "until", "through", "week", "year", "each", "once", "half", "then", "hours", "hourly", "biweekly",
    "bimonthly", "biyearly", "biannual", "biannually",
)  # fmt: skip
_MOST_OPTIONS = 5


def read_interval(text: str, *, language: str = "en") -> Reading[Cadence]:
    """How often a text says. "Every 2-3 months" comes back as Choose("which"), a number alone as Choose("unit")."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    weekdays = calendar_words(language).weekdays
    words = digits_for_words(mended(tidied, (*_VOCABULARY, *weekdays), least=4))
    words = _DURATION.sub(" ", words)
    if _TOO_OFTEN.search(words):
        return Refused("too_often")
    if _OF_THE_MONTH.search(words):
        return Refused("not_offered")
    if hit := _SO_MANY.search(words):
        unit: CadenceUnit = "weeks" if hit[2] == "weekly" else "months" if hit[2] == "monthly" else "days"
        return Choose((Every(int(hit[1]), unit), Every(1, unit)), "did_you_mean")
    return _on_weekdays(words, dict(weekdays)) or _times(words) or _intervals(words) or _number_alone(words)


def _on_weekdays(words: str, names: dict[str, int]) -> Reading[Cadence] | None:
    tokens = re.findall(r"[^\W\d_]+", words)
    days = [names[token] for token in tokens if token in names]
    days += [names.get(token[:-1], -1) for token in tokens if token not in names and token.endswith("s")]
    days = [day for day in days if day >= 0]
    if days and re.search(r"\b(?:other|alternate|second)\b", words):
        return Read(Every(2, "weeks"), assumed=True)
    for first, last in _DAY_RANGE.findall(words):
        if first in names and last in names:
            days += [day % 7 for day in range(names[first], names[first] + (names[last] - names[first]) % 7 + 1)]
    if "weekdays" in tokens or "weekday" in tokens:
        days += range(5)
    if "weekends" in tokens or "weekend" in tokens:
        days += [5, 6]
    if re.search(r"\bm ?[/,]? ?w ?[/,]? ?f\b", words):
        days += [0, 2, 4]
    strange = any(
        len(token) > 1 and token not in names and token[:-1] not in names and token not in _FILLERS for token in tokens
    )
    return Read(OnWeekdays(tuple(days)), assumed=strange) if days else None


def _times(words: str) -> Reading[Cadence] | None:
    hit = _TIMES.search(words)
    if hit is None:
        return None
    count = _COUNTS.get(hit["count"]) or int(hit["count"])
    if count == 0:
        return Refused("not_understood")
    match hit["unit"]:
        case "day":
            return Read(Every(1, "days")) if count == 1 else Refused("too_often")
        case "week" | "wk":
            return one_of(_TIMES_A_WEEK[count], "which_days") if count in _TIMES_A_WEEK else Refused("days_missing")
        case "fortnight":
            return Read(Every(2, "weeks")) if count == 1 else Refused("days_missing")
        case "month" | "mth":
            if count == 1:
                return Read(Every(1, "months"))
            return Choose((Every(2, "weeks"),), "did_you_mean") if count == 2 else Refused("days_missing")
        case _:
            return Read(Every(12 // count, "months")) if 12 % count == 0 else Refused("not_understood")


def _intervals(words: str) -> Reading[Cadence] | None:
    for pattern, plain in _REWRITES:
        words = pattern.sub(plain, words)
    found: list[Cadence] = []
    for hit in _INTERVAL.finditer(words):
        counts = [int(hit["count"])]
        if hit["low"] is not None and 0 < int(hit["low"]) < counts[0]:
            low, high = int(hit["low"]), counts[0]
            counts = list(range(low, high + 1)) if high - low < _MOST_OPTIONS else [low, high]
        for count in counts:
            cadence = _every(count, hit["unit"])
            if isinstance(cadence, Refused):
                return cadence
            found.append(cadence)
    rest = _INTERVAL.sub(" ", words)
    for pattern_text, cadences in _NAMED:
        rest, hits = re.subn(rf"\b(?:{pattern_text})\b", " ", rest)
        found += cadences if hits else ()
    return one_of(found, "which") if found else None


def _every(count: int, unit_word: str) -> Every | Refused:
    multiple, unit = next((many, unit) for words, many, unit in _UNITS if re.fullmatch(words, unit_word))
    if count == 0:
        return Refused("not_understood")
    return Every(count * multiple, unit) if count * multiple <= MOST[unit] else Refused("too_long_interval")


def _number_alone(words: str) -> Reading[Cadence]:
    numbers = re.findall(r"\d+", words)
    if len(numbers) != 1 or re.search(r"[^\W\d_]", words.replace("every", "")):
        return Refused("not_understood")
    units: tuple[CadenceUnit, ...] = ("weeks", "months", "days")
    options = [Every(int(numbers[0]), unit) for unit in units if 1 <= int(numbers[0]) <= MOST[unit]]
    return Choose(tuple(options), "unit") if options else Refused("not_understood")
