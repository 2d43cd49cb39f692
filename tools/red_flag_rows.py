"""Everything labelled, for the tools that train the learned parts of the red-flag screen.

Examples in other languages are glossed into English, as the screen glosses what a patient writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.knowledge.red_flag_examples import KINDS, load_examples
from bot.understanding.gloss import Glossary

CONTENT = Path(__file__).parent.parent / "content"
LEVELS = ("none", "urgent", "emergency")
CLASSES = [(level, kind) for level in LEVELS for kind in (*KINDS[level], *(["faq"] if level == "none" else []))]
EMERGENCIES = {"emergency_allergy": "emergency", "emergency_other": "emergency", "self_harm": "emergency"}
SAFETY = {**EMERGENCIES, "urgent_neuro": "urgent"}
LEFT_ASIDE = ("palpitations_potassium", "itch_rash", "site_reaction")
"""Entries whose phrasings are partly signs and partly questions: neither level would be true of all."""
PHRASING_HANDS = 6


@dataclass(frozen=True)
class Row:
    """One message to learn or to judge. `kind` is None where only the level is known."""

    text: str
    level: str
    kind: str | None
    hand: str
    language: str = "en"


def rows() -> list[Row]:
    """Everything labelled: the examples of all languages (glossed into English) and the phrasings of the FAQ."""
    found: list[Row] = []
    for path in sorted(CONTENT.glob("*/red_flag_examples.jsonl")):
        language = path.parent.name
        glossary = None if language == "en" else Glossary.load(language)
        for one in load_examples(path, path.name):
            text = glossary.english(one.text) if glossary else one.text
            found.append(Row(text, one.level, one.kind, one.hand, language))
    for path in sorted((CONTENT / "en" / "faq").glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]:
            name, phrasings = entry["id"], entry["phrasings"]
            if name in LEFT_ASIDE:
                continue
            level = SAFETY.get(name, "none")
            kind = "self_harm" if name == "self_harm" else "faq" if level == "none" else None
            for place, text in enumerate(phrasings):
                hand = 1 + place * PHRASING_HANDS // len(phrasings)
                found.append(Row(text, level, kind, f"p{hand}"))
    return found
