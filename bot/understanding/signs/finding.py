"""The danger signs of one language in a message, each with what it means there.

Invariant: every way of saying a sign in content is looked for; nothing else is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.knowledge.red_flags import Reading, RedFlags, Sign
from bot.knowledge.sign_pattern import Pattern, fold, parse
from bot.understanding.signs.circumstance import Circumstance, Meaning
from bot.understanding.signs.matching import Match, PatternIndex
from bot.understanding.signs.message import Message, read
from bot.understanding.signs.readings import value_near


@dataclass(frozen=True)
class Finding:
    """A sign found: which, its words as written (folded), what they mean there and in which clause they stand."""

    sign: Sign | Reading
    words: str
    meaning: Meaning
    clause: int


@dataclass(frozen=True)
class Findings:
    """What one language's rules see in a message."""

    signs: tuple[Finding, ...]
    common: Mapping[int, int]
    """Clause → how many of the language's common words it holds: whether it is written in this language."""
    quoted: bool
    """The message speaks of a story, a study or somebody else's words."""


@dataclass(frozen=True)
class _Use:
    """What a pattern is for: a sign's `says`, `hints`, `unless` or `needs`, a reading's name, or a cue."""

    kind: str
    number: int = 0


class SignFinder:
    """One language's rules, compiled."""

    def __init__(self, rules: RedFlags) -> None:
        self._rules = rules
        self._uses: list[_Use] = []
        self._common = frozenset(map(fold, rules.common))
        self._rewrites = {fold(short): tuple(fold(long).split()) for short, long in rules.rewrites.items()}
        self._cues = frozenset(type(rules.cues).model_fields)
        patterns: list[tuple[int, Pattern]] = []
        for number, sign in enumerate(rules.signs):
            for kind in ("says", "hints", "unless", "needs"):
                patterns += self._compiled(_Use(kind, number), getattr(sign, kind))
        for number, reading in enumerate(rules.readings):
            patterns += self._compiled(_Use("reading", number), reading.names)
            patterns += self._compiled(_Use("not reading", number), reading.unless)
        for cue in sorted(self._cues):
            patterns += self._compiled(_Use(cue), getattr(rules.cues, cue))
        self._index = PatternIndex(patterns)

    def _compiled(self, use: _Use, ways: tuple[str, ...]) -> list[tuple[int, Pattern]]:
        self._uses.append(use)
        return [(len(self._uses) - 1, parse(way, self._rules.words)) for way in ways]

    def find(self, text: str, mend: Callable[[str], str] | None = None, *, loading: bool = False) -> Findings:
        """Signs in a text, at most one finding for each sign and meaning.

        `mend` repairs spelling, word by word; `loading` tells that the writer is in a loading phase.
        """
        message = read(text, self._rewrites, mend)
        by_use: dict[_Use, list[Match]] = {}
        for found in self._index.find(message):
            by_use.setdefault(self._uses[found.key], []).append(found.match)
        cues = {use.kind: matches for use, matches in by_use.items() if use.kind in self._cues}
        circumstance = Circumstance(message, cues)
        findings: dict[tuple[str, Meaning], Finding] = {}
        said = {use.number for use in by_use if use.kind in ("says", "hints")}
        for number in sorted(said):
            sign = self._rules.signs[number]
            for match, weak in self._said(sign, number, by_use, loading):
                meaning = circumstance.meaning(match, weak=weak)
                findings.setdefault((sign.id, meaning), _finding(sign, meaning, message, match))
        for number, reading in enumerate(self._rules.readings):
            names = by_use.get(_Use("reading", number), []) if _Use("not reading", number) not in by_use else []
            for name in names:
                place = value_near(message, name, reading)
                if place is not None:
                    match = Match(min(place, name.start), max(place + 1, name.end), name.named | {place})
                    meaning = circumstance.meaning(match)
                    findings.setdefault((reading.id, meaning), _finding(reading, meaning, message, match))
        common = Counter(message.clause[i] for i, word in enumerate(message.words) if word in self._common)
        return Findings(tuple(findings.values()), common, "quoted" in cues)

    def _said(
        self, sign: Sign, number: int, by_use: Mapping[_Use, list[Match]], loading: bool
    ) -> list[tuple[Match, bool]]:
        """Where a sign is said, and whether only by a hint."""
        if sign.needs and _Use("needs", number) not in by_use and not (loading and sign.in_loading):
            return []
        unless = by_use.get(_Use("unless", number), [])
        return [
            (match, kind == "hints")
            for kind in ("says", "hints")
            for match in by_use.get(_Use(kind, number), ())
            if not any(other.start < match.end and match.start < other.end for other in unless)
        ]


def _finding(sign: Sign | Reading, meaning: Meaning, message: Message, match: Match) -> Finding:
    return Finding(sign, " ".join(message.words[match.start : match.end]), meaning, message.clause[match.start])
