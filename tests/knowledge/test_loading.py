from pathlib import Path
from textwrap import dedent

import pytest

from bot.knowledge.loading import load_library
from bot.knowledge.problems import ContentError
from bot.settings import CONTENT_DIR

ENTRY = """
  - id: {id}
    title: T
    phrasings: ["{phrase}"]
    answer: Words.
"""


def folder(tmp_path: Path, text: str, name: str = "dose") -> Path:
    root = tmp_path / "content"
    (root / "en" / "faq").mkdir(parents=True, exist_ok=True)
    (root / "en" / "faq" / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return root


def problems(root: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load_library(root, CONTENT_DIR)
    return [str(problem) for problem in caught.value.problems]


def test_four_fields_are_enough_and_the_emergency_card_is_always_there(tmp_path: Path) -> None:
    root = folder(tmp_path, "topic: D\nentries:" + ENTRY.format(id="one", phrase="how much"))
    library = load_library(root, CONTENT_DIR)
    content = library.content("en")
    assert [entry.id for entry in content.entries] == ["one"]
    assert "{number}" not in content.messages.text("card.emergency.allergy", number="999")
    assert content.red_flags is not None
    assert library.emergency.number("GB") == "999"


def test_the_shape_in_the_design_loads(tmp_path: Path) -> None:
    text = """
    topic: Dose and schedule
    entries:
      - id: typical_dose
        title: Usual doses
        phrasings: ["how much b12 is in one shot"]
        keywords: ["usual dose"]
        answer: |
          Words.
        more: |
          More words.
        see_also: []
        sources: [{title: S, url: https://example.org/a, checked: 2026-11-20}]
        review: {status: draft, by: null, on: null, due: 2027-11-20}
    """
    assert load_library(folder(tmp_path, text), CONTENT_DIR).content("en").entry("typical_dose") is not None


def test_every_problem_is_told_with_its_line(tmp_path: Path) -> None:
    text = """\
    topic: D
    entries:
      - id: one
        title: T
        phrasings: []
        answer: A
      - id: Two!
        titel: T
        phrasings: ["x"]
        answer: A
    """
    found = problems(folder(tmp_path, text))
    assert any("dose.yaml:5" in line and "phrasings" in line for line in found)
    assert any("dose.yaml:7" in line for line in found)
    assert any("titel" in line and "misspelt" in line for line in found)
    assert any("title: is required" in line for line in found)


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, "topic: A\nentries:" + ENTRY.format(id="one", phrase="a"), "a")
    found = problems(folder(tmp_path, "topic: B\nentries:" + ENTRY.format(id="one", phrase="b"), "b"))
    assert any("b.yaml:3" in line and "already stands" in line for line in found)


def test_approved_needs_a_name_and_a_day(tmp_path: Path) -> None:
    text = (
        "topic: D\nentries:"
        + ENTRY.format(id="one", phrase="a").rstrip()
        + ("\n    review: {status: approved, by: null, on: null, due: 2027-11-20}\n")
    )
    assert any("clinician's name" in line for line in problems(folder(tmp_path, text)))


def test_a_folder_without_a_language_says_what_is_missing(tmp_path: Path) -> None:
    assert any("language folder" in line for line in problems(tmp_path))
