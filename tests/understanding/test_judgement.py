"""How rules and the learned part come to one verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.red_flag_examples import KINDS
from bot.knowledge.red_flags import RedFlags, Sign
from bot.knowledge.strict_yaml import read
from bot.understanding.impression import Impression
from bot.understanding.judgement import AFTER_INJECTION, BARS, judge
from bot.understanding.signs.circumstance import Meaning
from bot.understanding.signs.finding import Finding
from bot.understanding.verdict import LEVELS, UNKNOWN, Circumstances

RED_FLAGS = RedFlags.model_validate(
    read(Path(__file__).parents[2] / "content" / "en" / "red_flags.yaml", "red_flags.yaml")[0]
)
THROAT = next(sign for sign in RED_FLAGS.signs if sign.id == "throat")
PUS = next(sign for sign in RED_FLAGS.signs if sign.id == "site_infection")
MEANINGS: tuple[Meaning, ...] = ("asserted", "joking", "mentioned", "denied", "past", "hypothetical", "asked", "quoted")
CHANCE = st.floats(0, 1)
FINDINGS = st.lists(
    st.builds(
        lambda sign, meaning: ("en", _found(sign, meaning)), st.sampled_from([THROAT, PUS]), st.sampled_from(MEANINGS)
    ),
    max_size=3,
)
IMPRESSIONS = st.tuples(CHANCE, CHANCE).map(lambda two: _thinks(two[0], (1 - two[0]) * two[1]))


def _found(sign: Sign, meaning: Meaning) -> Finding:
    return Finding(sign, "words", meaning, 0)


def _thinks(emergency: float, urgent: float, potassium: float = 0.0) -> Impression:
    return Impression(emergency, urgent, "throat", "infection", "chat", potassium)


@given(FINDINGS, IMPRESSIONS)
def test_an_asserted_sign_is_never_silenced(findings: list[tuple[str, Finding]], impression: Impression) -> None:
    verdict = judge(findings, impression, UNKNOWN, RED_FLAGS.kinds)
    if any(found.meaning == "asserted" for _, found in findings):
        assert verdict.level != "none"


@given(FINDINGS, IMPRESSIONS)
def test_the_learned_part_lowers_only_to_check(findings: list[tuple[str, Finding]], impression: Impression) -> None:
    sure = [entry for entry in findings if entry[1].meaning == "asserted"]
    by_rule = judge(sure, None, UNKNOWN, RED_FLAGS.kinds)
    both = judge(sure, impression, UNKNOWN, RED_FLAGS.kinds)
    assert both.level == "check" or LEVELS.index(both.level) >= LEVELS.index(by_rule.level)


@given(FINDINGS, IMPRESSIONS)
def test_where_an_emergency_is_not_ruled_out_the_verdict_is_not_urgent(
    findings: list[tuple[str, Finding]], impression: Impression
) -> None:
    if impression.emergency >= BARS.no_emergency:
        assert judge(findings, impression, UNKNOWN, RED_FLAGS.kinds).level != "urgent"


@given(FINDINGS, IMPRESSIONS, st.floats(0, 24), st.booleans())
def test_a_recent_injection_never_silences(
    findings: list[tuple[str, Finding]], impression: Impression, hours: float, loading: bool
) -> None:
    before = judge(findings, impression, UNKNOWN, RED_FLAGS.kinds).level
    after = judge(findings, impression, Circumstances(hours, loading), RED_FLAGS.kinds).level
    assert LEVELS.index(after) >= LEVELS.index(before) or (before, after) == ("urgent", "check")


def test_after_an_injection_less_is_enough() -> None:
    halfway = (AFTER_INJECTION.check + BARS.check) / 2
    impression = _thinks(halfway, 0.0)
    assert judge([], impression, UNKNOWN, RED_FLAGS.kinds).level == "none"
    assert judge([], impression, Circumstances(hours_since_injection=1.0), RED_FLAGS.kinds).level == "check"
    assert judge([], impression, Circumstances(hours_since_injection=25.0), RED_FLAGS.kinds).level == "none"


def test_in_a_loading_phase_a_hint_of_low_potassium_is_urgent() -> None:
    impression = _thinks(0.0, BARS.potassium - 0.01, potassium=BARS.potassium)
    assert judge([], impression, UNKNOWN, RED_FLAGS.kinds).level == "none"
    verdict = judge([], impression, Circumstances(loading=True), RED_FLAGS.kinds)
    assert (verdict.level, verdict.card, verdict.entry) == ("urgent", "potassium", "palpitations_potassium")


@pytest.mark.parametrize("meaning", ["mentioned", "joking"])
def test_without_a_learned_part_a_mention_is_checked(meaning: Literal["mentioned", "joking"]) -> None:
    assert judge([("en", _found(THROAT, meaning))], None, UNKNOWN, RED_FLAGS.kinds).level == "check"


def test_every_kind_shows_a_card_and_an_entry() -> None:
    for level, kinds in RED_FLAGS.kinds.items():
        assert set(kinds) == set(KINDS[level])
    verdict = judge([], _thinks(0.9, 0.0), UNKNOWN, RED_FLAGS.kinds)
    assert (verdict.level, verdict.sign, verdict.card, verdict.entry) == (
        "emergency",
        "throat",
        "allergy",
        "emergency_allergy",
    )
    assert "learned: emergency 0.90 (throat)" in verdict.reasons[0]
