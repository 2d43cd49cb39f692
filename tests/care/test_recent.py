"""Remembering changes nothing but the time it takes, and keeps no words."""

from __future__ import annotations

import pickle
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.care.recent import Recent
from bot.care.screening import FAILED, SafeScreen
from bot.understanding.verdict import NOTHING, UNKNOWN, Circumstances, Verdict


@given(asked=st.lists(st.tuples(st.sampled_from(["a", "b", "c", "\ud800", "x" * 400]), st.integers(0, 2)), max_size=60))
def test_the_same_as_without_it(asked: list[tuple[str, int]]) -> None:
    recent: Recent[tuple[str, int]] = Recent(most=3)
    for text, rest in asked:
        found = recent.of(text, rest, partial(tuple.__new__, tuple, (text, rest)), lambda found: found[1] != 2)
        assert found == (text, rest)
        assert len(recent._kept) <= 3


def test_no_word_is_kept() -> None:
    recent: Recent[int] = Recent()
    recent.of("zanzibarisch", None, lambda: 1, lambda _: True)
    assert b"zanzibarisch" not in pickle.dumps(recent._kept)


class Counting:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Circumstances]] = []

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        self.asked.append((text, circumstances))
        if "boom" in text:
            raise RuntimeError
        return Verdict("emergency", "x") if "danger" in text else NOTHING


def test_verdicts_are_remembered_for_their_circumstances_and_failures_never() -> None:
    counting = Counting()
    screen = SafeScreen(counting)
    loading = Circumstances(loading=True)
    for _ in range(3):
        assert screen.assess("hello") == NOTHING
        assert screen.assess("hello", loading) == NOTHING
        assert screen.assess("danger").level == "emergency"
        assert screen.assess("boom") == FAILED
    assert counting.asked.count(("hello", UNKNOWN)) == counting.asked.count(("hello", loading)) == 1
    assert counting.asked.count(("danger", UNKNOWN)) == 1
    assert counting.asked.count(("boom", UNKNOWN)) == 3


def test_what_a_verdict_quotes_is_not_remembered() -> None:
    class Quoting:
        def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
            return Verdict("emergency", "x", reasons=(f"found: {text}",))

    screen = SafeScreen(Quoting())
    assert screen.assess("my secret").reasons == ()
    assert screen.reasons("my secret") == ("found: my secret",)
