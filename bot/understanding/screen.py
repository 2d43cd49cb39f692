"""The red-flag screen: what is the most serious thing a message says?

Invariant: nothing a person writes is answered before this has read it, as written and with its spelling repaired, in
every language the screen knows. What cannot be told becomes `check`; a sign found asserted is never silenced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.knowledge.red_flags import RedFlags
from bot.understanding.bare import is_bare
from bot.understanding.dictionary import english
from bot.understanding.gloss import Glossary
from bot.understanding.impression import Impression, Reader
from bot.understanding.judgement import judge
from bot.understanding.signs.finding import Finding, Findings, SignFinder
from bot.understanding.signs.spelling import Mender
from bot.understanding.verdict import UNKNOWN, Circumstances, Verdict

ENGLISH = "en"
LONGEST = 120_000
"""Characters read of one message, half from each end; Telegram sends at most 4,096."""


@dataclass(frozen=True)
class Explanation:
    """A verdict with everything it rests on: the signs found, each with its language, and the learned impression."""

    verdict: Verdict
    findings: tuple[tuple[str, Finding], ...]
    impression: Impression | None


class RedFlagScreen:
    """Looks for danger signs in one message; the same text always gets the same verdict."""

    def __init__(self, rules: Mapping[str, RedFlags], reader: Reader | None = None) -> None:
        """`rules` by language. Without a `reader` the rules decide alone."""
        self._finders = {language: SignFinder(red_flags) for language, red_flags in rules.items()}
        self._menders = {ENGLISH: Mender(rules[ENGLISH])} if ENGLISH in rules else {}
        self._reader = reader
        self._glossaries = {language: Glossary.load(language) for language in rules if language in Glossary.LANGUAGES}
        self._kinds = next((red_flags.kinds for red_flags in rules.values() if red_flags.kinds), {})
        self._cards = {sign.id: sign.card for red_flags in rules.values() for sign in red_flags.signs}
        self._cards |= {one.id: one.card for red_flags in rules.values() for one in red_flags.readings}
        self._cards |= {kind: shown.card for kinds in self._kinds.values() for kind, shown in kinds.items()}

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        """The most serious thing the text says, in any language the screen knows."""
        return self.explain(text, circumstances).verdict

    def card_of(self, sign: str) -> str:
        """The card a sign is shown with."""
        return self._cards.get(sign, "other")

    def explain(self, text: str, circumstances: Circumstances = UNKNOWN) -> Explanation:
        """The verdict with everything it rests on, for `b12bot ask --explain`."""
        if len(text) > LONGEST:
            text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
        loading = circumstances.loading
        seen = {language: finder.find(text, loading=loading) for language, finder in self._finders.items()}
        findings = [(language, found) for language in seen for found in _own(language, seen)]
        for language, mender in self._menders.items():
            mended = self._finders[language].find(text, mender.word, loading=loading) if mender.changes(text) else None
            if mended is not None:
                own = _own(language, {**seen, language: mended})
                findings += [(language, found) for found in own if found not in seen[language].signs]
        impression, language = self._impression(text, seen)
        verdict = judge(findings, impression, circumstances, self._kinds)
        if verdict.level != "none" and verdict.language is None and language != ENGLISH:
            verdict = replace(verdict, language=language)
        return Explanation(verdict, tuple(findings), impression)

    def _impression(self, text: str, seen: Mapping[str, Findings]) -> tuple[Impression | None, str]:
        """The graver impression of the text as written and, where it is not English, of its gloss; and its language."""
        if self._reader is None or is_bare(text):
            return None, ENGLISH
        read = [(self._reader.read(one), language) for language, one in self._readable(text, seen)]
        return max(read, key=lambda one: (one[0].danger, one[0].emergency))

    def _readable(self, text: str, seen: Mapping[str, Findings]) -> Iterator[tuple[str, str]]:
        size = {language: sum(found.common.values()) for language, found in seen.items()}
        main = max(size, key=lambda language: (size[language], language == ENGLISH)) if size else ENGLISH
        foreign = [language for language in self._glossaries if size.get(language, 0) > 0]
        if main == ENGLISH or main not in self._glossaries:
            yield ENGLISH, text
        for language in foreign:
            if language == main or _has_own_clause(language, seen):
                yield language, self._glossaries[language].english(text)


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
        and not (language != ENGLISH and not own.common.get(found.clause) and _is_english(found.words))
    ]


def _is_english(words: str) -> bool:
    """True when every word of a finding is an English word too ("anaphylaxis"): then English's own rules judge it."""
    return all(word in english() for word in words.split())


def _has_own_clause(language: str, seen: Mapping[str, Findings]) -> bool:
    """True when some clause is plainly in this language though the message as a whole is not."""
    elsewhere = [other for code, other in seen.items() if code != language]
    return any(
        count >= 2 and all(count > other.common.get(clause, 0) for other in elsewhere)
        for clause, count in seen[language].common.items()
    )
