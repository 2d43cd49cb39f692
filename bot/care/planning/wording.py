"""Dates, times, doses and intervals in the reader's language and in their country's way of writing them.

Invariant: figures are the patient's own; a dose is always said in mg and in micrograms, with its unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.care.reader import Reader
from bot.plans.cadence import Cadence, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Plan, UntilDate

_KNOWN_PRODUCTS = ("hydroxocobalamin", "cyanocobalamin", "methylcobalamin", "unsure")


@cache
def _locale(language: str, country: str | None) -> Locale:
    """The locale of a language as a country writes it; world English where the country is unknown."""
    for name in (f"{language}_{country or '001'}", language, "en_001"):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")


def locale_of(reader: Reader) -> Locale:
    """Where dates and figures for this reader come from: the language the sentences around them are in."""
    return _locale("en" if reader.content.borrowed else reader.content.language, reader.country)


def say_date(reader: Reader, day: date, today: date | None = None) -> str:
    """A day with its weekday, e.g. "Mon 4 May"; with its year too when it is not the year of `today`."""
    skeleton = "MMMEd" if today is not None and today.year == day.year else "yMMMEd"
    return str(format_skeleton(skeleton, day, locale=locale_of(reader)))


def say_dates(reader: Reader, days: Iterable[date], today: date | None = None) -> str:
    """One date a line."""
    return "\n".join(reader.say("plan.date_line", date=say_date(reader, day, today)) for day in days)


def say_time(reader: Reader, at: time | datetime, zone: str | None = None) -> str:
    """A time of day to the minute: 09:00, or 9:00 am where people write it so. A moment is told in `zone`."""
    if isinstance(at, datetime):
        at = at.astimezone(ZoneInfo(zone or "UTC")).time()
    return format_time(at, "short", locale=locale_of(reader)).replace("\u202f", " ")


def say_zone(reader: Reader, zone: str) -> str:
    """A time zone by the place people know it by, e.g. "London, United Kingdom"."""
    place: str = get_timezone_location(ZoneInfo(zone), locale=locale_of(reader))
    return place


def say_number(reader: Reader, number: Decimal | int) -> str:
    """A figure with its thousands set off and no trailing zeros."""
    return format_decimal(number, locale=locale_of(reader), decimal_quantization=False)


def say_dose(reader: Reader, dose: Dose) -> str:
    """The dose in both units: 1 mg (1,000 micrograms)."""
    return reader.say(
        "plan.dose", mg=say_number(reader, dose.milligrams), micrograms=say_number(reader, dose.micrograms)
    )


def say_cadence(reader: Reader, cadence: Cadence) -> str:
    """How often: "every 8 weeks", "on Mondays, Wednesdays and Fridays"."""
    if isinstance(cadence, OnWeekdays):
        names = locale_of(reader).days["format"]["wide"]
        days = format_list([str(names[day]) for day in cadence.days], locale=locale_of(reader))
        return reader.say("plan.on_weekdays", days=days)
    key = f"plan.every_{cadence.unit}" if cadence.count > 1 else f"plan.every_{cadence.unit.removesuffix('s')}"
    return reader.say(key, count=cadence.count)


def say_loading_end(reader: Reader, ends: object, today: date | None = None) -> str:
    """When loading ends: "6 injections", "until Mon 4 May", "until your clinic says"."""
    match ends:
        case AfterInjections(count):
            return reader.say("plan.ends_after" if count > 1 else "plan.ends_after_one", count=count)
        case UntilDate(last):
            return reader.say("plan.ends_until", date=say_date(reader, last, today))
        case _:
            return reader.say("plan.ends_open")


def say_loading(reader: Reader, loading: Loading, today: date | None = None) -> str:
    """The loading phase in one line."""
    return reader.say(
        "plan.loading",
        often=say_cadence(reader, loading.cadence),
        end=say_loading_end(reader, loading.ends, today),
    )


def say_often(reader: Reader, plan: Plan, today: date | None = None) -> str:
    """The second of the two numbers: how often, now and later."""
    then = say_cadence(reader, plan.maintenance) if plan.maintenance else ""
    if plan.phase == "maintenance" or plan.loading is None:
        return then
    now = say_loading(reader, plan.loading, today)
    return reader.say("plan.loading_then", loading=now, then=then) if then else now


def say_product(reader: Reader, product: str) -> str:
    """What is injected: a known name in the reader's language, or the person's own words for it."""
    return reader.say(f"plan.product_{product}") if product in _KNOWN_PRODUCTS else product


def say_whose(reader: Reader, label: str | None) -> str:
    """ " for Mum" in the middle of a sentence, or nothing for the person who reads it."""
    return reader.say("plan.whose", label=label) if label else ""
