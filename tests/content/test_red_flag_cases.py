"""Each phrase of tests/content/<lang>/red_flags.yaml gets the level it stands under, whatever language was chosen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.knowledge.loading import load_library
from bot.knowledge.strict_yaml import read
from bot.settings import CONTENT_DIR
from bot.understanding.impression import Reader
from bot.understanding.screen import RedFlagScreen

HERE = Path(__file__).parent
LIBRARY = load_library(CONTENT_DIR, CONTENT_DIR)
ALLOWED = {
    "emergency": ("emergency",),
    "urgent": ("urgent",),
    "noticed": ("emergency", "urgent", "check"),
    "none": ("none",),
}
CASES = [
    pytest.param(text, wanted, id=f"{path.parent.name}: {text}")
    for path in sorted(HERE.glob("*/red_flags.yaml"))
    for wanted, texts in read(path, path.name)[0].items()
    for text in texts
]


@cache
def screen() -> RedFlagScreen:
    rules = {code: found.red_flags for code, found in LIBRARY.contents.items() if found.red_flags}
    return RedFlagScreen(rules, Reader.open())


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_a_phrase_gets_its_level(text: str, wanted: str) -> None:
    verdict = screen().assess(text)
    assert verdict.level in ALLOWED[wanted], verdict.reasons


def test_every_card_and_entry_of_the_signs_exists() -> None:
    english = LIBRARY.content("en")
    for code, content in LIBRARY.contents.items():
        if content.red_flags is None:
            continue
        red_flags = content.red_flags
        shown = {(one.entry, one.card) for one in red_flags.signs} | {
            (one.entry, one.card) for one in red_flags.readings
        }
        shown |= {(one.entry, one.card) for kinds in red_flags.kinds.values() for one in kinds.values()}
        for entry, card in sorted(shown):
            assert english.entry(entry) is not None, f"{code}: no entry {entry}"
            keys = (f"card.emergency.{card}", f"card.urgent.{card}")
            assert any(key in content.messages for key in keys), f"{code}: no card {card}"
