"""A sign is never said as an id where there are words for it."""

from __future__ import annotations

from bot.care.reader import Clinic, Readers
from bot.care.sign_words import sign_words
from bot.knowledge.red_flag_examples import KINDS
from tests.chat.telegram_making import library

READER = Readers(library(), Clinic("the clinic")).reader()


def test_what_the_learned_part_found_is_said_by_its_title() -> None:
    for level in ("emergency", "urgent"):
        for kind in KINDS[level]:
            words = sign_words(READER, kind, level)
            assert words[0].isupper(), (level, kind, words)
            assert "_" not in words


def test_one_id_at_two_levels() -> None:
    assert sign_words(READER, "infant", "emergency") == "A limp or very unwell baby"
    assert sign_words(READER, "infant", "urgent") == "A baby losing skills"


def test_signs_of_the_bots_own_and_unknown_ones() -> None:
    assert sign_words(READER, "urgent_command", "emergency") == "asked for the emergency card (/urgent)"
    assert sign_words(READER, "never_heard_of", "urgent") == "a warning sign (never heard of)"
