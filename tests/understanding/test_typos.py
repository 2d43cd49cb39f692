"""Mending slips of the finger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.dictionary import english
from bot.understanding.normalise import normalise
from bot.understanding.typos import TypoRepair

CONTENT = [
    "where is the injection given",
    "my arm is sore and itching after the injection",
    "does metformin lower b12",
    "my shoulder hurts after the injection",
    "which hydroxocobalamin hydroxocobalamin hydroxocobalamin ampoules",
    "metformin and the injection",
    "metformin or the omeprazole",
    "feeling the blood test",
] * 8
MENDER = TypoRepair(CONTENT)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("injecton", "injection"),
        ("ijnection", "injection"),
        ("injecction", "injection"),
        ("hydroxicobalmin", "hydroxocobalamin"),
        ("sholder itchng", "shoulder itching"),
        ("metfromin", "metformin"),
        ("teh nurse", "the nurse"),
        ("v12 and n12", "b12 and b12"),
        ("myarm", "my arm"),
        ("dosent hurt", "does not hurt"),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    assert MENDER.repair(normalise(typed)) == meant


@pytest.mark.parametrize("word", ["qzxvkw", "usa", "d3", "1000", "что", "xy", "sertralin"])
def test_what_is_far_from_everything_stays(word: str) -> None:
    assert MENDER.repair(word) == word


def test_changes_are_told() -> None:
    assert MENDER.changes("my injecton hurts") == [("injecton", "injection")]


@given(st.lists(st.sampled_from(sorted(english())), max_size=8))
def test_english_is_never_changed(words: list[str]) -> None:
    assert [MENDER.word(word) for word in words] == words


@given(st.text(max_size=60))
def test_known_words_and_digits_stay(text: str) -> None:
    typed = normalise(text)
    mended = MENDER.repair(typed)
    assert [c for c in mended if c.isdigit()] == [c for c in typed if c.isdigit()]
    for word in CONTENT[:8]:
        assert MENDER.repair(word) == word


def slow_distance(a: str, b: str) -> int:
    """Edits between two words, a swap of neighbours being one: the textbook table."""
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


WORDS = sorted({word for text in CONTENT for word in text.split() if word.isalpha() and len(word) > 3})


@given(st.sampled_from(WORDS), st.integers(0, 40), st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.integers(0, 3))
def test_the_nearest_word_wins(word: str, at: int, letter: str, kind: int) -> None:
    at %= len(word)
    typed = [
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ][kind]
    mended = MENDER.word(typed)
    if len(typed) > 3 and typed not in english():
        assert " " in mended or slow_distance(typed, mended) <= 1
