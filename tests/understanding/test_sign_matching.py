"""Patterns against a slow and obvious reference, and messages as the rules read them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.sign_pattern import Choice, Gap, Pattern, Word, parse
from bot.understanding.signs.matching import PatternIndex
from bot.understanding.signs.message import Message, read

WORD = st.sampled_from(["a", "b", "c", "ab"])
TEXT = st.lists(st.sampled_from([*["a", "b", "c", "ab", "d"], ",", "."]), max_size=9).map(" ".join)


def _pattern(depth: int) -> st.SearchStrategy[str]:
    single = st.builds(lambda word, star: word + star, WORD, st.sampled_from(["", "*"]))
    if depth == 0:
        return single
    inner = _pattern(depth - 1)
    choice = st.lists(inner, min_size=1, max_size=3).map(lambda ways: f"({' | '.join(ways)})")
    gapped = st.tuples(inner, inner).map(lambda two: f"{two[0]} .. {two[1]}")
    optional = st.tuples(inner, inner, inner).map(lambda three: f"{three[0]} [{three[1]}] {three[2]}")
    return st.one_of(single, choice, gapped, optional, st.tuples(inner, inner).map(" ".join))


def _spellings(pattern: Pattern) -> list[list[Word | Gap]]:
    """Every plain sequence a pattern stands for."""
    found: list[list[Word | Gap]] = [[]]
    for part in pattern:
        if isinstance(part, Choice):
            ways = [flat for way in part.ways for flat in _spellings(way)] + ([[]] if part.optional else [])
            found = [before + way for before in found for way in ways]
        else:
            found = [[*before, part] for before in found]
    return found


def _fits(sequence: list[Word | Gap], message: Message, start: int, end: int) -> bool:
    """Whether words start..end are spelt by the sequence, tried in every way there is."""
    if not sequence:
        return start == end
    first, rest = sequence[0], sequence[1:]
    if isinstance(first, Gap):
        for skipped in range(min(first.most, end - start) + 1):
            gap = range(start - 1, start + skipped)
            if any(message.part[a] != message.part[b] for a, b in pairwise(gap)):
                break
            if _fits(rest, message, start + skipped, end):
                return True
        return False
    if start >= end:
        return False
    word = message.words[start]
    if word != first.text and not (first.prefix and word.startswith(first.text)):
        return False
    return _fits(rest, message, start + 1, end)


@given(_pattern(2), TEXT)
def test_matches_are_those_of_the_obvious_reference(text: str, message_text: str) -> None:
    pattern = parse(text, {})
    message = read(message_text, {})
    found = {(one.match.start, one.match.end) for one in PatternIndex([(0, pattern)]).find(message)}
    count = len(message.words)
    expected = {
        (start, end)
        for start in range(count)
        for end in range(start + 1, count + 1)
        if len({message.clause[i] for i in range(start, end)}) == 1
        and any(_fits(sequence, message, start, end) for sequence in _spellings(pattern))
    }
    assert found == expected


def test_words_are_folded_and_breaks_kept() -> None:
    message = read("Can’t BREATHE — sooo scared. “Help”, é 74/41?", {"so": ("very", "much")})
    assert message.words == ("cant", "breathe", "very", "much", "scared", "help", "e", "74/41")
    assert message.clause == (0, 0, 0, 0, 0, 1, 1, 1)
    assert message.part[1] != message.part[2]
    assert message.quoted == (False,) * 5 + (True, False, False)
    assert message.asks == {1}


def test_short_french_words_stand_apart_and_english_ones_do_not() -> None:
    assert read("J'étouffe, l’air d'ici", {}).words == ("j", "etouffe", "l", "air", "d", "ici")
    assert read("I'm fine, it's ok, don't", {}).words == ("im", "fine", "its", "ok", "dont")


def test_invisible_characters_do_not_split_or_hide_words() -> None:
    assert read("br\u200beathe\ufeff now", {}).words == ("breathe", "now")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    message = read(text, {})
    assert len(message.words) == len(message.clause) == len(message.part) == len(message.quoted)
    assert all(later >= earlier for earlier, later in pairwise(message.part))
    assert all(word and word == word.lower() for word in message.words)
