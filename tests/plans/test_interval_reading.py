"""How often, as people type it; and when the loading phase ends."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plans.cadence import Cadence, Every, OnWeekdays
from bot.plans.interval_reading import read_interval
from bot.plans.loading_reading import LoadingEnd, read_loading_end
from bot.plans.plan import AfterInjections, Open, UntilDate
from bot.plans.reading import Choose, Read, Refused


def weeks(count: int) -> Every:
    return Every(count, "weeks")


def months(count: int) -> Every:
    return Every(count, "months")


def days(count: int) -> Every:
    return Every(count, "days")


@pytest.mark.parametrize(
    ("text", "cadence"),
    [
        ("every 8 weeks", weeks(8)), ("8 weeks", weeks(8)), ("8-weekly", weeks(8)), ("q8w", weeks(8)),
        ("8/52", weeks(8)),
        ("every eight weeks", weeks(8)), ("every 12wks", weeks(12)), ("evry 8 weks", weeks(8)),
        ("every 8th week", weeks(8)),
        ("3/12", months(3)), ("monthly", months(1)), ("every month", months(1)), ("once a month", months(1)),
        ("three monthly", months(3)), ("once every 3 months", months(3)), ("quarterly", months(3)),
        ("every quarter", months(3)),
        ("twice a year", months(6)), ("4 times a year", months(3)), ("half yearly", months(6)), ("yearly", months(12)),
        ("every other day", days(2)), ("alternate days", days(2)), ("every second day", days(2)),
        ("every third day", days(3)),
        ("daily", days(1)), ("every day", days(1)), ("once a day", days(1)), ("every 28 days", days(28)),
        ("weekly", weeks(1)), ("every week", weeks(1)), ("fortnightly", weeks(2)), ("every other week", weeks(2)),
        ("every second month", months(2)), ("1 mg monthly", months(1)), ("every two days for two weeks", days(2)),
        ("mon wed fri", OnWeekdays((0, 2, 4))), ("mon, wed & fri", OnWeekdays((0, 2, 4))),
        ("m/w/f", OnWeekdays((0, 2, 4))),
        ("mondays and thursdays", OnWeekdays((0, 3))), ("mon-fri", OnWeekdays((0, 1, 2, 3, 4))),
        ("weekdays", OnWeekdays((0, 1, 2, 3, 4))),
        ("every monday", OnWeekdays((0,))), ("3 times a week: tues/thurs/sat", OnWeekdays((1, 3, 5))),
    ],
)  # fmt: skip
def test_read(text: str, cadence: Cadence) -> None:
    assert read_interval(text) == Read(cadence)


@pytest.mark.parametrize(
    ("text", "options", "question"),
    [
        ("every 2-3 months", (months(2), months(3)), "which"),
        ("2 or 3 months", (months(2), months(3)), "which"),
        ("every 10 to 12 weeks", (weeks(10), weeks(11), weeks(12)), "which"),
        ("every 2 days for 2 weeks then every 3 months", (days(2), months(3)), "which"),
        ("biweekly", (weeks(2), OnWeekdays((0, 3))), "which"),
        ("bimonthly", (months(2), weeks(2)), "which"),
        ("3 times a week", (OnWeekdays((0, 2, 4)), OnWeekdays((1, 3, 5)), days(2)), "which_days"),
        ("twice a week", (OnWeekdays((0, 3)), OnWeekdays((1, 4))), "which_days"),
        ("twice a month", (weeks(2),), "did_you_mean"),
        ("12 weekly injections", (weeks(12), weeks(1)), "did_you_mean"),
        ("8", (weeks(8), months(8), days(8)), "unit"),
        ("every 90", (weeks(90), days(90)), "unit"),
    ],
)
def test_asked(text: str, options: tuple[Cadence, ...], question: str) -> None:
    assert read_interval(text) == Choose(options, question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("twice a day", "too_often"), ("every 12 hours", "too_often"), ("every 5 years", "too_long_interval"),
        ("5 times a week", "days_missing"), ("first monday of the month", "not_offered"), ("hello", "not_understood"),
        ("every 0 weeks", "not_understood"), ("every 1.5 weeks", "not_understood"),
        ("when i feel tired", "not_understood"),
        ("", "empty"),
    ],
)  # fmt: skip
def test_refused(text: str, reason: str) -> None:
    assert read_interval(text) == Refused(reason)  # type: ignore[arg-type]


def test_a_word_not_understood_among_weekdays_is_shown() -> None:
    assert read_interval("mon wed fir") == Read(OnWeekdays((0, 2)), assumed=True)
    assert read_interval("every other monday") == Read(weeks(2), assumed=True)
    assert read_interval("lundi et jeudi", language="fr") == Read(OnWeekdays((0, 3)), assumed=True)


@given(st.integers(1, 104), st.sampled_from(["every {} weeks", "{} weekly", "q{}w", "each {} wks", "every {}-weeks"]))
def test_every_number_of_weeks(count: int, pattern: str) -> None:
    assert read_interval(pattern.format(count)) == Read(weeks(count))


@settings(deadline=None)
@given(st.text(max_size=220))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(read_interval(text), Read | Choose | Refused)
    assert isinstance(read_loading_end(text, date(2026, 11, 20), date(2026, 11, 20)), Read | Choose | Refused)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("6 injections", AfterInjections(6)), ("six shots", AfterInjections(6)),
        ("8 weekly injections", AfterInjections(8)),
        ("2 weeks", UntilDate(date(2026, 12, 3))), ("for two weeks", UntilDate(date(2026, 12, 3))),
        ("a month", UntilDate(date(2026, 12, 19))), ("until 3 May", UntilDate(date(2027, 5, 3))),
        ("until my clinic says", Open()), ("don't know", Open()), ("until I feel better", Open()),
    ],
)  # fmt: skip
def test_loading_end(text: str, end: LoadingEnd) -> None:
    assert read_loading_end(text, date(2026, 11, 20), date(2026, 11, 20)) == Read(end)


def test_loading_end_asked_and_refused() -> None:
    today = date(2026, 11, 20)
    assert read_loading_end("6", today, today) == Read(AfterInjections(6), assumed=True)
    assert read_loading_end("12/3", today, today) == Choose(
        (UntilDate(date(2027, 3, 12)), UntilDate(date(2026, 12, 3))), "day_or_month"
    )
    assert read_loading_end("0", today, today) == Refused("zero")
    assert read_loading_end("10 nov", today, today) == Refused("date_past")
    assert read_loading_end("hello", today, today) == Refused("not_understood")
    assert read_loading_end("1 december", today, date(2026, 12, 5)) == Refused("date_past")
