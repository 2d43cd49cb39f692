"""Word by word into English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.gloss import Glossary


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [
        ("es", "No puedo respirar, se me cierra la garganta", "i cannot breathe, i closing the throat"),
        ("de", "Ich kriege keine Luft!", "i cannot get air!"),
        ("fr", "J'ai mal à la poitrine depuis une heure", "i have pain in the chest since a hour"),
    ],
)
def test_signs_are_readable_in_english(language: str, text: str, english: str) -> None:
    assert Glossary.load(language).english(text) == english


def test_phrases_win_over_words_and_longer_beginnings_over_shorter() -> None:
    glossary = Glossary(["de of", "de_golpe suddenly", "hinch* swollen", "hi* thread", "# a comment", ""])
    assert glossary.english("de golpe hinchado de hilo") == "suddenly swollen of thread"


def test_unknown_words_numbers_and_marks_stay() -> None:
    assert Glossary(["la the"]).english("La B12: 1,5 mg?  zzz") == "the B12: 1,5 mg?  zzz"


@given(st.text())
def test_any_text_can_be_glossed(text: str) -> None:
    Glossary.load("fr").english(text)


@given(st.text(alphabet="abc de!?\n", max_size=60))
def test_an_empty_glossary_changes_nothing(text: str) -> None:
    assert Glossary([]).english(text) == text
