"""Every word planning says stands in messages.yaml, and every word there is used."""

from __future__ import annotations

import re
from pathlib import Path

from bot.plans.reading import Question, Reason
from tests.care.planning.making import library

PLANNING = Path(__file__).parents[3] / "bot" / "care" / "planning"
SECTIONS = ("plan", "setup", "remind", "record", "later", "move", "skip")


def source() -> str:
    return "\n".join(path.read_text() for path in sorted(PLANNING.glob("*.py")))


def test_every_key_written_out_exists() -> None:
    messages = library().content("en").messages
    keys = set(re.findall(r'"((?:plan|setup|remind|record|later|move|skip)\.[a-z_0-9.]+)"', source()))
    assert keys
    assert {key for key in keys if key not in messages} == set()


def test_every_message_can_be_reached_from_the_code() -> None:
    code = source()
    built = re.findall(r'f"((?:plan|setup|remind|record|later|move|skip)\.[^"]*)"', code)
    patterns = [re.compile("^" + re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(key)) + "$") for key in built]
    literal = set(re.findall(r'"([a-z_0-9.]+)"', code))
    unused = [
        key
        for key, _ in library().content("en").messages.own()
        if key.split(".")[0] in SECTIONS
        and key not in literal
        and key.split(".")[-1] not in literal
        and not any(pattern.match(key) for pattern in patterns)
    ]
    assert unused == []


def test_every_question_and_refusal_of_the_readers_has_words() -> None:
    messages = library().content("en").messages
    missing = [word for word in Question.__args__ if f"setup.which.{word}" not in messages]  # type: ignore[attr-defined]
    missing += [word for word in Reason.__args__ if f"setup.refused.{word}" not in messages]  # type: ignore[attr-defined]
    assert missing == []
