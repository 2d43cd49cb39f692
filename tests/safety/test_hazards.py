"""The hazard log holds: every control names a test, and every test it names is there."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.knowledge.strict_yaml import read

ROOT = Path(__file__).parents[2]
LOG = ROOT / "docs" / "safety" / "hazards.yaml"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10)]
TestName = Annotated[str, StringConstraints(pattern=r"^tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+$")]

#: What can go wrong with a thing like this. The log must speak of each.
EXPECTED = {
    "advice_taken_as_orders", "missed_red_flag", "false_reassurance", "doubled_reminder", "lost_reminder",
    "unseen_alert", "wrong_emergency_number", "stale_content", "privacy_leak", "screen_failure", "old_button",
    "wrong_persons_plan", "translation", "clock_and_zone", "unit_mix_up", "false_alarms", "alarm_flood",
    "silence_after_injection",
}  # fmt: skip


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(Shape):
    """What keeps the hazard away, and the tests that fail when it no longer does."""

    what: Words
    tests: tuple[TestName, ...] = Field(min_length=1)


class Hazard(Shape):
    """`severity` is the worst harm that is likely without the controls; `open` what no control covers yet."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]+$")]
    hazard: Words
    harm: Words
    severity: Literal["catastrophic", "major", "moderate", "minor"]
    causes: tuple[Words, ...] = Field(min_length=1)
    controls: tuple[Control, ...] = Field(min_length=1)
    open: tuple[Words, ...] = ()


class HazardLog(Shape):
    """All of it. `reviewed_by` stays empty until a named clinician has signed it."""

    reviewed_by: str | None
    reviewed_on: str | None
    hazards: tuple[Hazard, ...] = Field(min_length=1)


@functools.cache
def log() -> HazardLog:
    return HazardLog.model_validate(read(LOG, "hazards.yaml")[0])


@functools.cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in tree.body if isinstance(node, functions)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found += [inner for inner in node.body if isinstance(inner, functions)]
    return frozenset(node.name for node in found)


NAMED = sorted({name for hazard in log().hazards for control in hazard.controls for name in control.tests})


def test_every_hazard_is_told_once_and_none_of_the_known_is_missing() -> None:
    ids = [hazard.id for hazard in log().hazards]
    assert len(ids) == len(set(ids))
    assert set(ids) >= EXPECTED


@pytest.mark.parametrize("name", NAMED)
def test_the_test_that_holds_a_control_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert (ROOT / path).is_file(), f"{path} is gone"
    assert function in functions_of(path), f"{path} has no {function}"


def test_a_control_without_a_test_is_refused() -> None:
    whole = log().model_dump()
    whole["hazards"][0]["controls"][0]["tests"] = ()
    with pytest.raises(ValueError, match="at least 1 item"):
        HazardLog.model_validate(whole)


def test_nobody_is_said_to_have_signed_it() -> None:
    """Until a named clinician signs, with a day, the log says that nobody has."""
    assert (log().reviewed_by is None) == (log().reviewed_on is None)
