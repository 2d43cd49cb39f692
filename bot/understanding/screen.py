"""The red-flag screen: what is the most serious thing a message says?

Invariant: nothing a person writes is answered before this has read it, as written and with its spelling repaired, in
every language the screen knows. What cannot be told becomes `check`; a sign found asserted is never silenced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.red_flags import RedFlags
from bot.understanding.signs.finding import Finding, Findings, SignFinder
from bot.understanding.verdict import NOTHING, UNKNOWN, Circumstances, Level, Verdict, worse


class RedFlagScreen:
    """Looks for danger signs in one message; the same text always gets the same verdict."""

    def __init__(self, rules: Mapping[str, RedFlags]) -> None:
        self._finders = {language: SignFinder(red_flags) for language, red_flags in rules.items()}

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        """The most serious thing the text says, in any language the screen knows."""
        return self.explain(text, circumstances).verdict

    def explain(self, text: str, circumstances: Circumstances = UNKNOWN) -> Explanation:
        """The verdict with everything it rests on, for `b12bot ask --explain`."""
        seen = {language: finder.find(text) for language, finder in self._finders.items()}
        findings = tuple((language, found) for language in seen for found in _own(language, seen))
        verdict = NOTHING
        for language, found in findings:
            level = _level(found)
            if level != "none":
                reason = f"{language}: {found.sign.id} ({found.meaning}): {found.words}"
                sign = found.sign
                verdict = worse(verdict, Verdict(level, sign.id, sign.card, sign.entry, (reason,)))
        return Explanation(verdict, findings)


@dataclass(frozen=True)
class Explanation:
    """A verdict and the signs found, each with its language."""

    verdict: Verdict
    findings: tuple[tuple[str, Finding], ...]


def _own(language: str, seen: Mapping[str, Findings]) -> list[Finding]:
    """A language's findings, without those in clauses that are plainly written in another."""
    own = seen[language]
    elsewhere = [other for code, other in seen.items() if code != language]
    main = all(sum(own.common.values()) >= sum(other.common.values()) for other in elsewhere)
    if not main and any(other.quoted for other in elsewhere):
        return []
    return [
        found
        for found in own.signs
        if all(own.common.get(found.clause, 0) >= other.common.get(found.clause, 0) for other in elsewhere)
    ]


def _level(found: Finding) -> Level:
    if found.meaning == "asserted":
        return found.sign.level
    return "check" if found.meaning in ("joking", "mentioned") else "none"
