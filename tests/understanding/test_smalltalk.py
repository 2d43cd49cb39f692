"""Greetings, thanks and goodbyes."""

from __future__ import annotations

import pytest

from bot.understanding.normalise import normalise
from bot.understanding.smalltalk import SmallTalk

TALK = SmallTalk(
    {"greeting": ["hi", "good morning"], "thanks": ["thank you", "🙏"], "goodbye": ["bye"], "other": ["no", "ok"]}
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi", "greeting"),
        ("Good morning! Thank you.", "thanks"),
        ("ok bye", "goodbye"),
        ("🙏", "thanks"),
        ("no", "other"),
    ],
)
def test_whole_messages(text: str, kind: str) -> None:
    assert TALK.kind(text, normalise(text)) == kind


@pytest.mark.parametrize("text", ["hi doctor", "no better", "morning sickness", "", "thank you note", "🦄"])
def test_anything_else_is_none(text: str) -> None:
    assert TALK.kind(text, normalise(text)) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("hi good morning is it safe thank you bye", "is it safe"),
        ("no better after six shots", "no better after six shots"),
        ("is it safe hi", "is it safe hi"),
        ("thank you", "thank you"),
        ("", ""),
    ],
)
def test_what_stands_between(text: str, rest: str) -> None:
    assert TALK.without(text) == rest


def test_no_phrases_no_small_talk() -> None:
    assert SmallTalk({}).kind("hi", "hi") is None
