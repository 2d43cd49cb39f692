"""Long messages in parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.sentences import is_question, parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one sentence only", ()),
        ("My arm is sore. Is that normal?", ("My arm is sore.", "Is that normal?")),
        ("what does 1.5 mg mean e.g. on my label", ()),
        ("first thing here\nsecond thing here", ("first thing here", "second thing here")),
        ("Is it safe with wine?Where do needles go?", ("Is it safe with wine?", "Where do needles go?")),
        ("Hi! My arm is sore today", ()),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert parts(text) == expected


def test_questions_come_first_when_there_are_many() -> None:
    text = "I am fifty four. " * 10 + "Where do needles go? " + "It rained all day. " * 10
    assert "Where do needles go?" in parts(text)
    assert len(parts(text)) <= 5


@given(st.text(max_size=300))
def test_parts_stand_in_the_text(text: str) -> None:
    at = 0
    for part in parts(text):
        at = text.index(part, at) + len(part)


@pytest.mark.parametrize(
    ("part", "asks"),
    [
        ("is that normal", True),
        ("And can I fly", True),
        ("sore arm?", True),
        ("my arm is sore.", False),
        ("island", False),
    ],
)
def test_questions(part: str, asks: bool) -> None:
    assert is_question(part) is asks
