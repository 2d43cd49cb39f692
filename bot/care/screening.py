"""The red-flag screen as everybody calls it: it cannot fail.

Invariant: whatever happens inside the screen, a verdict comes out. No screen, or a screen that raised, is an emergency,
and so is the command that asks for the card.
"""

from __future__ import annotations

import re
from dataclasses import replace

import structlog

from bot.care.recent import Recent
from bot.understanding.verdict import NOTHING, UNKNOWN, Circumstances, Screen, Verdict

HELP = "/urgent"
ASKED_FOR_HELP = Verdict(
    "emergency", sign="urgent_command", card="allergy", entry="emergency_other", reasons=("asked for the card",)
)
FAILED = Verdict("emergency", sign="screen_failed", card="other", entry="emergency_other", reasons=("screen failed",))

_COMMAND = re.compile(rf"\s*{HELP}(?![a-z0-9_])", re.IGNORECASE)
_log = structlog.get_logger(__name__)


class SafeScreen:
    """A Screen that never raises; `failed()` tells whether a verdict is the fail-safe one."""

    def __init__(self, screen: Screen | None) -> None:
        self._screen = screen
        self._recent: Recent[Verdict] = Recent()

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        if not text.strip():
            return NOTHING
        if _COMMAND.match(text):
            return ASKED_FOR_HELP
        screen = self._screen
        if screen is None:
            return FAILED
        try:
            return self._recent.of(
                text, circumstances, lambda: _wordless(screen.assess(text, circumstances)), keep=lambda _: True
            )
        except Exception as error:  # noqa: BLE001 - fail-safe place one of two: doubt means the card
            _log.error("screen_failed", error=type(error).__name__)
            return FAILED

    def reasons(self, text: str) -> tuple[str, ...]:
        """What the verdict on a text rests on, in its own words: for `b12bot ask --explain`, never for a log."""
        return self._screen.assess(text).reasons if self._screen is not None else FAILED.reasons


def _wordless(verdict: Verdict) -> Verdict:
    """The verdict without its reasons, which quote the message."""
    return replace(verdict, reasons=()) if verdict.reasons else verdict


def failed(verdict: Verdict) -> bool:
    """True when the verdict only says that the screen itself broke."""
    return verdict.sign == FAILED.sign
