"""The words in content and the code that asks for them fit together."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bot.chat.commands import SHOWN
from bot.knowledge.content import Content
from bot.knowledge.loading import load_library
from bot.knowledge.messages import fields
from bot.settings import CONTENT_DIR

BOT = Path(__file__).parents[2] / "bot"
_SAYS = {"say", "text"}


@cache
def english() -> Content:
    return load_library(CONTENT_DIR, CONTENT_DIR).content("en")


def asked_for() -> list[tuple[str, str]]:
    """(where, key) of every message asked for by a plain string."""
    found = []
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                not isinstance(node, ast.Call)
                or not isinstance(node.func, ast.Attribute)
                or node.func.attr not in _SAYS
            ):
                continue
            first = node.args[0] if node.args else None
            if (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", first.value)
            ):
                found.append((f"{path.relative_to(BOT)}:{node.lineno}", first.value))
    return found


@pytest.mark.parametrize(("where", "key"), asked_for())
def test_every_message_that_is_asked_for_exists(where: str, key: str) -> None:
    assert key in english().messages


def test_every_command_in_the_menu_has_its_line() -> None:
    words = english().messages
    described = {key.removeprefix("commands.") for key, _ in words.own() if key.startswith("commands.")}
    assert described >= set(SHOWN)
    assert all(1 <= len(words.text(f"commands.{name}")) <= 256 for name in SHOWN)


def test_cards_are_whole_in_every_language() -> None:
    library = load_library(CONTENT_DIR, CONTENT_DIR)
    english_cards = {key: text for key, text in library.content("en").messages.own() if key.startswith("card.")}
    for language in library.languages():
        own = dict(library.content(language).messages.own())
        assert {key for key in own if key.startswith("card.")} == set(english_cards), language
        for key, text in english_cards.items():
            assert fields(own[key]) == fields(text), f"{language}: {key}"


@pytest.mark.parametrize("kind", ["allergy", "other", "self_harm"])
def test_the_first_line_of_every_emergency_card_names_the_number(kind: str) -> None:
    library = load_library(CONTENT_DIR, CONTENT_DIR)
    for language in library.languages():
        first = library.content(language).messages.text(f"card.emergency.{kind}", number="999").splitlines()[0]
        assert "999" in first
        assert "?" not in first


def test_no_sentence_for_a_patient_stands_in_python() -> None:
    """Words with spaces and a capital that are handed to Reply or button directly would be one."""
    guilty = []
    for room in ("care", "chat"):
        for path in sorted((BOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"Reply", "button", "Button"}
                ):
                    for value in [
                        *node.args[:1],
                        *(keyword.value for keyword in node.keywords if keyword.arg in {"text", "title", "label"}),
                    ]:
                        if (
                            isinstance(value, ast.Constant)
                            and isinstance(value.value, str)
                            and re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", value.value)
                        ):
                            guilty.append(f"{path.relative_to(BOT)}:{node.lineno}: {value.value}")
    assert guilty == []
