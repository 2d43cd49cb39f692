"""What is filled into a sentence is in the sentence's own language."""

from __future__ import annotations

import re

import pytest

from bot.care.reader import Clinic, Readers
from tests.chat.telegram_making import library

LANGUAGES = ("de", "es", "fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_in_two_languages(language: str) -> None:
    """Nobody told their country: the emergency number is words, and they are the sentence's."""
    reader = Readers(library(), Clinic("Hill Street", "0123 456")).reader(language)
    english = Readers(library(), Clinic("Hill Street", "0123 456")).reader("en")
    own = reader.content.messages
    keys, own_keys = english.content.messages.keys(), own.keys()
    assert own.text("card.number_unknown") != english.content.messages.text("card.number_unknown")
    for key in keys:
        said = reader.say(key)
        assert (own.text("card.number_unknown") in said) <= (key in own_keys), key
        if key not in own_keys:
            assert said == english.say(key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_english_answer_names_the_number_in_english(language: str) -> None:
    reader = Readers(library(), Clinic("Hill Street")).reader(language)
    english = Readers(library(), Clinic("Hill Street")).reader("en")
    for entry in reader.content.entries:
        assert reader.fill(entry.answer) == english.fill(entry.answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_said_about_an_alert_is_said_in_the_cards_language(language: str) -> None:
    english, own = library().content("en").messages, library().content(language).messages
    keys = english.keys()
    wanted = {key for key in keys if re.match(r"alert\.|card\.", key)}
    assert wanted <= own.keys(), sorted(wanted - own.keys())
