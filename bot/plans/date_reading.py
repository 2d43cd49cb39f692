"""Reading a date as people type it: "next Monday", "12/3", "tomorrow", "3 May".

Invariant: a date that could be two dates comes back as both, unless the person's country settles it; a date without a
year is the next one in the direction asked for, and never one that only just passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.plans.cadence import months_later
from bot.plans.calendar_words import CalendarWords, DateOrder, calendar_words, date_order
from bot.plans.reading import Choose, Question, Read, Reading, Reason, Refused, digits_for_words, mended, tidy


@dataclass(frozen=True)
class DateWindow:
    """Which dates make sense at a step: from `back` days before today to `ahead` days after it."""

    back: int
    ahead: int


NEXT_DATE = DateWindow(back=0, ahead=400)
PAST_DATE = DateWindow(back=400, ahead=0)

JUST_PASSED = 60
"""A date without a year that passed at most this many days ago is not taken for next year's."""

_DAYS = {"today": 0, "tonight": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "tmrw": 1, "tomoz": 1}
_UNITS = {"day": 1, "week": 7, "wk": 7, "fortnight": 14, "month": 0}
_OTHER_WORDS = ("next", "this", "last", "coming", "after", "before", "fortnight", "weeks", "months")
_ORDINAL_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_CLOCK = re.compile(
    r"\b(?:at )?\d{1,2}(?:[:.]\d{2})? ?[ap]\.?m\b\.?|\b(?:at )?\d{1,2}:\d{2}\b|\bat (?:\d{1,2}(?!\d| ?[-/.])|noon\b)"
)
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2}) ?([-/.]) ?(\d{1,2})(?: ?[-/.] ?(\d{4}|\d{2}))?\b")
_DISTANCE = re.compile(r"\b(\d{1,3}|an?) (day|week|wk|fortnight|month)s?(?:'s?)?\b")
_BARE_DAY = re.compile(r"(?:on )?(?:the )?(\d{1,2})")


def read_date(
    text: str, today: date, window: DateWindow = NEXT_DATE, *, country: str | None = None, language: str = "en"
) -> Reading[date]:
    """The local date a text says. `today` is the person's own; `country` (ISO code) settles 12/3."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    names = calendar_words(language)
    vocabulary = (*names.weekdays, *names.months, *_DAYS, *_OTHER_WORDS)
    for number, word in enumerate(_ORDINAL_WORDS, 1):
        tidied = re.sub(rf"\b{word}\b", str(number), tidied)
    words = _CLOCK.sub(" ", mended(_ORDINAL.sub(r"\1 ", tidied), vocabulary))
    words = " ".join(digits_for_words(words).replace(",", " ").split())
    reader = _Reader(words, today, window, names, date_order(country))
    reading = reader.written() or reader.relative() or reader.weekday() or reader.bare_day()
    return reading or _other_words(reader, text, language)


class _Reader:
    """One text being read; each method knows one way of saying a date and gives None for a text of another kind."""

    def __init__(
        self, words: str, today: date, window: DateWindow, names: CalendarWords, order: DateOrder | None
    ) -> None:
        self.words, self.today, self.window, self.order = words, today, window, order
        self.tokens = [token.strip(".") for token in re.findall(r"[^\W\d_]+\.?|\d+", words)]
        self.months = [names.months[token] for token in self.tokens if token in names.months]
        dated = bool(self.months) and re.search(r"\d", words) is not None
        self.weekdays = [
            names.weekdays[token]
            for token in self.tokens
            if token in names.weekdays and not (dated and token in names.months)
        ]

    def inside(self, days: Iterable[date], question: Question) -> Reading[date]:
        """These dates as far as the window allows them."""
        candidates = list(dict.fromkeys(days))
        fitting = tuple(day for day in candidates if self._misfit(day) is None)
        if fitting:
            return Read(fitting[0]) if len(fitting) == 1 else Choose(fitting, question)
        return Refused((self._misfit(candidates[0]) if candidates else None) or "no_such_date")

    def _misfit(self, day: date) -> Reason | None:
        days = (day - self.today).days
        if -self.window.back <= days <= self.window.ahead:
            return None
        if days < 0:
            return "date_past" if self.window.back == 0 else "date_too_far"
        return "date_future" if self.window.ahead == 0 else "date_too_far"

    def written(self) -> Reading[date] | None:
        """2026-05-03, 3/5, 3.5.26, 3 May, May 3 2027."""
        if hit := _ISO.search(self.words):
            return self._dated([(int(hit[2]), int(hit[3]))], int(hit[1]))
        if self.months and (numbers := [int(token) for token in self.tokens if token.isdecimal()]):
            years = [number for number in numbers if number > 31]
            days = [number for number in numbers if number <= 31]
            if len(days) == 2 and not years:
                years = [days.pop() + 2000]
            if len(set(self.months)) == 1 and len(days) == 1 and len(years) <= 1:
                return self._dated([(self.months[0], days[0])], years[0] if years else None)
            return None
        if hit := _SLASHED.search(self.words):
            first, second = int(hit[1]), int(hit[3])
            year = None if hit[4] is None else int(hit[4]) + (2000 if len(hit[4]) == 2 else 0)
            month_first, day_first = (first, second), (second, first)
            order = "dmy" if hit[2] == "." else self.order
            options = [month_first, day_first] if order in ("mdy", "ymd") else [day_first, month_first]
            real = [option for option in options if 1 <= option[0] <= 12]
            return self._dated(real[:1] if order is not None else real, year)
        return None

    def _dated(self, month_days: list[tuple[int, int]], year: int | None) -> Reading[date]:
        days: list[date] = []
        passed: Reason | None = None
        for month, day in month_days:
            if year is not None:
                days += _existing(year, month, day)
                continue
            around = [each for offset in (-1, 0, 1, 2) for each in _existing(self.today.year + offset, month, day)]
            found = self._nearest(around)
            if isinstance(found, date):
                days.append(found)
            else:
                passed = found or passed
        if not days and passed is not None:
            return Refused(passed)
        reading = self.inside(days, "day_or_month")
        if isinstance(reading, Read) and passed is not None:
            reading = Read(reading.value, assumed=True)
        if isinstance(reading, Read) and self.weekdays and reading.value.weekday() not in self.weekdays:
            return Choose((reading.value,), "weekday_differs")
        return reading

    def _nearest(self, around: list[date]) -> date | Reason | None:
        """The one of these yearless dates that is meant: the first ahead, or the last one back."""
        if self.window.ahead == 0:
            past = [day for day in around if day <= self.today]
            soon = any(0 < (day - self.today).days <= JUST_PASSED for day in around)
            return "date_future" if soon else (past[-1] if past else None)
        ahead = [day for day in around if day >= self.today]
        recent = [day for day in around if 0 < (self.today - day).days <= JUST_PASSED]
        if recent:
            return recent[-1] if self.window.back else "date_past"
        return ahead[0] if ahead else None

    def relative(self) -> Reading[date] | None:
        """Today, the day after tomorrow, in 3 weeks, 2 days ago."""
        words = self.words
        for phrase, days in (("day after tomorrow", 2), ("day before yesterday", -2)):
            if phrase in words:
                return self.inside([self.today + timedelta(days=days)], "which_week")
        named = [days for word, days in _DAYS.items() if word in self.tokens]
        distance = _DISTANCE.search(words)
        if named and not distance:
            return self.inside([self.today + timedelta(days=days) for days in named], "which")
        if distance is None or self.weekdays:
            return None
        count, unit = 1 if distance[1].startswith("a") else int(distance[1]), distance[2]
        sign = -1 if re.search(r"\b(?:ago|before|back)\b", words) else 1
        start = self.today + timedelta(days=named[0] if named else 0)
        if unit == "month":
            return self.inside([months_later(start, sign * count)], "which")
        return self.inside([start + timedelta(days=sign * count * _UNITS[unit])], "which")

    def weekday(self) -> Reading[date] | None:
        """Monday, next Friday, Monday week, last Tuesday."""
        if not self.weekdays:
            return Refused("day_missing") if re.search(r"\b(?:next|this|coming) (?:week|month)\b", self.words) else None
        if self.window.ahead == 0 and re.search(r"\b(?:next|coming)\b", self.words):
            return Refused("date_future")
        days: list[date] = []
        distance = _DISTANCE.search(self.words)
        for weekday in self.weekdays:
            ahead = self.today + timedelta(days=(weekday - self.today.weekday()) % 7)
            if distance is not None or re.search(r"\b(?:week|after next)\b", self.words):
                weeks = 1 if distance is None or distance[1].startswith("a") else int(distance[1])
                weeks *= 2 if distance is not None and distance[2] == "fortnight" else 1
                monday_week = ahead if ahead > self.today else ahead + timedelta(days=7)
                days.append(monday_week + timedelta(weeks=weeks))
            elif self.window.ahead == 0 or "last" in self.tokens:
                days += [ahead - timedelta(days=7)] if ahead > self.today else [ahead, ahead - timedelta(days=7)]
                days = days[-1:] if "last" in self.tokens else days
            elif ahead == self.today:
                days += [ahead + timedelta(days=7)] if "next" in self.tokens else [ahead, ahead + timedelta(days=7)]
            elif "next" in self.tokens and ahead.isocalendar()[:2] == self.today.isocalendar()[:2]:
                days += [ahead, ahead + timedelta(days=7)]
            else:
                days.append(ahead)
        return self.inside(days, "which_week" if len(self.weekdays) == 1 else "which")

    def bare_day(self) -> Reading[date] | None:
        """The 3rd; a day of this month or the next."""
        hit = _BARE_DAY.fullmatch(self.words)
        if hit is None:
            return None
        first = self.today.replace(day=1)
        months = [months_later(first, offset) for offset in (-1, 0, 1, 2)]
        days = [each for month in months for each in _existing(month.year, month.month, int(hit[1]))]
        past = self.window.ahead == 0
        fitting = [day for day in days if (day <= self.today if past else day >= self.today)]
        if not fitting:
            return Refused("no_such_date")
        return Read(fitting[-1] if past else fitting[0], assumed=True)


def _existing(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _other_words(reader: _Reader, text: str, language: str) -> Reading[date]:
    """Words of other languages ("übermorgen", "dans deux semaines"), read by dateparser. English is done before."""
    language = re.split("[-_]", language)[0]
    if language == "en":
        return Refused("not_understood")
    import dateparser

    base = datetime(reader.today.year, reader.today.month, reader.today.day)  # noqa: DTZ001 - dateparser reads naive times
    settings = {
        "RELATIVE_BASE": base,
        "PREFER_DATES_FROM": "past" if reader.window.ahead == 0 else "future",
        "REQUIRE_PARTS": ["day"],
        "PARSERS": ["relative-time", "absolute-time"],
    }
    try:
        found = dateparser.parse(text, languages=[language], settings=settings)
    except ValueError:  # a language dateparser does not know
        return Refused("not_understood")
    return Refused("not_understood") if found is None else reader.inside([found.date()], "which")
