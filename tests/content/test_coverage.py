"""Every entry people rely on is there, and every claim of the seed articles is covered or contradicted on purpose."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.knowledge.content import Content
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR

IDS = """emergency_allergy emergency_other self_harm urgent_neuro palpitations_potassium typical_dose my_dose_request
dose_factors loading_phase maintenance_interval missed_late_dose early_extra_dose overdose stop_or_lifelong unit_conversion
iu_units label_strength product_forms compounded depot how_it_works time_to_work nerve_recovery not_working wearing_off
feeling_worse monitoring_tests high_b12_level side_effects site_reaction does_it_hurt itch_rash acne headache_stomach
sleep_mood urine_colour weight allergy_signs self_injection route_site storage_travel sharps_disposal cost_access daily_life
alcohol ask_clinician oral_alternative cause medicines nitrous_oxide folate iron_other_nutrients pregnancy_breastfeeding
who_can_have_it diet_food bot_meta""".split()

CLAIMS = [
    pytest.param(number, claim, id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent / "en").glob("claims_*.yaml"))
    for number, claim in yaml.safe_load(path.read_text(encoding="utf-8")).items()
]


@cache
def english() -> Content:
    return load_library(CONTENT_DIR, CONTENT_DIR).content("en")


@pytest.mark.parametrize("entry_id", IDS)
def test_every_public_id_has_a_whole_entry(entry_id: str) -> None:
    entry = english().entry(entry_id)
    assert entry is not None
    assert len(entry.phrasings) >= 40
    assert 8 <= len(entry.keywords) <= 15
    assert entry.sources
    assert entry.review is not None
    assert 30 <= len(entry.answer.split()) <= 90


def test_all_eighty_claims_are_accounted_for() -> None:
    assert {param.values[0] for param in CLAIMS} >= set(range(1, 81))


@pytest.mark.parametrize(("number", "claim"), CLAIMS)
def test_the_words_that_answer_a_claim_stand_in_the_entry(number: int, claim: dict[str, str]) -> None:
    entry = english().entry(claim["entry"])
    assert entry is not None
    assert claim["how"] in {"covered", "contradicted"}
    assert claim["words"] in f"{entry.answer}\n{entry.more or ''}"
