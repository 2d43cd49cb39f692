"""Our WordPiece beside the library it replaces."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from bot.understanding.encoder import MODEL
from bot.understanding.wordpiece import MAX_TOKENS, WordPiece

VOCABULARY = (MODEL / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
OURS = WordPiece.load(MODEL / "vocab.txt")


def library() -> Tokenizer:
    """The library with the same vocabulary and the settings the model was trained with."""
    pieces = {piece: number for number, piece in enumerate(VOCABULARY)}
    made = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


THEIRS = library()


def theirs(text: str) -> list[int]:
    ids = THEIRS.encode(text, add_special_tokens=False).ids
    return [101, *ids[: MAX_TOKENS - 2], 102]


# Both sides know Unicode, but of different years: only characters whose category never changed can be compared.
STEADY = st.characters(exclude_categories=["Cs"]).filter(
    lambda c: unicodedata.ucd_3_2_0.category(c) == unicodedata.category(c) != "Cn" and ord(c) not in (0x166D, 0x1734)
)
WORDS = st.sampled_from([piece.removeprefix("##") for piece in VOCABULARY[1000:]])
ODD = [" ", "  ", "-", "'", "µ", "İ", "ß", "Σ", "é", "e\u0301", "\u200b", "\x00", "\x85", "東"]
TEXTS = st.one_of(
    st.text(STEADY, max_size=40),
    st.lists(WORDS | st.sampled_from(ODD), max_size=30).map("".join),
    st.lists(WORDS, max_size=12).map(" ".join),
)


@given(TEXTS)
@example("")
@example("x" * 101)
@example("word " * 300)
@example("ΣΑΣ İstanbul naïve ﬁne ½µg b₁₂ don't £5")
def test_ids_equal_the_librarys(text: str) -> None:
    assert OURS.ids(text) == theirs(text)


def test_marks_written_by_a_patient_are_plain_text() -> None:
    ids = OURS.ids("[SEP] [CLS]")
    assert 102 not in ids[:-1]
    assert 101 not in ids[1:]


@pytest.mark.parametrize("limit", [2, 5, 128])
def test_length_is_bounded(limit: int) -> None:
    assert len(OURS.ids("antidisestablishmentarianism " * 500, limit)) <= limit


def test_what_is_remembered_is_bounded() -> None:
    """Thousands of people write numbers of their own."""
    ours = WordPiece.load(MODEL / "vocab.txt")
    for number in range(7000):
        ours.ids(f"case {number}")
    assert len(ours._known) <= 5000
