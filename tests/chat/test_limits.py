"""How much one chat may ask, and that danger signs are above it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.limits import BURST, PER_SECOND, Limits

T0 = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CARE = -100


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def test_the_same_words_written_before_the_answer_could_be_read_are_answered_once() -> None:
    limits = Limits()
    assert limits.judge(7, "Hello", at(0)) == "pass"
    limits.answered(7, at(0.5))
    assert [limits.judge(7, "hello ", at(0.01 * n)) for n in range(1, 40)] == ["repeat"] * 39


def test_the_same_words_after_the_answer_are_an_answer_of_their_own() -> None:
    limits = Limits()
    for n in range(3):  # yes, yes, yes: three questions of a wizard
        assert limits.judge(7, "yes", at(5 * n)) == "pass"
        limits.answered(7, at(5 * n + 0.2))
    assert limits.judge(7, "yes", at(16)) == "repeat"
    assert limits.judge(7, "no", at(18)) == "pass"
    assert limits.judge(7, "yes", at(19)) == "pass"
    assert limits.judge(7, "yes", at(19 + 61)) == "pass"


def test_a_button_in_between_makes_the_same_words_new() -> None:
    limits = Limits()
    assert limits.judge(7, "/forget", at(0)) == "pass"
    limits.answered(7, at(0))
    assert limits.judge(7, "", at(0.1)) == "pass"
    assert limits.judge(7, "/forget", at(0.2)) == "pass"


def test_too_many_is_said_once_a_minute_and_others_are_not_touched() -> None:
    limits = Limits()
    found = [limits.judge(7, f"text {n}", at(n * 0.01)) for n in range(BURST + 100)]
    assert found[:BURST] == ["pass"] * BURST
    assert found.count("slow_down") == 1
    assert set(found[BURST:]) <= {"quiet", "pass", "slow_down"}
    assert found.count("pass") <= BURST + PER_SECOND * 0.01 * len(found) + 1
    assert limits.judge(8, "text", at(10)) == "pass"
    assert limits.judge(7, "text", at(200)) == "pass"


def test_the_care_team_is_not_limited() -> None:
    limits = Limits(frozenset({CARE}))
    assert {limits.judge(CARE, "/today", at(0)) for _ in range(500)} == {"pass"}


def test_a_card_beyond_the_limits_at_most_three_times_a_minute() -> None:
    limits = Limits()
    limits.judge(7, "x", at(0))
    assert [limits.card_due(7, at(n)) for n in range(6)] == [True, True, True, False, False, False]
    assert limits.card_due(7, at(70))
    assert limits.card_due(8, at(70))


def test_no_more_chats_are_remembered_than_ten_thousand() -> None:
    limits = Limits()
    for chat in range(1, 12_000):
        limits.judge(chat, "x", at(0))
    assert len(limits._chats) == 10_000


@given(steps=st.lists(st.tuples(st.floats(-10, 30), st.sampled_from(["a", "b", ""])), max_size=300))
def test_never_more_than_the_bucket_holds(steps: list[tuple[float, str]]) -> None:
    """Against the slow definition: in no window of s seconds do more updates pass than the bucket holds and gains."""
    limits, now, passed = Limits(), 0.0, []
    for step, text in steps:
        now += step
        if limits.judge(7, text, at(now)) == "pass":
            passed.append(now)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            window = max(passed[first : last + 1]) - min(passed[first : last + 1])
            assert last - first + 1 <= BURST + 1 + PER_SECOND * window


def test_an_update_that_is_handled_again_passes_again() -> None:
    """Telegram or the database was gone: that is no repetition of the patient's."""
    limits = Limits()
    assert [limits.judge(7, "hello", at(0), update_id=1) for _ in range(100)] == ["pass"] * 100
    assert limits.judge(7, "hello", at(0.1), update_id=2) == "pass"


def test_a_clock_put_back_an_hour_makes_nothing_a_repetition_and_limits_nobody() -> None:
    limits = Limits()
    for n in range(BURST):
        limits.judge(7, f"message {n}", at(3600), update_id=n)
    limits.judge(7, "hello", at(3600), update_id=50)
    limits.answered(7, at(3600.2))
    assert limits.judge(7, "hello", at(0), update_id=51) == "pass"
    assert limits.judge(7, "something else", at(1), update_id=52) == "pass"
