"""The scoring of the red-flag screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.screen_evaluation import Labelled, Share, evaluate, table
from bot.understanding.verdict import Level

MESSAGES = [
    Labelled("e1", "emergency", "throat"),
    Labelled("e2", "emergency", "chest"),
    Labelled("u1", "urgent", "rash", "es"),
    Labelled("n1", "none", "idiom"),
    Labelled("n2", "none", "denial"),
]
FOUND: dict[str, Level] = {"e1": "emergency", "e2": "urgent", "u1": "check", "n1": "check", "n2": "none"}


def test_an_emergency_answered_as_urgent_is_not_counted_as_carded() -> None:
    rows = dict(evaluate(MESSAGES, FOUND.__getitem__).rows())
    assert rows["emergency: card or check"] == Share(1, 2)
    assert rows["emergency answered as urgent"] == Share(1, 2)
    assert rows["urgent: any card or check"] == Share(1, 1)
    assert rows["none interrupted in any way"] == Share(1, 2)
    assert rows["none shown the emergency card"] == Share(0, 2)


def test_misses_are_named_by_number_and_the_table_holds_no_message() -> None:
    messages = [Labelled("a secret message", "emergency", "throat"), Labelled("another secret", "none", "chat")]
    report = evaluate(messages, lambda _: "none")
    assert report.misses() == [1]
    assert "secret" not in table(report)


def test_tables_are_cut_by_language() -> None:
    report = evaluate(MESSAGES, FOUND.__getitem__)
    assert report.languages() == ["en", "es"]
    assert dict(report.rows("es"))["urgent: any card or check"] == Share(1, 1)
    assert dict(report.rows("es"))["emergency: the card"] == Share(0, 0)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_wilson_interval_as_in_the_textbook(hits: int, of: int, low: float, high: float) -> None:
    assert Share(hits, of).interval == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share(counts: tuple[int, int]) -> None:
    share = Share(*counts)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1
