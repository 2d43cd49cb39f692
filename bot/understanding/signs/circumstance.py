"""Whether a sign in a message is meant: asserted, or denied, long past, imagined, asked about, quoted or a joke.

A weak way of saying it is only `mentioned` where the sentence does not also say who and when.

Invariant: a cue acts only on the signs it governs. A denial ends at a contrast or where a new subject begins; words
that a sign names itself ("cannot breathe") never deny it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.understanding.signs.matching import Match
from bot.understanding.signs.message import Message

Meaning = Literal["asserted", "joking", "mentioned", "denied", "past", "hypothetical", "asked", "quoted", "family"]

_AFTER = 3
"""How many words after a sign a denial may follow ("chest pain no", "breathing is fine")."""


class Circumstance:
    """The cues found in one message."""

    def __init__(self, message: Message, cues: Mapping[str, Sequence[Match]]) -> None:
        self._message = message
        self._cues = cues
        self._not_denial = _covered(cues.get("not_denial", ()))
        self._not_hypothetical = _covered(cues.get("not_hypothetical", ()))
        self._contrast = {match.start for match in cues.get("contrast", ())}
        self._new_subject = {match.start for match in cues.get("new_subject", ())}
        self._joking = bool(cues.get("joking"))
        self._quoted = bool(cues.get("quoted"))

    def meaning(self, sign: Match, *, weak: bool = False) -> Meaning:
        """What the sign's surroundings make of it."""
        if self._denied(sign):
            return "denied"
        clause = self._message.clause[sign.start]
        recent = self._in_clause("recent", clause)
        if self._is_quoted(sign, recent):
            return "quoted"
        if self._in_clause("family_history", clause) and not recent:
            return "family"
        if self._in_clause("remote", clause):
            return "past"
        if self._cues.get("remote") and not (recent or self._in_clause("present", clause)):
            return "past"
        if self._imagined(sign):
            return "hypothetical"
        if self._asked(sign, clause, recent):
            return "asked"
        if weak and not (self._person_near(sign) and (recent or self._in_clause("present", clause))):
            return "mentioned"
        return "joking" if self._joking else "asserted"

    def _in_clause(self, cue: str, clause: int) -> bool:
        return any(self._message.clause[match.start] == clause for match in self._cues.get(cue, ()))

    def _denied(self, sign: Match) -> bool:
        message = self._message
        for denial in self._cues.get("denial", ()):
            inside = set(range(denial.start, denial.end))
            if inside <= self._not_denial or inside & sign.named:
                continue
            if sign.start < denial.start < sign.end:  # "legs are not swollen"
                return True
            if denial.end <= sign.start and message.clause[denial.start] == message.clause[sign.start]:
                between = range(denial.end, sign.start)
                if not any(self._ends_denial(word) for word in between) and not self._ends_denial(sign.start):
                    return True
        return any(self._answers(after, sign) for after in self._cues.get("denial_after", ()))

    def _answers(self, after: Match, sign: Match) -> bool:
        """True for the no of "chest pain no", "breathing is fine", "dizzy - no", "wheeze? No."."""
        message = self._message
        if after.start == sign.end and message.part[after.start] != message.part[sign.end - 1]:
            alone = after.end == len(message.words) or message.part[after.end] != message.part[after.start]
            return alone and (message.clause[after.start] == message.clause[sign.start] or self._asks(sign))
        within = range(sign.end, after.start + 1)
        return 0 <= after.start - sign.end <= _AFTER and all(
            message.part[word] == message.part[sign.end - 1] for word in within
        )

    def _asks(self, sign: Match) -> bool:
        return self._message.clause[sign.end - 1] in self._message.asks

    def _ends_denial(self, word: int) -> bool:
        """True where a denial's reach ends: at a contrast, or where a new part opens with a subject of its own."""
        if word in self._contrast:
            return True
        opens = word > 0 and self._message.part[word] != self._message.part[word - 1]
        return opens and word in self._new_subject

    def _is_quoted(self, sign: Match, recent: bool) -> bool:
        if self._message.quoted[sign.start]:
            return self._quoted or not recent
        return self._quoted and not (recent and self._person_near(sign))

    def _person_near(self, sign: Match) -> bool:
        message = self._message
        part = message.part[sign.start]
        return any(message.part[match.start] == part for match in self._cues.get("person", ()))

    def _imagined(self, sign: Match) -> bool:
        message = self._message
        for cue in self._cues.get("hypothetical", ()):
            if set(range(cue.start, cue.end)) & (self._not_hypothetical | sign.named):
                continue
            if message.clause[cue.start] != message.clause[sign.start] or cue.start >= sign.end:
                continue
            if not any(word in self._contrast for word in range(cue.end, sign.start)):
                return True
        return False

    def _asked(self, sign: Match, clause: int, recent: bool) -> bool:
        """A general question: it opens with a question word and names nobody before the sign."""
        message = self._message
        if recent:
            return False
        for cue in self._cues.get("question", ()):
            if message.clause[cue.start] != clause or cue.start > sign.start:
                continue
            opens = cue.start == 0 or message.part[cue.start] != message.part[cue.start - 1]
            named = any(cue.end <= match.start < sign.start for match in self._cues.get("person", ()))
            if opens and not named:
                return True
        return False


def _covered(matches: Sequence[Match]) -> set[int]:
    return {word for match in matches for word in range(match.start, match.end)}
