"""The form texts are compared in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.understanding.normalise import normalise

CASES = {
    "How many µg is 1,000 mcg/mL of B-12??": "how many mcg is 1000 mcg per ml of b12",
    "I’ve missed my B₁₂ jab, what's next": "i have missed my b12 jab what is next",
    "the nurse's B12's": "the nurse b12",
    "soooo tired, 1000000 times": "soo tired 1000000 times",
    "2½ ml or ½ ml": "2 1/2 ml or 1/2 ml",
    "vit. b 12 inj": "b12 injection",
    "Vitamin B 12shots": "b12 shots",
    "should I get my be twelve": "should i get my b12",
    "bee twelve, b-twelve": "b12 b12",
    "will he be twelve in May": "will he be twelve in may",
    "don't can't won't dont wont": "do not cannot will not do not will not",
    "b.12, 1.5mg on 10th at 12:30": "b12 1.5 mg on 10th at 12 30",
    "٥٠ mcg": "50 mcg",
    "10² and 3cc": "10 2 and 3 ml",
    "µg ug MCG micro-grams Microgrammes": "mcg mcg mcg mcg mcg",
    "mgs milli grams millilitres I.U. international units": "mg mg ml iu iu",
    "İstanbul ﬁne naïve": "istanbul fine naive",
    "wh\u200bere d\u00ado nee\u2060dles go": "where do needles go",
    "b6 b121 vitamin b": "b6 b 121 vitamin b",
    "\U0001f489\U0001f480!!!": "",
    "что это": "что это",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_one_spelling(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("im so tired", False),
        ("Im on it since May", False),
        ("after my injection im sore", False),
        ("im b12 deficient", False),
        ("im needle phobic", False),
        ("and im scared", False),
        ("im b12 injections every month", True),
        ("is it im or sc", True),
        ("1000mcg IM weekly", True),
        ("given im", True),
        ("inject im or subq", True),
        ("im injection site", True),
        ("nurse says sc or im", True),
        ("i.m. only", True),
    ],
)
def test_im_is_intramuscular_only_in_context(text: str, route: bool) -> None:
    assert ("intramuscular" in normalise(text).split()) is route
    assert ("i am" in normalise(text)) is not route


SPELLINGS = (
    "b 12 b12 b-12 vit vitamin be bee im IM sc s/c iv or injection mcg µg ug mg ml cc iu i.u. micro gram 1,000 2.5 1/2 "
    "½ ² ٣ don't what's n't 's ' u r so soooo w/ w/o / . , & % £ \u200b é İ K ﬁ 10th 2day b4"
)
WORDS = st.sampled_from(SPELLINGS.split(" "))
TYPED = st.one_of(
    st.text(max_size=50), st.lists(WORDS | st.just(" "), max_size=20).map("".join), st.lists(WORDS).map(" ".join)
)


@settings(max_examples=400)
@given(TYPED)
@example("sc im sc im or")
@example("vit vit b12")
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if unicodedata.category(c) == "Nd")


@given(
    st.one_of(
        st.text(st.characters(exclude_categories=["No"]), max_size=50),
        st.lists(WORDS.filter(lambda w: not set(w) & set("½²"))).map(" ".join),
    )
)
def test_digits_are_never_changed(text: str) -> None:
    """Shorthand that is itself written with a digit (b4, 2day) is a word and may go."""
    shorthand = ("b4", "2day", "2moro", "2nite", "twelve")
    if any(word in text.lower() for word in shorthand):
        return
    assert digits(normalise(text)) == digits(text)


@given(st.integers(0, 10**9))
def test_zeros_are_not_repeated_letters(number: int) -> None:
    assert normalise(f"is {number} too much") == f"is {number} too much"
    assert normalise(f"is {number:,} too much") == f"is {number} too much"
