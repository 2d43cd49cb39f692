"""What holds of the red-flag screen whatever people write."""

from __future__ import annotations

import string
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.red_flags import RedFlags
from bot.knowledge.strict_yaml import read
from bot.understanding.impression import Reader
from bot.understanding.screen import RedFlagScreen
from bot.understanding.verdict import LEVELS, Circumstances

CONTENT = Path(__file__).parents[2] / "content"
RULES = {
    path.parent.name: RedFlags.model_validate(read(path, path.name)[0])
    for path in sorted(CONTENT.glob("*/red_flags.yaml"))
}
CORE = [
    "I can't breathe",
    "my throat is closing up",
    "her lips are swelling",
    "he's having a seizure",
    "crushing pain in my chest",
    "her face is drooping on one side",
    "I want to kill myself",
    "I've taken all my tablets",
    "she's unconscious and not breathing",
    "my tongue is swelling up",
    "hives all over and I feel faint",
    "my baby is floppy and won't wake",
    "his lips have gone blue",
    "just used my EpiPen",
    "I'm vomiting blood",
]
HARMLESS = [
    "Hi there.",
    "Thanks for the reminder!",
    "What time do you open on Saturday?",
    "My next injection is due in May.",
    "Can I move my appointment to Tuesday?",
    "Hope you are well.",
    "The weather is lovely here.",
]
_SCREENS = {"rules": RedFlagScreen(RULES), "rules and reader": RedFlagScreen(RULES, Reader.open())}


@pytest.fixture(params=sorted(_SCREENS), ids=lambda name: name.replace(" ", "_"), scope="module")
def screen(request: pytest.FixtureRequest) -> RedFlagScreen:
    return _SCREENS[request.param]


@pytest.mark.parametrize("text", CORE)
def test_core_emergencies_get_the_card(text: str, screen: RedFlagScreen) -> None:
    assert screen.assess(text).level == "emergency"


@pytest.mark.parametrize("text", CORE)
@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.lower,
        lambda text: text.replace("'", ""),
        lambda text: text.replace("'", "’"),
        lambda text: text.translate(str.maketrans("", "", string.punctuation)),
        lambda text: f"{text}!!!",
        lambda text: text.replace(" ", "   "),
        lambda text: text.replace(" ", " \u200b"),
    ],
    ids=["upper", "lower", "no_apostrophe", "curly", "no_punctuation", "shouted", "spaced", "zero_width"],
)
def test_how_it_is_typed_does_not_hide_an_emergency(text: str, change: object, screen: RedFlagScreen) -> None:
    assert callable(change)
    assert screen.assess(change(text)).level != "none"


@settings(deadline=None, max_examples=150)
@given(text=st.sampled_from(CORE), data=st.data())
def test_a_single_slip_in_a_long_word_does_not_hide_an_emergency(text: str, data: st.DataObject) -> None:
    words = text.split()
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return
    which = data.draw(st.sampled_from(long))
    word = words[which]
    at = data.draw(st.integers(1, len(word) - 2))
    kind = data.draw(st.sampled_from(["swap", "drop", "double"]))
    slipped = {
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "drop": word[:at] + word[at + 1 :],
        "double": word[:at] + word[at] + word[at:],
    }[kind]
    typed = " ".join([*words[:which], slipped, *words[which + 1 :]])
    assert _SCREENS["rules and reader"].assess(typed).level != "none", typed


@settings(deadline=None, max_examples=120)
@given(
    text=st.sampled_from(CORE),
    before=st.lists(st.sampled_from(HARMLESS), max_size=3),
    after=st.lists(st.sampled_from(HARMLESS), max_size=3),
)
def test_harmless_sentences_around_an_emergency_never_silence_it(
    text: str, before: list[str], after: list[str]
) -> None:
    whole = " ".join([*before, f"{text}.", *after])
    for screen in _SCREENS.values():
        assert screen.assess(whole).level != "none", whole


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=400))
def test_any_text_gets_a_verdict(text: str) -> None:
    for screen in _SCREENS.values():
        verdict = screen.assess(text)
        assert verdict.level in LEVELS
        assert (verdict.level == "none") == (verdict.sign is None)


@settings(deadline=None, max_examples=60)
@given(
    words=st.lists(
        st.sampled_from(
            [
                *[
                    "no",
                    "not",
                    "can't",
                    "breathe",
                    "chest",
                    "pain",
                    ",",
                    ".",
                    "?",
                    '"',
                    "lips",
                    "swelling",
                    "if",
                    "years",
                    "ago",
                    "now",
                    "74/41",
                    "bp",
                ]
            ]
        ),
        max_size=60,
    ),
    hours=st.none() | st.floats(0, 200),
    loading=st.booleans(),
)
def test_knowing_of_an_injection_never_lowers_a_verdict(words: list[str], hours: float | None, loading: bool) -> None:
    text = " ".join(words)
    for screen in _SCREENS.values():
        without = screen.assess(text).level
        known = screen.assess(text, Circumstances(hours_since_injection=hours, loading=loading)).level
        assert LEVELS.index(known) >= LEVELS.index(without) or (without, known) == ("urgent", "check")


@pytest.mark.parametrize("text", ["no chest pain .. " * 240, "(a" * 2000, "swelling, " * 400, "?" * 4096, "'" * 4096])
def test_a_full_message_is_read_without_getting_stuck(text: str, screen: RedFlagScreen) -> None:
    assert screen.assess(text[:4096]).level in LEVELS


def test_a_very_long_text_is_read_in_bounded_time(screen: RedFlagScreen) -> None:
    filler = "thank you for the reminder about my appointment, "
    began = time.process_time()
    assert screen.assess(filler * 2000).level == "none"
    assert screen.assess(filler * 1000 + ". I can't breathe. " + filler * 1000).level != "none"
    assert time.process_time() - began < 60, "a runaway pattern, not a slow machine"


def test_the_same_text_always_gets_the_same_verdict(screen: RedFlagScreen) -> None:
    texts = [*CORE, *HARMLESS]
    first = [screen.assess(text) for text in texts]
    assert [screen.assess(text) for text in reversed(texts)] == first[::-1]
