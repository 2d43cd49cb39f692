from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.problems import ContentError
from bot.knowledge.strict_yaml import parse, read

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_reads_what_yaml_writes(value: object) -> None:
    text = yaml.safe_dump({"value": value}, allow_unicode=True, default_style='"')
    if isinstance(value, str) or value is None:
        assert parse(text, "f")[0] == yaml.safe_load(text)


def test_tells_the_line_of_everything() -> None:
    _, lines = parse("topic: t\nentries:\n  - id: a\n    phrasings:\n      - one\n      - two\n", "f.yaml")
    assert lines[("entries", 0, "id")] == 3
    assert lines[("entries", 0, "phrasings", 1)] == 6


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "stands twice"),
        ("a: no\n", 1, "quote it"),
        ("a: On\n", 1, "quote it"),
        ("a:\n  - x\n  - yes\n", 3, "quote it"),
        ("t: 12:30\n", 1, "750"),
        ("t: 0123\n", 1, "quote it"),
        ("a: [1, 2\n", 2, "not valid YAML"),
        ("? [a, b]\n: 1\n", 1, "single word"),
    ],
)
def test_refuses_surprises_with_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(text, "f.yaml")
    assert [problem.line for problem in caught.value.problems] == [line]
    assert words in str(caught.value)


def test_a_key_is_the_word_that_was_written() -> None:
    value, _ = parse("review: {status: draft, by: null, on: null, due: 2027-11-20}", "f")
    assert set(value["review"]) == {"status", "by", "on", "due"}


def test_a_file_that_is_not_text_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(ContentError, match="cannot be read"):
        read(path, "x.yaml")
