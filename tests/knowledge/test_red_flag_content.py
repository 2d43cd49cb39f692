"""Red flags and their examples as content: what loads, what is refused, and where the complaint points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.knowledge.problems import ContentError
from bot.knowledge.red_flag_examples import load_examples
from bot.knowledge.red_flags import RedFlags
from bot.knowledge.strict_yaml import parse

CONTENT = Path(__file__).parents[2] / "content"

SIGN = """
words:
  breathe: [breathe, breath]
signs:
  - id: air
    title: No air
    level: emergency
    card: allergy
    entry: emergency_allergy
    says:
      - cant <breathe>
"""


def complaints(text: str) -> list[tuple[int, str]]:
    tree, lines = parse(text, "red_flags.yaml")
    try:
        RedFlags.model_validate(tree)
    except ValidationError as error:
        return [(lines.get(item["loc"], 0), item["msg"]) for item in error.errors()]
    return []


def test_a_good_file_loads() -> None:
    assert complaints(SIGN) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("cant <breath>", "no group 'breath'"),
        ("cant (breathe", "never closed"),
        ("cant breathe)", "closes or splits nothing"),
        ("cant .. ", "begins and ends with a word"),
        ("cant breathe!", "leave punctuation out"),
        ("(cant|) breathe", "empty choice"),
        ("'[so]'", "at least one word"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_named_with_its_line(wrong: str, said: str) -> None:
    text = SIGN.replace("cant <breathe>", wrong)
    assert [line for line, message in complaints(text) if said in message] == [11]


def test_every_mistake_is_named_at_once() -> None:
    text = SIGN + "      - throat (tight\n      - <nothing> here\n"
    assert [line for line, _ in complaints(text)] == [12, 13]


def test_a_group_that_contains_itself_is_refused() -> None:
    assert any("too deeply" in message for _, message in complaints(SIGN.replace("[breathe, breath]", "[<breathe>]")))


def test_a_card_must_fit_its_level() -> None:
    assert any("emergency cards are" in message for _, message in complaints(SIGN.replace("allergy\n", "rash\n", 1)))


def test_a_sign_without_words_and_an_id_twice_are_refused() -> None:
    bare = SIGN.split("    says:")[0]
    assert any("way of saying it" in message for _, message in complaints(bare))
    twice = SIGN + SIGN.split("signs:\n")[1]
    assert any("stands twice" in message for _, message in complaints(twice))


def test_examples_of_all_languages_load_and_are_many() -> None:
    examples = [one for path in CONTENT.glob("*/red_flag_examples.jsonl") for one in load_examples(path, path.name)]
    assert len(examples) >= 2500
    assert {one.level for one in examples} == {"emergency", "urgent", "none"}
    assert len({one.hand for one in examples}) >= 7


def test_bad_examples_are_named_with_their_line(tmp_path: Path) -> None:
    good = {"text": "my throat is closing", "level": "emergency", "kind": "throat"}
    path = tmp_path / "x.jsonl"
    lines = [json.dumps(good), "{", json.dumps({**good, "text": "b", "kind": "rash"}), json.dumps(good)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_examples(path, "x.jsonl")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]
