"""How well a screen reads labelled messages.

Invariant: every labelled message is counted once, and every share comes with its 95% Wilson interval. The texts
themselves never leave: misses are named by their number in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from bot.understanding.verdict import Level

Label = Literal["emergency", "urgent", "none"]
_Z = 1.959964


@dataclass(frozen=True)
class Labelled:
    """A message, what a careful nurse says it is, and where it belongs in the tables."""

    text: str
    level: Label
    kind: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Share:
    """`hits` of `of`, with its interval."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95% Wilson score interval (Wilson 1927)."""
        if not self.of:
            return (0.0, 1.0)
        p, n = self.value, self.of
        middle = p + _Z**2 / (2 * n)
        half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return (max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:6.1%}  {self.hits:>4}/{self.of:<4}  [{low:.1%}, {high:.1%}]"


@dataclass(frozen=True)
class Judged:
    """A labelled message and what the screen made of it."""

    number: int
    labelled: Labelled
    found: Level


@dataclass(frozen=True)
class Report:
    """Everything judged, ready to be cut into tables."""

    judged: tuple[Judged, ...]

    def share(
        self, label: Label, found: Iterable[Level], *, kind: str | None = None, language: str | None = None
    ) -> Share:
        """Of the messages with this label (kind, language): how many got one of the `found` levels."""
        wanted = frozenset(found)
        of = [
            one
            for one in self.judged
            if one.labelled.level == label
            and (kind is None or one.labelled.kind == kind)
            and (language is None or one.labelled.language == language)
        ]
        return Share(sum(one.found in wanted for one in of), len(of))

    def kinds(self, label: Label) -> list[str]:
        """The kinds that occur with a label, in order."""
        return sorted({one.labelled.kind for one in self.judged if one.labelled.level == label})

    def languages(self) -> list[str]:
        """The languages that occur, in order."""
        return sorted({one.labelled.language for one in self.judged})

    def misses(self) -> list[int]:
        """Numbers of the messages with a sign that were answered as none: the worst error."""
        return [one.number for one in self.judged if one.labelled.level != "none" and one.found == "none"]

    def rows(self, language: str | None = None) -> list[tuple[str, Share]]:
        """The measures asked of a screen, by name."""
        cut = {"language": language}
        return [
            ("emergency: card or check", self.share("emergency", ("emergency", "check"), **cut)),
            ("emergency: the card", self.share("emergency", ("emergency",), **cut)),
            ("emergency answered as urgent", self.share("emergency", ("urgent",), **cut)),
            ("emergency answered as none", self.share("emergency", ("none",), **cut)),
            ("urgent: any card or check", self.share("urgent", ("emergency", "urgent", "check"), **cut)),
            ("urgent: the same-day card", self.share("urgent", ("urgent",), **cut)),
            ("urgent answered as emergency", self.share("urgent", ("emergency",), **cut)),
            ("none shown the emergency card", self.share("none", ("emergency",), **cut)),
            ("none interrupted in any way", self.share("none", ("emergency", "urgent", "check"), **cut)),
        ]


def evaluate(messages: Sequence[Labelled], level_of: Callable[[str], Level]) -> Report:
    """Judge every message with `level_of`, which must not depend on the ones before."""
    return Report(tuple(Judged(number, one, level_of(one.text)) for number, one in enumerate(messages, start=1)))


def table(report: Report) -> str:
    """The report as text: the measures, by language when there are several, and by kind."""
    lines = [f"{name:<34} {share}" for name, share in report.rows()]
    languages = report.languages()
    if len(languages) > 1:
        for language in languages:
            lines += ["", f"-- {language}"] + [f"{name:<34} {share}" for name, share in report.rows(language)]
    flagged: tuple[Level, ...] = ("emergency", "urgent", "check")
    labels: tuple[Label, ...] = ("emergency", "urgent", "none")
    for label in labels:
        for kind in report.kinds(label):
            share = report.share(label, flagged, kind=kind)
            lines.append(f"{label + ' ' + kind + ', noticed':<34} {share}")
    lines.append(f"missed altogether (line numbers): {report.misses()}")
    return "\n".join(lines)
