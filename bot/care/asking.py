"""One text in, one whole answer out: what a chat, the command line and the tests all call.

Invariant: the screen speaks first. An emergency is answered with its card alone; a same-day sign with its card alone; a
message the screen cannot tell is answered with the question "is this happening now?" above anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.care.answering import Answering
from bot.care.cards import card_for, check_card
from bot.care.reader import Reader
from bot.care.recent import Recent
from bot.care.reply import Reply
from bot.care.screening import SafeScreen, failed
from bot.understanding.understand import Understanding
from bot.understanding.understood import SMALLTALK, Action, Candidate, Understood
from bot.understanding.verdict import UNKNOWN, Circumstances, Level, Verdict


@dataclass(frozen=True)
class Asked:
    """Everything known about one text: the contract of `b12bot ask --json`."""

    text: str
    verdict: Verdict
    action: Action
    entry: str | None
    candidates: tuple[Candidate, ...]
    replies: tuple[Reply, ...] = field(default=())

    @property
    def level(self) -> Level:
        return self.verdict.level

    @property
    def interrupted(self) -> bool:
        """True when a card or the check is shown."""
        return self.level != "none"


class Asking:
    """Screens, understands and words the reply for one text."""

    def __init__(
        self, screen: SafeScreen, understandings: Mapping[str, Understanding], answering: Answering, default: str = "en"
    ) -> None:
        self._screen = screen
        self._understandings = understandings
        self._answering = answering
        self._default = default
        self._recent: Recent[Understood] = Recent()

    def ask(
        self,
        text: str,
        reader: Reader,
        circumstances: Circumstances = UNKNOWN,
        *,
        misses: int = 0,
        watching: str | None = None,
    ) -> Asked:
        """Answer one text.

        `misses` is how many questions in a row could not be answered before this one; `watching` is the truthful line
        about who sees an alert.
        """
        verdict = self._screen.assess(text, circumstances)
        return self.reply_to(text, verdict, reader, misses=misses, watching=watching)

    def reply_to(
        self, text: str, verdict: Verdict, reader: Reader, *, misses: int = 0, watching: str | None = None
    ) -> Asked:
        """The same, for a text that was screened already."""
        if failed(verdict):
            return Asked(text, verdict, "answer", verdict.entry, (), (card_for(reader, verdict),))
        understood = self._understand(text, reader)
        action, entry, candidates = understood.action, understood.entry, understood.candidates
        if action != "answer" and verdict.level in ("emergency", "urgent") and verdict.entry is not None:
            others = tuple(one for one in candidates if one.entry != verdict.entry)
            candidates = (Candidate(verdict.entry, 1.0), *others)[: max(3, len(candidates))]
        replies = self._replies(verdict, understood, reader, misses, watching)
        return Asked(text, verdict, action, entry, candidates, tuple(replies))

    def _understand(self, text: str, reader: Reader) -> Understood:
        language = reader.content.language if reader.content.language in self._understandings else self._default
        understanding = self._understandings[language]
        return self._recent.of(
            text, language, lambda: understanding.understand(text), lambda found: found.units is None
        )

    def _replies(
        self,
        verdict: Verdict,
        understood: Understood,
        reader: Reader,
        misses: int,
        watching: str | None,
    ) -> list[Reply]:
        if verdict.level in ("emergency", "urgent"):
            return [card_for(reader, verdict, watching)]
        answer = self.answer(understood, reader, misses)
        if verdict.level == "check":
            return [check_card(reader.speaking(verdict.language), verdict.sign, understood.entry), answer]
        return [answer]

    def answer(self, understood: Understood, reader: Reader, misses: int = 0) -> Reply:
        """The words for what was understood, red flags aside."""
        if understood.units is not None:
            return self._answering.units(reader, understood.units)
        if understood.entry == SMALLTALK:
            return self._answering.smalltalk(reader, understood.reason)
        if understood.action == "answer" and understood.entry is not None:
            found = self._answering.entry(reader, understood.entry)
            if found is not None:
                return found
        if understood.action == "choose" and understood.candidates:
            return self._answering.choices(reader, understood.candidates, understood.reason == "two questions")
        return self._answering.unknown(reader, misses + 1)
