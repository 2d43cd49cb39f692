"""Times of day as people type them."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plans.reading import Choose, Read, Refused
from bot.plans.time_reading import read_time


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9am", time(9)), ("9 a.m.", time(9)), ("9 pm", time(21)), ("21:30", time(21, 30)), ("0930", time(9, 30)),
        ("21h30", time(21, 30)), ("21.30", time(21, 30)), ("09:00", time(9)), ("noon", time(12)), ("midnight", time(0)),
        ("12am", time(0)), ("12 pm", time(12)), ("00:15", time(0, 15)), ("24:00", time(0)), ("7:00am", time(7)),
        ("quarter past 7 pm", time(19, 15)), ("ten past six in the evening", time(18, 10)), ("7 at night", time(19)),
        ("12 at night", time(0)),
        ("half past noon", time(12, 30)), ("9 in the morning", time(9)), ("2 in the afternoon", time(14)),
        ("quarter to 1 pm", time(12, 45)), ("8 this evening", time(20)), ("130pm", time(13, 30)), ("21 Uhr", time(21)),
    ],
)  # fmt: skip
def test_certain(text: str, at: time) -> None:
    assert read_time(text) == Read(at)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9", time(9)), ("at 9", time(9)), ("9:30", time(9, 30)), ("half past 8", time(8, 30)), ("half 8", time(8, 30)),
        ("quarter to nine", time(8, 45)), ("20 to 9", time(8, 40)), ("eight thirty", time(8, 30)), ("12", time(12)),
        ("nine o'clock", time(9)), ("morning", time(9)), ("in the evening", time(19)), ("930", time(9, 30)),
    ],
)  # fmt: skip
def test_assumed(text: str, at: time) -> None:
    assert read_time(text) == Read(at, assumed=True)


@pytest.mark.parametrize(
    ("text", "options", "question"),
    [
        ("6", (time(6), time(18)), "morning_or_evening"),
        ("5:30", (time(5, 30), time(17, 30)), "morning_or_evening"),
        ("9-10", (time(9), time(10)), "which"),
        ("9am or 9pm", (time(9), time(21)), "which"),
    ],
)
def test_asked(text: str, options: tuple[time, ...], question: str) -> None:
    assert read_time(text) == Choose(options, question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("25", "no_such_time"),
        ("9:75", "no_such_time"),
        ("24:30", "no_such_time"),
        ("soon", "not_understood"),
        ("", "empty"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert read_time(text) == Refused(reason)  # type: ignore[arg-type]


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_time_written_in_full_is_read(at: time) -> None:
    assert read_time(at.strftime("%H:%M")) in (Read(at), Read(at, assumed=True))
    assert read_time(at.strftime("%I:%M %p")) == Read(at)
    assert read_time(at.strftime("%I.%M%p").lower()) == Read(at)


@given(st.text(max_size=250))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(read_time(text), Read | Choose | Refused)
