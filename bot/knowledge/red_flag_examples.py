"""Labelled messages the red-flag screen learns from: content/<lang>/red_flag_examples.jsonl, one JSON object a line.

    {"text": "…", "level": "emergency", "kind": "throat", "hand": "1"}

`hand` tells who wrote it, so that the screen can be measured on people it has not read.
Invariant: every example loaded has a level and a kind the screen knows; every complaint names file and line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, model_validator

from bot.knowledge.entries import Shape, Words
from bot.knowledge.problems import ContentError, Problem

Level = Literal["emergency", "urgent", "none"]

KINDS: Mapping[str, tuple[str, ...]] = {
    "emergency": (
        *("bleeding", "breathing", "chest", "collapse", "colour", "early_anaphylaxis", "hives", "infant", "seizure"),
        *("self_harm", "sepsis", "stroke", "swelling", "throat"),
    ),
    "urgent": (
        *("anaemia", "blood_loss", "confusion", "infant", "infection", "legs", "nerves", "palpitations", "potassium"),
        *("pregnancy", "rash"),
    ),
    "none": ("chat", "denial", "family", "hypothetical", "idiom", "info", "mild", "other_sense", "past", "quoted"),
}
"""What a message of each level can be about."""


class Example(Shape):
    """One message and what a careful nurse says it is."""

    text: Words
    level: Level
    kind: str
    hand: str = ""

    @model_validator(mode="after")
    def _known_kind(self) -> Example:
        if self.kind not in KINDS[self.level]:
            raise ValueError(f"{self.kind!r} is no kind of {self.level}; one of {', '.join(KINDS[self.level])}")
        return self


def load_examples(path: Path, name: str) -> tuple[Example, ...]:
    """The examples of one file. Raises ContentError naming `name` and the lines that cannot be used."""
    problems: list[Problem] = []
    found: dict[str, int] = {}
    examples: list[Example] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            example = Example.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            problems.append(Problem(name, number, f"not valid JSON: {error.msg}"))
            continue
        except ValidationError as error:
            problems += [
                Problem(name, number, str(item["msg"]).removeprefix("Value error, ")) for item in error.errors()
            ]
            continue
        if example.text in found:
            problems.append(Problem(name, number, f"the same message stands at line {found[example.text]}"))
        found[example.text] = number
        examples.append(example)
    if problems:
        raise ContentError(problems)
    return tuple(examples)
