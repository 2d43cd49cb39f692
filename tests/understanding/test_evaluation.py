"""Scoring labelled questions, against counting by hand."""

from __future__ import annotations

from bot.understanding.evaluation import Found, Question, Understood, evaluate, table

ANSWERS = {
    "right": Found("answer", "a", ("a", "b", "c")),
    "wrong": Found("answer", "b", ("b", "a", "c")),
    "button": Found("choose", None, ("b", "c", "a")),
    "no button": Found("choose", None, ("b", "c", "d", "a")),
    "refused": Found("unknown", None, ("a", "b", "c")),
    "chat": Found("answer", "smalltalk", ()),
}


def judged(*pairs: tuple[str, str]) -> Understood:
    return evaluate([Question(text, entry) for text, entry in pairs], ANSWERS.__getitem__)


def test_every_measure() -> None:
    report = judged(
        ("right", "a"),
        ("right", "a"),
        ("wrong", "a"),
        ("button", "a"),
        ("no button", "a"),
        ("refused", "a"),
        ("chat", "a"),
        ("right", "none"),
        ("button", "none"),
        ("refused", "none"),
        ("chat", "none"),
        ("chat", "smalltalk"),
        ("refused", "smalltalk"),
        ("wrong", "smalltalk"),
    )
    counted = {name: (share.hits, share.of) for name, share in report.shares().items()}
    assert counted == {
        "top-1": (3, 7),
        "top-3": (5, 7),
        "answered directly": (3, 7),
        "direct answers that are right": (2, 3),
        "given buttons": (2, 7),
        "buttons that hold the right one": (1, 2),
        "refused though on topic": (1, 7),
        "served in one step": (3, 7),
        "off topic, not answered as if on": (3, 4),
        "off topic, refused outright": (1, 4),
        "small talk recognised": (1, 3),
        "small talk answered as a question": (1, 3),
        "direct answers right, all messages": (2, 5),
    }


def test_confusions_commonest_first() -> None:
    report = judged(
        ("wrong", "a"), ("wrong", "a"), ("right", "none"), ("right", "a"), ("button", "c"), ("refused", "none")
    )
    assert report.confusions() == [("a", "b", 2), ("c", "b", 1), ("none", "a", 1)]
    assert "2  a → b" in table(report)


def test_nothing_to_score() -> None:
    assert table(judged()) == ""


def test_numbers_follow_the_order() -> None:
    assert [one.number for one in judged(("right", "a"), ("wrong", "a")).judgements] == [1, 2]
