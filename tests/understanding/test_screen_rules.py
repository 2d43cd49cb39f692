"""The rules of the red-flag screen: examples in the content itself, and what changes a sign's meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.red_flags import RedFlags, Sign
from bot.knowledge.strict_yaml import read
from bot.understanding.screen import RedFlagScreen
from bot.understanding.signs.finding import SignFinder

CONTENT = Path(__file__).parents[2] / "content"
RULES = {
    path.parent.name: RedFlags.model_validate(read(path, path.name)[0])
    for path in sorted(CONTENT.glob("*/red_flags.yaml"))
}
SIGNS = [
    pytest.param(language, sign, id=f"{language}-{sign.id}") for language, red in RULES.items() for sign in red.signs
]


@pytest.fixture(scope="module")
def finders() -> dict[str, SignFinder]:
    return {language: SignFinder(rules) for language, rules in RULES.items()}


@pytest.fixture(scope="module")
def screen() -> RedFlagScreen:
    return RedFlagScreen(RULES)


@pytest.mark.parametrize(("language", "sign"), SIGNS)
def test_examples_are_found_and_counterexamples_are_not(
    language: str, sign: Sign, finders: dict[str, SignFinder]
) -> None:
    for example in sign.examples:
        asserted = {
            found.sign.id
            for found in finders[language].find(example).signs
            if found.meaning in ("asserted", "mentioned")
        }
        assert sign.id in asserted, f"{example!r} is not seen as {sign.id}, only as {asserted}"
    for example in sign.not_examples:
        asserted = {found.sign.id for found in finders[language].find(example).signs if found.meaning == "asserted"}
        assert sign.id not in asserted, f"{example!r} is seen as {sign.id}"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("no rash no swelling but i cant get my breath", "emergency"),
        ("no rash, no swelling and I can breathe fine", "none"),
        ("No chest pain, breathlessness or dizziness", "none"),
        ("I can't breathe", "emergency"),
        ("what if I can't breathe after the jab", "none"),
        ("my throat closed up in 2009", "none"),
        ("is chest pain on the side effect leaflet", "none"),
        ("my sister can't breathe", "emergency"),
        ("sats 84 and I feel rough", "emergency"),
        ("sats 98 and I feel great", "none"),
        ("BP is 74/41", "emergency"),
        ("BP is 124/71", "none"),
        ("Hb came back 58", "urgent"),
        ("Hb came back 132", "none"),
        ("CANT BREATHE HELP", "emergency"),
        ("", "none"),
        ("😀", "none"),
    ],
)
def test_what_a_message_means_decides_its_level(text: str, level: str, screen: RedFlagScreen) -> None:
    assert screen.assess(text).level == level


def test_a_verdict_above_none_names_its_sign_card_and_reason(screen: RedFlagScreen) -> None:
    verdict = screen.assess("my lips are swelling up")
    assert (verdict.sign, verdict.card, verdict.entry) == ("face_swelling", "allergy", "emergency_allergy")
    assert verdict.reasons
