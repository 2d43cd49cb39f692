"""What the red-flag screen says about a message.

Invariant: a verdict above `none` always names the sign it rests on and the card to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Level = Literal["none", "check", "urgent", "emergency"]
LEVELS: tuple[Level, ...] = ("none", "check", "urgent", "emergency")


@dataclass(frozen=True)
class Circumstances:
    """What is known about the writer that changes how sure the screen must be.

    `hours_since_injection` is None when no injection was recorded; `loading` is True during a loading phase.
    """

    hours_since_injection: float | None = None
    loading: bool = False


UNKNOWN = Circumstances()


@dataclass(frozen=True)
class Verdict:
    """Level, the sign's id, the card that fits it, the FAQ entry that explains it, and why.

    `language` is the language the sign was recognised in, when it was recognised by that language's rules.
    """

    level: Level
    sign: str | None = None
    card: str = "other"
    entry: str | None = None
    reasons: tuple[str, ...] = ()
    language: str | None = None


NOTHING = Verdict("none")


class Screen(Protocol):
    """Looks for danger signs in one message. May raise: the caller then shows the emergency card."""

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        """The most serious thing the text says, in any language the screen knows."""
        ...


def worse(one: Verdict, other: Verdict) -> Verdict:
    """The more serious of two; the first when they are equal."""
    return other if LEVELS.index(other.level) > LEVELS.index(one.level) else one
