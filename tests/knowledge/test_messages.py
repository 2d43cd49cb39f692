import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.messages import Messages, MissingMessageError, fields, flatten


def test_falls_back_to_english_then_complains() -> None:
    english = Messages("en", {"a.b": "Call {number}"})
    german = Messages("de", {}, english)
    assert german.text("a.b", number="112") == "Call 112"
    with pytest.raises(MissingMessageError):
        german.text("nowhere")


@given(st.text(), st.text())
def test_a_value_is_never_read_as_a_template(value: str, other: str) -> None:
    words = Messages("en", {"k": "{a}|{b}"})
    assert words.text("k", a=value, b=other) == f"{value}|{other}"


def test_sections_become_dotted_keys() -> None:
    assert flatten({"a": {"b": "x\n"}, "c": "y"}) == {"a.b": "x", "c": "y"}
    assert fields("{number} and {clinic}") == {"number", "clinic"}
    with pytest.raises(ValueError, match=r"a\.b must be text"):
        flatten({"a": {"b": 3}})
