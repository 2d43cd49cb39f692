"""The danger signs of one language in a message, each with what it means there.

Invariant: every way of saying a sign in content is looked for; nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.knowledge.red_flags import Reading, RedFlags, Sign
from bot.knowledge.sign_pattern import fold, parse
from bot.understanding.signs.circumstance import Circumstance, Meaning
from bot.understanding.signs.matching import Match, PatternIndex
from bot.understanding.signs.message import Message, read
from bot.understanding.signs.readings import value_near


@dataclass(frozen=True)
class Finding:
    """A sign found: which, its words as written (folded), and what they mean there."""

    sign: Sign | Reading
    words: str
    meaning: Meaning


@dataclass(frozen=True)
class _Use:
    """What a pattern is for: a sign's `says`, `unless` or `needs`, a reading's name, or a cue."""

    kind: str
    number: int = 0


class SignFinder:
    """One language's rules, compiled."""

    def __init__(self, rules: RedFlags) -> None:
        self._rules = rules
        self._uses: list[_Use] = []
        self._rewrites = {fold(short): tuple(fold(long).split()) for short, long in rules.rewrites.items()}
        patterns = []
        for number, sign in enumerate(rules.signs):
            for kind, ways in (("says", sign.says), ("unless", sign.unless), ("needs", sign.needs)):
                patterns += [(self._use(kind, number), parse(way, rules.words)) for way in ways]
        for number, reading in enumerate(rules.readings):
            patterns += [(self._use("reading", number), parse(way, rules.words)) for way in reading.names]
        for cue in type(rules.cues).model_fields:
            patterns += [(self._use(cue), parse(way, rules.words)) for way in getattr(rules.cues, cue)]
        self._index = PatternIndex(patterns)

    def _use(self, kind: str, number: int = 0) -> int:
        self._uses.append(_Use(kind, number))
        return len(self._uses) - 1

    def find(self, text: str, mend: Callable[[str], str] | None = None) -> list[Finding]:
        """Signs in a text, at most one finding for each sign and meaning. `mend` repairs spelling, word by word."""
        message = read(text, self._rewrites, mend)
        by_use: dict[tuple[str, int], list[Match]] = {}
        for found in self._index.find(message):
            use = self._uses[found.key]
            by_use.setdefault((use.kind, use.number), []).append(found.match)
        cues = {kind: matches for (kind, _), matches in by_use.items() if kind in type(self._rules.cues).model_fields}
        circumstance = Circumstance(message, cues)
        findings: dict[tuple[str, Meaning], Finding] = {}
        for number, sign in enumerate(self._rules.signs):
            if sign.needs and ("needs", number) not in by_use:
                continue
            unless = by_use.get(("unless", number), [])
            for match in by_use.get(("says", number), ()):
                if not any(other.start < match.end and match.start < other.end for other in unless):
                    meaning = circumstance.meaning(match)
                    findings.setdefault((sign.id, meaning), Finding(sign, _words(message, match), meaning))
        for number, reading in enumerate(self._rules.readings):
            for match in by_use.get(("reading", number), ()):
                place = value_near(message, match, reading)
                if place is not None:
                    whole = Match(min(place, match.start), max(place + 1, match.end), match.named | {place})
                    meaning = circumstance.meaning(whole)
                    findings.setdefault((reading.id, meaning), Finding(reading, _words(message, whole), meaning))
        return list(findings.values())


def _words(message: Message, match: Match) -> str:
    return " ".join(message.words[match.start : match.end])
