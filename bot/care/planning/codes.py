"""Answers of the set-up as short codes: what a button carries and what the dialog's row keeps.

Invariant: a code decodes to what was encoded and to nothing else; a forged or outdated one raises CodeError. Every
code fits callback data (letters, digits, `_ . + -`).
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.plans.cadence import Cadence, Every, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.loading_reading import LoadingEnd
from bot.plans.plan import AfterInjections, Open, UntilDate


class CodeError(ValueError):
    """This is no code of ours."""


_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_COUNT = re.compile(r"\d{1,3}")


def row_number(code: str) -> int | None:
    """The id of a row, or None for what cannot be one."""
    return int(code) if re.fullmatch(r"[0-9]{1,18}", code) else None


def dose_code(dose: Dose) -> str:
    """1000_microgram"""
    return f"{dose.amount.normalize():f}_{dose.unit}"


def dose_of(code: str) -> Dose:
    """The dose of a code. Raises CodeError."""
    amount, _, unit = code.partition("_")
    if not _NUMBER.fullmatch(amount) or unit not in ("mg", "microgram"):
        raise CodeError(code)
    try:
        return Dose(Decimal(amount), "mg" if unit == "mg" else "microgram")
    except ValueError as error:
        raise CodeError(code) from error


def cadence_code(cadence: Cadence) -> str:
    """8_weeks, or on_0_2_4 for Monday, Wednesday and Friday"""
    if isinstance(cadence, Every):
        return f"{cadence.count}_{cadence.unit}"
    return "_".join(("on", *map(str, cadence.days)))


def cadence_of(code: str) -> Cadence:
    """The interval of a code. Raises CodeError."""
    first, *rest = code.split("_")
    try:
        match first, rest:
            case "on", days if days and all(day in "0123456" and len(day) == 1 for day in days):
                return OnWeekdays(tuple(map(int, days)))
            case count, ["days" | "weeks" | "months" as unit] if _COUNT.fullmatch(count):
                return Every(int(count), unit)
    except ValueError as error:
        raise CodeError(code) from error
    raise CodeError(code)


def ends_code(ends: LoadingEnd) -> str:
    """after_6, until_2026-05-03, or open"""
    match ends:
        case AfterInjections(count):
            return f"after_{count}"
        case UntilDate(last):
            return f"until_{last.isoformat()}"
        case _:
            return "open"


def ends_of(code: str) -> LoadingEnd:
    """The end of the loading phase of a code. Raises CodeError."""
    kind, _, rest = code.partition("_")
    try:
        if kind == "after" and _COUNT.fullmatch(rest):
            return AfterInjections(int(rest))
        if kind == "until":
            return UntilDate(day_of(rest))
    except ValueError as error:
        raise CodeError(code) from error
    if code == "open":
        return Open()
    raise CodeError(code)


def day_of(code: str) -> date:
    """The date of an ISO code, 2026-05-03. Raises CodeError."""
    if len(code) != 10:
        raise CodeError(code)
    try:
        return date.fromisoformat(code)
    except ValueError as error:
        raise CodeError(code) from error


def read_day(code: str) -> date | None:
    """The date of an ISO code, or None."""
    try:
        return day_of(code)
    except CodeError:
        return None


def time_code(at: time) -> str:
    """0900"""
    return at.strftime("%H%M")


def time_of(code: str) -> time:
    """The time of day of a code. Raises CodeError."""
    if not re.fullmatch(r"[0-2]\d[0-5]\d", code):
        raise CodeError(code)
    try:
        return time(int(code[:2]), int(code[2:]))
    except ValueError as error:
        raise CodeError(code) from error


def zone_code(zone: str) -> str:
    """Europe.London: callback data carries no slash, and no zone has a dot"""
    return zone.replace("/", ".")


def zone_of(code: str) -> str:
    """The IANA zone of a code. Raises CodeError."""
    zone = code.replace(".", "/")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CodeError(code) from error
    return zone
