"""From a message to what to do about it, with the real encoder and a small content."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.understanding.encoder import Encoder
from bot.understanding.understand import SMALLTALK, Understanding
from tests.understanding.small_content import PHRASINGS, listed, small_content


def test_a_known_phrasing_is_answered_at_once(understanding: Understanding) -> None:
    for entry, texts in PHRASINGS.items():
        for text in listed(texts):
            found = understanding.understand(f"  {text.upper()}??? ")
            assert (found.action, found.entry) == ("answer", entry), text
            assert found.candidates[0].entry == entry


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Is it OK to have a pint after my jab?", "alcohol"),
        ("do the syringes go in the rubbish", "sharps_disposal"),
        ("my sholder is soar since the jab", "site_reaction"),
        ("hello, should ampoules be kept in the fridge? thanks", "storage_travel"),
    ],
)
def test_a_new_wording_leads_to_the_entry(understanding: Understanding, text: str, entry: str) -> None:
    found = understanding.understand(text)
    assert found.action in ("answer", "choose")
    assert entry in [one.entry for one in found.candidates[:3]]


@pytest.mark.parametrize("text", ["what is the weather like in paris", "my dog is limping", "tell me a funny joke"])
def test_off_topic_is_not_answered(understanding: Understanding, text: str) -> None:
    found = understanding.understand(text)
    assert found.action == "unknown"
    assert found.entry is None


@pytest.mark.parametrize("text", ["", "   ", "?!…", "🦄", "\u200b"])
def test_nothing_said_is_unknown(understanding: Understanding, text: str) -> None:
    assert understanding.understand(text).action == "unknown"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi!", "greeting"),
        ("good morning, how are you?", "how_are_you"),
        ("ok thanks bye", "thanks"),
        ("🙏🙏", "thanks"),
        ("No", "other"),
    ],
)
def test_small_talk(understanding: Understanding, text: str, kind: str) -> None:
    found = understanding.understand(text)
    assert (found.action, found.entry, found.reason) == ("answer", SMALLTALK, kind)


@pytest.mark.parametrize(
    "text", ["hi, is a sore arm normal", "thanks! is a sore arm normal?", "is a sore arm normal, cheers"]
)
def test_small_talk_hides_no_question(understanding: Understanding, text: str) -> None:
    assert understanding.understand(text).entry == "site_reaction"


@pytest.mark.parametrize(
    ("text", "entry", "kind"),
    [
        ("how many mg is 2000 mcg", "unit_conversion", "convert"),
        ("please convert 2000 iu to mg", "iu_units", "refuse_iu"),
    ],
)
def test_conversions_are_found(understanding: Understanding, text: str, entry: str, kind: str) -> None:
    found = understanding.understand(text)
    assert (found.action, found.entry, found.reason) == ("answer", entry, "units")
    assert found.units is not None
    assert found.units.kind == kind


def test_two_questions_offer_both(understanding: Understanding) -> None:
    found = understanding.understand("Can I drink wine after my injection? And where does the sharps box go?")
    assert (found.action, found.reason) == ("choose", "two questions")
    assert {one.entry for one in found.candidates[:2]} == {"alcohol", "sharps_disposal"}
    assert len(found.candidates) >= 3


def test_a_long_story_is_read_by_its_question(understanding: Understanding) -> None:
    story = (
        "I am 54 and live with my two dogs. It has been raining all week. My sister came to stay. "
        "Where does the sharps box go? We are going to a wedding next month."
    )
    found = understanding.understand(story)
    assert "sharps_disposal" in [one.entry for one in found.candidates[:3]]
    assert found.action in ("answer", "choose")


def test_without_the_encoder_there_are_buttons_only() -> None:
    lexical = Understanding(small_content(), None)
    found = lexical.understand("where does the sharps box go")
    assert found.action == "choose"
    assert found.candidates[0].entry == "sharps_disposal"
    for texts in PHRASINGS.values():
        for text in listed(texts):
            assert lexical.understand(text).action != "answer" or lexical.understand(text).units is not None
    assert lexical.understand("hello").entry == SMALLTALK


def test_thresholds_are_the_contents(encoder: Encoder) -> None:
    text = "Is it OK to have a pint after my jab?"
    bold = Understanding(small_content(answer_at=0.05, topic_at=0.0), encoder).understand(text)
    shy = Understanding(small_content(answer_at=1.0, choose_at=0.01, topic_at=0.0), encoder).understand(text)
    silent = Understanding(small_content(topic_at=1.0), encoder).understand(text)
    assert (bold.action, shy.action, silent.action) == ("answer", "choose", "unknown")


TYPED = st.lists(
    st.sampled_from([*listed(" / ".join(PHRASINGS.values())), "?", ". ", "\n", "hi", "thanks", "1000", "🙂"]),
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), TYPED.map(" ".join)))
def test_what_is_always_true(understanding: Understanding, text: str) -> None:
    found = understanding.understand(text)
    assert found == understanding.understand(text)
    chances = [one.p for one in found.candidates]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances, reverse=True) or found.reason == "two questions"
    assert len({one.entry for one in found.candidates}) == len(found.candidates)
    assert SMALLTALK not in [one.entry for one in found.candidates]
    assert (found.entry is not None) is (found.action == "answer")
    if found.action == "choose":
        assert len(found.candidates) >= 3
    understanding.explain(text).lines()


def test_the_longest_message_telegram_allows(understanding: Understanding) -> None:
    assert understanding.understand("Is a sore arm normal? " * 186).candidates
    assert understanding.understand("x" * 4096).action == "unknown"


def test_an_explanation_tells_everything(understanding: Understanding) -> None:
    told = "\n".join(understanding.explain("is a soar shoulderr normal").lines())
    for part in ("read as:", "shoulderr → shoulder", "near:", "site_reaction", "chances: first right", "so: "):
        assert part in told
