"""The words for weekdays and months in a language, and which way round its people write a date.

Invariant: names come from Unicode's locale data (babel), so a new language needs no change here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd"]

_EXTRA_WEEKDAYS = {"tues": 1, "weds": 2, "wednes": 2, "thur": 3, "thurs": 3}
_EXTRA_MONTHS = {"sept": 9}


@dataclass(frozen=True)
class CalendarWords:
    """Lower-case names and short forms: weekday → 0 for Monday, month → 1 for January."""

    weekdays: Mapping[str, int]
    months: Mapping[str, int]


@cache
def calendar_words(language: str) -> CalendarWords:
    """The words of a language, English ones always among them. An unknown language has the English words only."""
    from babel import Locale, UnknownLocaleError

    weekdays, months = dict(_EXTRA_WEEKDAYS), dict(_EXTRA_MONTHS)
    for name in dict.fromkeys((language, "en")):
        try:
            locale = Locale.parse(name.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for names, known in ((locale.days, weekdays), (locale.months, months)):
                    for number, word in names[context][width].items():
                        known.setdefault(str(word).casefold().strip("."), number)
    return CalendarWords(weekdays, months)


@cache
def date_order(country: str | None) -> DateOrder | None:
    """How people of a country (ISO code, e.g. "US") write a short date; None when the country is unknown."""
    from babel import Locale, UnknownLocaleError

    if not country:
        return None
    try:
        pattern = Locale.parse(f"und_{country.upper()}").date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return None
    letters = [letter for letter in dict.fromkeys(pattern.lower()) if letter in "dmy"]
    orders: dict[str, DateOrder] = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}
    return orders.get("".join(letters))
