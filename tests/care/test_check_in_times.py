"""When the questions after an injection are asked, held against the rules one by one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.check_in_times import after_quiet, askings
from bot.care.trend import worsening
from bot.knowledge.check_ins import CheckIns, Quiet
from bot.knowledge.strict_yaml import read
from bot.settings import CONTENT_DIR

ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]
RULES = CheckIns.model_validate(read(CONTENT_DIR / "en" / "check_ins.yaml", "check_ins.yaml")[0])
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
moments = st.integers(0, 2 * 366 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)


def kinds(number: int, at: datetime = NOON, now: datetime = NOON, zone: str = "UTC") -> list[str]:
    return [asking.kind for asking in askings(RULES, at, number, now, zone)]


def test_the_first_three_are_asked_after_three_times_the_others_twice() -> None:
    assert [kinds(number) for number in (1, 3)] == [["30_minutes", "24_hours", "3_days"]] * 2
    assert kinds(4) == ["30_minutes", "24_hours"]


def test_only_the_very_first_is_asked_again() -> None:
    first, fourth = askings(RULES, NOON, 1, NOON, "UTC"), askings(RULES, NOON, 4, NOON, "UTC")
    assert [asking.again_at for asking in first] == [NOON + timedelta(minutes=45), None, None]
    assert all(asking.again_at is None for asking in fourth)


@given(moments, st.integers(1, 5), st.sampled_from(ZONES), st.integers(0, 6000))
@settings(max_examples=300)
def test_never_too_early_never_at_night_never_too_late(at: datetime, number: int, zone: str, late: int) -> None:
    now = at + timedelta(minutes=late)
    for asking in askings(RULES, at, number, now, zone):
        moment = RULES.moment(asking.kind)
        assert moment is not None
        meant = at + timedelta(minutes=moment.after_minutes)
        assert asking.due_at >= meant
        assert now < asking.due_at < asking.expires_at
        clock = asking.due_at.astimezone(ZoneInfo(zone)).time()
        assert moment.disturbs or not RULES.quiet.holds(clock)
        # at most the night, and a clock change in it, later than meant
        assert asking.due_at <= max(meant, now + timedelta(minutes=1)) + timedelta(hours=12)
    if late < 30:
        assert kinds(number, at, now, zone)[0] == "30_minutes"


def test_recorded_late_it_is_asked_soon_or_not_at_all() -> None:
    soon = askings(RULES, NOON, 1, NOON + timedelta(hours=2), "UTC")[0]
    assert (soon.kind, soon.due_at) == ("30_minutes", NOON + timedelta(hours=2, minutes=1))
    assert kinds(1, now=NOON + timedelta(hours=5)) == ["24_hours", "3_days"]
    assert kinds(1, now=NOON + timedelta(days=30)) == []


@given(moments, st.times(), st.times(), st.sampled_from(ZONES))
@settings(max_examples=300)
def test_quiet_hours_against_a_walk_by_minutes(at: datetime, starts: time, ends: time, zone: str) -> None:
    quiet = Quiet.model_validate(
        {"from": starts.replace(second=0, microsecond=0), "until": ends.replace(second=0, microsecond=0)}
    )
    found = after_quiet(at, quiet, zone)
    if not quiet.holds(at.astimezone(ZoneInfo(zone)).time()):
        assert found == at
        return
    assert found > at
    assert found - at <= timedelta(hours=26)
    # all the way there it was quiet; in the hour the clock jumps the first loud minute may lie in the gap
    step = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    loud = 0
    while step < found:
        loud += not quiet.holds(step.astimezone(ZoneInfo(zone)).time())
        step += timedelta(minutes=1)
    assert loud <= 60


@pytest.mark.parametrize(
    ("scores", "rises", "worse"),
    [
        ([], 2, False),
        ([0, 1], 2, False),
        ([0, 1, 2], 2, True),
        ([0, 1, 1], 2, False),
        ([3, 0, 1, 2], 2, True),
        ([0, 1, 2, 0], 2, False),
        ([0, 1], 1, True),
    ],
)
def test_worse_and_worse(scores: list[int], rises: int, worse: bool) -> None:
    assert worsening(scores, rises) is worse


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(1, 4))
def test_worsening_looks_at_the_last_answers_only(scores: list[int], rises: int) -> None:
    expected = len(scores) > rises and all(
        scores[-n] > scores[-n - 1] for n in range(1, rises + 1)
    )  # fmt: skip
    assert worsening(scores, rises) is expected


def test_every_moment_and_answer_has_its_words() -> None:
    texts, _ = read(Path(CONTENT_DIR) / "en" / "messages.yaml", "messages.yaml")
    said = texts["check_in"]
    for moment in RULES.moments:
        assert f"ask_{moment.kind}" in said
    for answer in RULES.answers:
        assert f"answer_{answer.id}" in said
        assert f"said_{answer.id}" in said
        assert not answer.asks or f"ask_{answer.id}" in said


def test_a_file_without_the_emergency_answer_does_not_load() -> None:
    tree, _ = read(CONTENT_DIR / "en" / "check_ins.yaml", "check_ins.yaml")
    tree["answers"] = [answer for answer in tree["answers"] if answer["id"] != "unwell"]
    with pytest.raises(ValueError, match="emergency card"):
        CheckIns.model_validate(tree)
