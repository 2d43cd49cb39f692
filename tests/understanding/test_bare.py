import pytest

from bot.understanding.bare import is_bare


@pytest.mark.parametrize(
    "text", ["9", "9 am", "half past 8", "21:30", "every 2 days", "1 mg", "3 May", "12/3", "6 times", "today"]
)
def test_an_answer_to_a_wizard_is_bare(text: str) -> None:
    assert is_bare(text)


@pytest.mark.parametrize(
    "text", ["", "...", "bp 70/40", "sats 84", "help", "cant breathe", "74/41 and clammy", "chest", "O2 82", "temp 40"]
)
def test_anything_with_a_word_of_its_own_is_not(text: str) -> None:
    assert not is_bare(text)
