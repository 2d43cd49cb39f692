import pytest

from bot.knowledge.reading_age import grade, reading_age, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("cat", 1), ("clinic", 2), ("medicine", 3), ("injection", 3), ("any", 2), ("hospital", 3), ("needle", 2)],
)
def test_counts_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_harder_words_and_longer_sentences_are_harder() -> None:
    easy = "You may feel sore. It goes in a day. Call us if it does not."
    hard = (
        "Localised inflammatory manifestations subsequent to parenteral administration usually resolve spontaneously."
    )
    assert grade(easy) < 3 < 12 < grade(hard)
    assert reading_age(easy) == grade(easy) + 5


def test_no_words_need_no_reading() -> None:
    assert grade("… 12!") == 0
