"""How well labelled questions are understood.

Invariant: every labelled message is counted once, and every share comes with its 95% Wilson interval. The texts
themselves never leave: what went wrong is told by labels and by numbers in the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.understanding.screen_evaluation import Share
from bot.understanding.understood import SMALLTALK

OFF_TOPIC = "none"
_BUTTONS = 3


@dataclass(frozen=True)
class Question:
    """A message and what it should lead to: an entry's id, "smalltalk" or "none"."""

    text: str
    entry: str


@dataclass(frozen=True)
class Found:
    """What was made of a message: the action, the entry answered with (if any), and entries in order of likelihood."""

    action: str
    entry: str | None
    candidates: Sequence[str]

    @property
    def ranking(self) -> list[str]:
        """Entries, the one answered with first."""
        first = [self.entry] if self.action == "answer" and self.entry is not None else []
        return [*first, *(one for one in self.candidates if one not in first)]


@dataclass(frozen=True)
class Judgement:
    """A labelled message and what was made of it. `number` counts from 1 in the order given."""

    number: int
    question: Question
    found: Found

    @property
    def direct(self) -> bool:
        """Answered with an entry at once."""
        return self.found.action == "answer" and self.found.entry != SMALLTALK

    @property
    def right(self) -> bool:
        """Answered at once, and with the right entry."""
        return self.direct and self.found.entry == self.question.entry

    @property
    def served(self) -> bool:
        """Answered rightly at once, or offered the right button."""
        offered = self.found.action == "choose" and self.question.entry in self.found.candidates[:_BUTTONS]
        return self.right or offered


@dataclass(frozen=True)
class Understood:
    """Everything judged, ready to be cut into tables."""

    judgements: tuple[Judgement, ...]

    @property
    def on_topic(self) -> list[Judgement]:
        """Those that have an entry."""
        return [one for one in self.judgements if one.question.entry not in (OFF_TOPIC, SMALLTALK)]

    def shares(self) -> dict[str, Share]:
        """The measures asked of a matcher, by name."""
        on = self.on_topic
        off = [one for one in self.judgements if one.question.entry == OFF_TOPIC]
        chat = [one for one in self.judgements if one.question.entry == SMALLTALK]
        direct = [one for one in on if one.direct]
        return {
            "top-1": _share(on, lambda one: one.found.ranking[:1] == [one.question.entry]),
            "top-3": _share(on, lambda one: one.question.entry in one.found.ranking[:3]),
            "answered directly": _share(on, lambda one: one.direct),
            "direct answers that are right": _share(direct, lambda one: one.right),
            "given buttons": _share(on, lambda one: one.found.action == "choose"),
            "buttons that hold the right one": _share(
                [one for one in on if one.found.action == "choose"], lambda one: one.served
            ),
            "refused though on topic": _share(on, lambda one: one.found.action == "unknown"),
            "served in one step": _share(on, lambda one: one.served),
            "off topic, not answered as if on": _share(off, lambda one: not one.direct),
            "off topic, refused outright": _share(off, lambda one: one.found.action == "unknown"),
            "small talk recognised": _share(chat, lambda one: one.found.entry == SMALLTALK),
            "small talk answered as a question": _share(chat, lambda one: one.direct),
            "direct answers right, all messages": _share(
                [one for one in self.judgements if one.direct], lambda one: one.right
            ),
        }

    def confusions(self) -> list[tuple[str, str, int]]:
        """(expected, first instead, how often), commonest first. An off-topic message counts when it was answered."""
        pairs: Counter[tuple[str, str]] = Counter()
        for one in self.judgements:
            first = one.found.ranking[0] if one.found.ranking else OFF_TOPIC
            wrong = one.direct if one.question.entry in (OFF_TOPIC, SMALLTALK) else first != one.question.entry
            if wrong:
                pairs[one.question.entry, first] += 1
        return sorted(((*pair, count) for pair, count in pairs.items()), key=lambda row: (-row[2], row[0], row[1]))


def evaluate(questions: Iterable[Question], understand: Callable[[str], Found]) -> Understood:
    """Judge every message with `understand`, which must not depend on the ones before."""
    return Understood(
        tuple(Judgement(number, one, understand(one.text)) for number, one in enumerate(questions, start=1))
    )


def table(report: Understood, most: int = 20) -> str:
    """The report as text: the measures, then the commonest confusions."""
    lines = [f"{name:<36} {share}" for name, share in report.shares().items() if share.of]
    confusions = report.confusions()
    if confusions:
        lines += ["", "expected → first instead"]
        lines += [f"{count:>4}  {expected} → {instead}" for expected, instead, count in confusions[:most]]
    return "\n".join(lines)


def _share(of: Sequence[Judgement], hit: Callable[[Judgement], bool]) -> Share:
    return Share(sum(hit(one) for one in of), len(of))
