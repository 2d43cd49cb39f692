"""The steps of the set-up: what each offers on buttons and how it reads what is typed.

Invariant: every button's code is one its own step accepts, and what a step accepts a draft can hold. Nothing is
guessed: what could be two things becomes a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.care.planning import codes
from bot.care.planning.draft import PRODUCTS, Draft, Step
from bot.care.planning.wording import (
    say_cadence,
    say_date,
    say_dose,
    say_loading_end,
    say_product,
    say_time,
    say_zone,
)
from bot.care.reader import Reader
from bot.plans.cities import Cities
from bot.plans.date_reading import NEXT_DATE, PAST_DATE, DateWindow, read_date
from bot.plans.dose_reading import read_dose
from bot.plans.interval_reading import read_interval
from bot.plans.loading_reading import read_loading_end
from bot.plans.reading import Choose, Read, Reading, Refused, one_of, tidy
from bot.plans.time_reading import read_time
from bot.plans.zone_reading import read_zone

LONGEST_NAME = 40
"""Characters of the name of a person or a product."""

OFFERED: dict[Step, tuple[str, ...]] = {
    "who": ("me", "other"),
    "product": (*PRODUCTS[:3], "other", "unsure"),
    "dose_check": ("yes",),
    "place": ("clinic", "home"),
    "phase": ("loading", "maintenance"),
    "count": ("actual", "fixed", "unsure"),
    "first": ("last",),
    "ends": ("open",),
    "then": ("none",),
    "confirm": ("yes",),
}
"""The fixed answers of a step; dates, intervals and times come on top."""

LOADING_OFTEN = ("1_days", "2_days", "on_0_2_4", "1_weeks")
KEEPING_OFTEN = ("1_months", "2_months", "3_months", "8_weeks", "10_weeks", "12_weeks")
TIMES = ("0800", "0900", "1200", "1800")


@dataclass(frozen=True)
class Scene:
    """Whom the set-up talks to, and when. `cities` is None until the town is asked for."""

    reader: Reader
    now: datetime
    home_zone: str
    cities: Cities | None = None

    def today(self, draft: Draft) -> date:
        """The person's own date."""
        return self.now.astimezone(ZoneInfo(draft.zone or self.home_zone)).date()


@dataclass(frozen=True)
class Choice:
    """A button: what it says and the code it stands for."""

    label: str
    code: str


def choices(step: Step, draft: Draft, scene: Scene) -> tuple[Choice, ...]:
    """The buttons under a step's question."""
    return tuple(Choice(words(step, code, draft, scene), code) for code in _codes(step, draft, scene))


def _codes(step: Step, draft: Draft, scene: Scene) -> tuple[str, ...]:
    today = scene.today(draft)
    match step:
        case "often":
            return LOADING_OFTEN if draft.loads else KEEPING_OFTEN
        case "then":
            return (*KEEPING_OFTEN, "none")
        case "first":
            return (*((today + timedelta(days=days)).isoformat() for days in (0, 1)), "last")
        case "last":
            return tuple((today - timedelta(days=days)).isoformat() for days in (0, 1))
        case "at":
            return TIMES
        case "zone":
            return tuple(map(codes.zone_code, _only_zone(scene)))
        case _:
            return OFFERED.get(step, ())


def _only_zone(scene: Scene) -> tuple[str, ...]:
    """The zone of a country that has one; nothing for a country with several or one that is not known."""
    if scene.cities is None or scene.reader.country is None:
        return ()
    zones = {town.zone for town in scene.cities.of_country(scene.reader.country)}
    return tuple(zones) if len(zones) == 1 else ()


def words(step: Step, code: str, draft: Draft, scene: Scene) -> str:
    """An answer in the reader's words. Raises CodeError for a code that is none."""
    reader, today = scene.reader, scene.today(draft)
    if code in OFFERED.get(step, ()):
        known = step == "product" and code in PRODUCTS and code != "unsure"
        return say_product(reader, code) if known else reader.say(f"setup.{step}_{code}")
    match step:
        case "dose":
            return say_dose(reader, codes.dose_of(code))
        case "often" | "then":
            return say_cadence(reader, codes.cadence_of(code))
        case "ends":
            return say_loading_end(reader, codes.ends_of(code), today)
        case "first" | "last":
            day = codes.day_of(code)
            key = {0: "setup.today", 1: "setup.tomorrow", -1: "setup.yesterday"}.get((day - today).days)
            date_words = say_date(reader, day, today)
            return reader.say(key, date=date_words) if key else date_words
        case "at":
            return say_time(reader, codes.time_of(code))
        case "zone":
            zone = codes.zone_of(code)
            return reader.say("setup.zone_choice", place=say_zone(reader, zone), time=say_time(reader, scene.now, zone))
        case _:
            return code


def accepts(step: Step, code: str, draft: Draft, scene: Scene) -> bool:
    """Whether a button's code is an answer to this step: buttons come back forged, late, and from other days."""
    if code in OFFERED.get(step, ()):
        return True
    today = scene.today(draft)
    try:
        match step:
            case "dose":
                return codes.dose_of(code) is not None
            case "often" | "then":
                return codes.cadence_of(code) is not None
            case "ends":
                ends, start = codes.ends_of(code), draft.start
                last = getattr(ends, "last", None)
                return last is None or (start is not None and last >= start)
            case "first":
                return _inside(codes.day_of(code), today, NEXT_DATE)
            case "last":
                return _inside(codes.day_of(code), today, PAST_DATE)
            case "at":
                return codes.time_of(code) is not None
            case "zone":
                return bool(codes.zone_of(code))
            case _:
                return False
    except codes.CodeError:
        return False


def _inside(day: date, today: date, window: DateWindow) -> bool:
    return -window.back <= (day - today).days <= window.ahead


def read(step: Step, text: str, draft: Draft, scene: Scene) -> Reading[str]:
    """What a typed answer says, as a code."""
    reader, today = scene.reader, scene.today(draft)
    language, country = reader.content.language, reader.country
    heard = _heard(step, text, draft, scene)
    if isinstance(heard, Read):
        return heard
    match step:
        case "label" | "product_name":
            return _name(text)
        case "dose":
            return _coded(read_dose(text), codes.dose_code)
        case "often" | "then":
            return _coded(read_interval(text, language=language), codes.cadence_code)
        case "first":
            return _coded(read_date(text, today, NEXT_DATE, country=country, language=language), date.isoformat)
        case "last":
            return _coded(read_date(text, today, PAST_DATE, country=country, language=language), date.isoformat)
        case "ends":
            start = draft.start or today
            reading = read_loading_end(text, today, start, country=country, language=language)
            return _coded(reading, codes.ends_code)
        case "at":
            return _coded(read_time(text), codes.time_code)
        case "zone" if scene.cities is not None:
            return _coded(read_zone(text, scene.cities, country=country), lambda where: codes.zone_code(where.zone))
        case _:
            return heard


T = TypeVar("T")


def _coded(reading: Reading[T], code: Callable[[T], str]) -> Reading[str]:
    match reading:
        case Read(value, assumed):
            return Read(code(value), assumed)
        case Choose(options, question):
            return Choose(tuple(dict.fromkeys(map(code, options))), question)
        case refused:
            return refused


def _name(text: str) -> Reading[str]:
    """A name as it was typed, on one line."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    name = " ".join(text.split())
    return Read(name) if len(name) <= LONGEST_NAME else Refused("too_long")


def _heard(step: Step, text: str, draft: Draft, scene: Scene) -> Reading[str]:
    """One of the fixed answers, typed: its button's words, or a way of saying it from messages.yaml."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    hits: list[str] = []
    for code in OFFERED.get(step, ()):
        ways = [words(step, code, draft, scene), *heard_as(scene.reader, f"{step}_{code}")]
        if any(_said(way, tidied, whole=step in _WHOLE) for way in ways):
            hits.append(code)
    named = [code for code in hits if code not in _VAGUE]
    return one_of(named or hits, "which")


_VAGUE = ("unsure", "other")
_WHOLE = ("confirm", "dose_check")  # "yes, but not that dose" is no yes


def heard_as(reader: Reader, name: str) -> list[str]:
    """Ways of saying something, as the content lists them."""
    key = f"setup.heard.{name}"
    return [way.strip() for way in reader.say(key).split(",")] if key in reader.content.messages else []


def _said(way: str, text: str, *, whole: bool) -> bool:
    way = " ".join(re.findall(r"[\w'-]+", way.casefold()))
    text = " ".join(re.findall(r"[\w'-]+", text))
    return bool(way) and (way == text if whole else f" {way} " in f" {text} ")
