"""What is shown when something of ours is broken, missing or unknown: always the call first."""

from __future__ import annotations

import functools
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.care.answering import Answering
from bot.care.cards import EMERGENCY_CARDS, URGENT_CARDS, emergency_card, failsafe_card, urgent_card
from bot.care.reader import Clinic, Reader, Readers
from bot.care.screening import SafeScreen, failed
from bot.clock import FixedClock
from bot.knowledge.content import Content, Library, Topic
from bot.knowledge.entries import Entry, Review
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding.verdict import UNKNOWN, Circumstances, Verdict


@functools.cache
def library() -> Library:
    return load_library(CONTENT_DIR, CONTENT_DIR, "en")


LANGUAGES = sorted(library().contents)
READERS = Readers(library(), Clinic("Riverside", "0123"))


class Broken:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        raise self._error


@pytest.mark.parametrize(
    "screen",
    [None, Broken(RuntimeError("rule")), Broken(RecursionError()), Broken(MemoryError()), Broken(KeyError("sign"))],
)
def test_a_screen_that_is_missing_or_raises_is_an_emergency(screen: Broken | None) -> None:
    verdict = SafeScreen(screen).assess("how much b12 is in one shot")
    assert verdict.level == "emergency"
    assert failed(verdict)


@pytest.mark.parametrize("text", ["/urgent", "/URGENT please", "/urgent@b12_companion_bot", " /urgent"])
@pytest.mark.parametrize("screen", [None, Broken(RuntimeError("rule"))])
def test_asking_for_the_card_is_an_emergency_whatever_the_screen_can_do(text: str, screen: Broken | None) -> None:
    verdict = SafeScreen(screen).assess(text)
    assert (verdict.level, verdict.card, verdict.sign) == ("emergency", "allergy", "urgent_command")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_for_a_broken_screen_says_whom_to_call_first(language: str) -> None:
    card = failsafe_card(READERS.reader(language, "GB"), "Who sees it.")
    assert card.title is not None
    assert "999" in card.title
    assert "Who sees it." in card.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*EMERGENCY_CARDS, "unknown-kind"])
def test_every_emergency_card_begins_with_the_number(language: str, kind: str) -> None:
    card = emergency_card(READERS.reader(language, "GB"), kind)
    assert card.title is not None
    assert "999" in card.title
    assert "http" not in card.plain
    assert not card.buttons


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", URGENT_CARDS)
def test_every_same_day_card_says_when_to_call_the_emergency_number(language: str, kind: str) -> None:
    assert "999" in urgent_card(READERS.reader(language, "GB"), kind).plain


@pytest.mark.parametrize("country", sorted(library().emergency.countries))
def test_each_countrys_own_number_stands_on_its_card(country: str) -> None:
    number = library().emergency.countries[country].emergency
    title = emergency_card(READERS.reader("en", country)).title
    assert title is not None
    assert re.search(rf"(?<!\d){re.escape(number)}(?!\d)", title)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", [None, "", "XX", "gb"])
def test_an_unknown_country_gets_several_numbers_and_never_a_guess(language: str, country: str | None) -> None:
    title = emergency_card(READERS.reader(language, country)).title or ""
    assert len(set(re.findall(r"\b\d{3}\b", title))) >= 2


def test_the_clinics_own_number_wins() -> None:
    readers = Readers(library(), Clinic("Riverside", "0123", "1-2-3"))
    assert "1-2-3" in (emergency_card(readers.reader("en", "GB")).title or "")


def entry(**changes: object) -> Entry:
    values: dict[str, object] = {
        "id": "usual_dose", "title": "Usual dose", "phrasings": ("how much",), "answer": "One milligram.",
        "more": "It depends.", "dose": True, "review": Review(status="draft", due=date(2026, 5, 4)),
    }  # fmt: skip
    return Entry.model_validate(values | changes)


def reading(one: Entry) -> Reader:
    english = library().content("en")
    content = Content("en", (Topic("dose", "Dose", (one,)),), english.messages, (), english.matching, None)
    return Reader(content, library().emergency, Clinic("Riverside"), "GB")


@pytest.mark.parametrize(("days", "shown"), [(0, True), (1, False), (400, False)])
def test_a_dose_answer_past_its_review_date_is_withheld(days: int, shown: bool) -> None:
    answering = Answering(FixedClock(datetime(2026, 5, 4, 12, tzinfo=UTC) + timedelta(days=days)))
    one = entry()
    for found in (answering.entry(reading(one), one.id), answering.more(reading(one), one.id)):
        assert found is not None
        assert ("milligram" in found.text or "depends" in found.text) is shown
        assert ("ask your clinic or pharmacist" in found.text) is not shown
    other = entry(dose=False)
    kept = answering.entry(reading(other), other.id)
    assert kept is not None
    assert "milligram" in kept.text
