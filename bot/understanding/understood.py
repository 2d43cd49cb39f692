"""What was made of a message.

Invariant: plain values; whoever reads them needs to know nothing of how they came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.understanding.decision import Chances
from bot.understanding.units import Conversion

Action = Literal["answer", "choose", "unknown"]
SMALLTALK = "smalltalk"


@dataclass(frozen=True)
class Candidate:
    """An entry that may be meant, and how likely it is."""

    entry: str
    p: float


@dataclass(frozen=True)
class Understood:
    """What to do with a message.

    `entry` is the entry to answer with, "smalltalk", or None; `reason` is the kind of small talk then, and else why:
    "exact", "sure", "units", "unsure", "two questions", "off topic", "empty". `units` is a conversion asked for.
    """

    action: Action
    entry: str | None
    candidates: tuple[Candidate, ...]
    reason: str
    units: Conversion | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a message was understood as it was, for editors."""

    prepared: str
    repaired: tuple[tuple[str, str], ...]
    nearest: tuple[tuple[str, str, float], ...]
    """Known texts most like it: text, entry or "off topic", cosine."""
    chances: Chances | None
    understood: Understood

    def lines(self) -> list[str]:
        """As `b12bot ask --explain` prints it."""
        found = [f"read as: {self.prepared or '(nothing)'}"]
        found += [f"repaired: {typed} → {mended}" for typed, mended in self.repaired]
        found += [f"near: {cosine:.2f} {entry}: {text}" for text, entry, cosine in self.nearest]
        if self.chances is not None:
            found.append(
                f"chances: first right {self.chances.first:.2f}, among three {self.chances.among_three:.2f}, "
                f"on topic {self.chances.on_topic:.2f}"
            )
        listed = ", ".join(f"{one.entry} {one.p:.2f}" for one in self.understood.candidates)
        return [*found, f"so: {self.understood.action} ({self.understood.reason}) {listed}".rstrip()]
