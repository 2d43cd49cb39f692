"""The things the bot must never say, held over every English sentence a patient can read.

Each rule is a pattern for wrong sentences. A sentence that forbids ("do not …", "never …", "without asking") is not one.
The first test of each rule makes sure that the pattern catches what it is for.
"""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from bot.knowledge.content import Content
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR

FORBIDS = re.compile(
    r"\b(?:not|never|don't|cannot|can't|won't|no one|nobody|doesn't|without|rather than|instead of|before you|ask (?:\w+ ){0,6}before|no more)\b",
    re.I,
)
_CHANGE = r"(?:stop|skip|delay|double|halve|bring forward|postpone|space out|miss|swap|switch)"


@dataclass(frozen=True)
class Rule:
    number: int
    wrong: str
    caught: str
    excused: str = r"(?!)"


RULES = [
    Rule(1, r"\byour dose (?:is|should be|would be)\b|\byou (?:need|should (?:have|take|inject)|must (?:have|take|inject)) [\d.,]+ ?(?:mg|micro|ml|mcg)", "You need 1 mg a week."),
    Rule(1, r"\b(?:inject|have|take) (?:it )?every (?:\d+|two|three|four) (?:days|weeks|months)\b", "Inject it every 4 weeks."),
    Rule(2, rf"(?:^|[.!?•] ?)(?:please |just |then )?{_CHANGE} (?:your|the|a|an|any|one)\b", "Skip your next shot.", r"^Stop (?:and|here)"),
    Rule(2, rf"\byou (?:can|could|may|should|might want to) (?:just |safely |always )?{_CHANGE}\b", "You can safely skip one."),
    Rule(2, r"\b(?:have|take|add|get) (?:an extra|a second|another|two) (?:shot|dose|injection|jab)s?\b", "Take an extra dose."),
    Rule(3, r"\d[\d,.]* ?(?:IU|units?)\b[^.\n]{0,20}(?:=|\bis\b|\bequals\b)[^.\n]{0,20}\d", "1,000 IU is 1 microgram."),
    Rule(3, r"\b(?:inject|draw up|use|fill) (?:up )?(?:to )?[\d.,]+ ?(?:ml|millilit)", "Draw up 0.5 ml."),
    Rule(4, r"\byou (?:have|probably have|clearly have) (?:pernicious|an? (?:allergy|infection|clot)|anaemia|deficiency)\b|\bit(?:'s| is) (?:just|only) (?:anxiety|in your head|stress)|\bhealing crisis\b", "It is just anxiety.", r"^Some websites"),
    Rule(4, r"\byour (?:result|level|number) is (?:fine|normal|good|bad|too)\b", "Your level is fine."),
    Rule(5, r"\b(?:face|lip|tongue|throat|breath)\w*[^.\n]{0,60}\b(?:is|are) (?:normal|fine|harmless|nothing)", "A little face swelling is normal."),
    Rule(6, r"\b(?:wait and see|watch it at home|drive (?:yourself )?to|smaller dose to see|only need an antihistamine)\b", "Drive to hospital."),
    Rule(7, r"\bharmless\b|\bcannot overdose\b|\bcan't overdose\b|\bsafe for everyone\b|\b(?:completely|totally|perfectly|always) (?:safe|normal)\b", "B12 is harmless.", r"^(?:Is|Are|No (?:one|source))"),
    Rule(8, r"\b(?:amazon|ebay|hims|oxford biosciences|boots|superdrug|cvs|walgreens|lifefile|empower pharmacy|goldman|neo-cytamen|cobalin|b12 ?depot|arnika|hevert)\b|\b(?:order|buy) (?:it|them|some) (?:online|from|at)\b", "Order it from abroad, buy it online."),
    Rule(9, r"\b(?:insert the needle|\d+ degree|gauge|pull back (?:on )?the plunger|aspirate|z-track|pinch the skin|push the plunger|deltoid|vastus)\b", "Insert the needle at 90 degrees."),
    Rule(10, r"\b(?:stop|start|begin|quit) (?:taking |using )?(?:your )?(?:metformin|omeprazole|acid|the pill|contracept|folic|folate|iron|potassium|warfarin|blood thinner)", "Start iron today."),
    Rule(11, r"\byou(?:'ll| will) (?:soon |definitely |quickly )?(?:feel|be|get|have more|lose|sleep) (?:better|cured|well|fine|more energy|energy|weight)|\bguarantee|\bwill cure\b|\bin (?:24|48|72)\b", "You will feel better in 72 hours."),
    Rule(12, r"\bmonthly (?:means|is) (?:every )?(?:3|three)\b|\bevery 3 ?(?:-|–|to) ?4 weeks is\b", "Monthly means every three to four weeks."),
    Rule(12, r"\b2 ?mg\b[^.\n]*\bmonth", "2 mg a month is common.", r"(?:No|not in any) label|some articles|only your prescriber|Some articles"),
    Rule(13, r"\byour (?:doctor|nurse|clinic|gp|consultant) (?:is|was) (?:wrong|mistaken)|\bignore (?:your|the) (?:doctor|nurse|clinic)", "Your doctor is wrong."),
    Rule(15, r"\blethal\b|\bfatal dose\b|\bhow many (?:would|it takes)\b", "A lethal amount is this."),
    Rule(16, r"\bI(?:'m| am) (?:a |your )?(?:human|person|doctor|nurse|clinician)\b|\bI have seen\b|\bI can see your (?:records|notes)\b", "I am a nurse."),
]  # fmt: skip


@cache
def english() -> Content:
    return load_library(CONTENT_DIR, CONTENT_DIR).content("en")


def texts() -> list[tuple[str, str]]:
    content = english()
    found = [(f"{entry.id}.answer", entry.answer) for entry in content.entries]
    found += [(f"{entry.id}.more", entry.more) for entry in content.entries if entry.more]
    found += [(f"messages.{key}", text) for key, text in content.messages.own()]
    return found


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?:])\s+|\n+", text) if part.strip()]


def breaks(rule: Rule, sentence: str) -> bool:
    if not re.search(rule.wrong, sentence, re.I):
        return False
    return not FORBIDS.search(sentence) and not re.search(rule.excused, sentence) and not sentence.endswith("?")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"rule{rule.number}-{rule.caught[:24]}")
def test_the_rule_catches_what_it_is_for(rule: Rule) -> None:
    assert any(breaks(rule, sentence) for sentence in sentences(rule.caught))


@pytest.mark.parametrize(
    ("where", "text"), texts(), ids=lambda value: value if "." in value and " " not in value else ""
)
def test_no_text_breaks_a_rule(where: str, text: str) -> None:
    broken = [
        f"rule {rule.number}: {sentence}" for sentence in sentences(text) for rule in RULES if breaks(rule, sentence)
    ]
    assert broken == []


@pytest.mark.parametrize(
    "entry_id", ["pregnancy_breastfeeding", "who_can_have_it", "medicines", "iron_other_nutrients"]
)
def test_rules_14_and_18_no_numbers_for_special_groups_or_other_medicines(entry_id: str) -> None:
    entry = english().entry(entry_id)
    assert entry is not None
    assert not re.search(r"\d[\d.,]* ?(?:mg|micrograms?|mcg|ml)\b", f"{entry.answer} {entry.more}", re.I)


def test_dose_answers_send_people_to_their_own_two_numbers() -> None:
    content = english()
    for entry in content.entries:
        if entry.dose or entry.id == "my_dose_request":
            assert "two numbers" in entry.answer, entry.id


def test_whoever_states_a_dose_is_marked_so_that_it_can_be_withheld() -> None:
    content = english()
    states = re.compile(r"\bevery \d|\bmonths?\b.*\bmg\b|\bmg\b.*\b(?:week|month)s?\b", re.I)
    unmarked = [
        entry.id
        for entry in content.entries
        if not entry.dose and any(states.search(s) for s in sentences(entry.answer))
    ]
    assert unmarked == []
