"""What a patient means: which entry, how surely, and what to do about it.

Invariant: deterministic, no clock, nothing of the text is kept. A direct answer needs the content's own threshold and
the sentence model; without the model there are buttons only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from bot.knowledge.content import Content
from bot.understanding.decision import Chances
from bot.understanding.encoder import Encoder, Heard
from bot.understanding.learning import learn
from bot.understanding.matcher import Evidence
from bot.understanding.normalise import normalise
from bot.understanding.sentences import is_question, parts
from bot.understanding.smalltalk import SmallTalk
from bot.understanding.understood import SMALLTALK, Action, Candidate, Explanation, Understood
from bot.understanding.units import Conversion, find_conversion

__all__ = ["SMALLTALK", "Action", "Candidate", "Explanation", "Understanding", "Understood"]

_LISTED = 5
_BUTTONS = 3
_LIKELY = 0.5
"""Probability from which each of two questions in one message is offered."""
_CHAT_WORDS = 10
_UNIT_ENTRIES = {"convert": "unit_conversion", "refuse_iu": "iu_units", "refuse_ml": "label_strength"}


@dataclass(frozen=True)
class _Reading:
    """One text, or one sentence of it, as the matcher sees it."""

    prepared: str
    evidence: Evidence
    chances: Chances
    best: str
    """The label with the best score."""
    heard: Heard | None
    """The text, or the message it is a sentence of, as the model read it."""


class Understanding:
    """Understands messages by one language's content."""

    def __init__(self, content: Content, encoder: Encoder | None) -> None:
        """Learn the content's phrasings, or take up what was learnt from them before.

        Without an encoder it works by shared words and never answers directly.
        """
        self._settings = content.matching
        self._surely = encoder is not None
        self._smalltalk = SmallTalk(content.matching.smalltalk)
        self._matcher, self._decision = learn(content, encoder)
        self._exact = self._exact_texts()

    def understand(self, text: str) -> Understood:
        """What to do with one message, as it was typed."""
        return self._understand(text)[0]

    def explain(self, text: str) -> Explanation:
        """The same, with its reasons."""
        understood, reading = self._understand(text)
        prepared = self._matcher.prepared(text)
        near = self._matcher.nearest(prepared, _LISTED) if prepared else []
        known = [(self._matcher.texts[at], self._matcher.known[at].label or "off topic", cosine) for at, cosine in near]
        repaired = self._matcher.typos.changes(normalise(text))
        return Explanation(prepared, tuple(repaired), tuple(known), reading.chances if reading else None, understood)

    def _understand(self, text: str) -> tuple[Understood, _Reading | None]:
        units = find_conversion(text)
        prepared = self._matcher.prepared(text)
        if kind := self._smalltalk.kind(text, prepared):
            return Understood("answer", SMALLTALK, (), kind), None
        prepared = self._smalltalk.without(prepared)
        if not prepared or not self._matcher.labels:
            return Understood("unknown", None, (), "empty"), None
        whole = self._read(prepared)
        if units is not None and _UNIT_ENTRIES[units.kind] in self._matcher.labels:
            return self._certain(whole, _UNIT_ENTRIES[units.kind], "units", units), whole
        if exact := self._exact.get(prepared):
            known = self._certain(whole, exact, "exact")
            return known if self._surely else replace(known, action="choose", entry=None), whole
        if not self._matcher.typos.reads(prepared):
            return Understood("unknown", None, self._candidates(whole), "off topic"), whole
        return self._of_parts(text, whole)

    def _of_parts(self, text: str, whole: _Reading) -> tuple[Understood, _Reading]:
        """A message of one sentence as it is; of a longer one its two questions, or its best reading."""
        said = parts(text)
        sure = whole.chances.first >= self._settings.answer_at
        if not said or (sure and sum(map(is_question, said)) < 2):
            return self._settled(whole, self._candidates(whole)), whole
        plain = [(part, self._smalltalk.without(self._matcher.prepared(part))) for part in said]
        sentences = [(is_question(part), self._read(prepared, whole.heard)) for part, prepared in plain if prepared]
        readings = [whole, *(reading for _, reading in sentences if reading.best != SMALLTALK)]
        asked = self._asked(reading for question, reading in sentences if question)
        if len(asked) > 1:
            both = (*asked.values(), *(one for one in self._merged(readings) if one.entry not in asked))
            return Understood("choose", None, both[: max(_BUTTONS, len(asked))], "two questions"), whole
        best = max(readings, key=lambda reading: reading.chances.first)
        if best is whole or sure:
            return self._settled(whole, self._candidates(whole)), whole
        fits = best.best in [one.entry for one in self._candidates(whole)[:_BUTTONS]]
        return self._settled(best, self._candidates(best) if fits else self._merged(readings), fits=fits), best

    def _settled(self, reading: _Reading, candidates: tuple[Candidate, ...], *, fits: bool = True) -> Understood:
        """The action three probabilities lead to; `fits` says that a sentence does not contradict its message."""
        chances, settings = reading.chances, self._settings
        if self._is_chat(reading):
            return Understood("answer", SMALLTALK, candidates, self._nearest_kind(reading))
        if chances.on_topic < settings.topic_at:
            return Understood("unknown", None, candidates, "off topic")
        if chances.first >= settings.answer_at and fits and self._surely and reading.best != SMALLTALK:
            return Understood("answer", candidates[0].entry, candidates, "sure")
        action: Action = "choose" if chances.among_three >= settings.choose_at else "unknown"
        return Understood(action, None, candidates, "unsure")

    def _read(self, prepared: str, within: Heard | None = None) -> _Reading:
        heard = within or self._matcher.hear(prepared)
        evidence = self._matcher.evidence(prepared, heard)
        best = self._matcher.labels[int(np.argmax(evidence.scores))]
        return _Reading(prepared, evidence, self._decision.chances(evidence), best, heard)

    def _asked(self, questions: Iterable[_Reading]) -> dict[str, Candidate]:
        """The different entries the questions of a message likely ask for, in the order asked."""
        asked: dict[str, Candidate] = {}
        for reading in questions:
            likely = reading.chances.first >= _LIKELY and reading.chances.on_topic >= self._settings.topic_at
            if likely and reading.best != SMALLTALK:
                asked.setdefault(reading.best, Candidate(reading.best, reading.chances.first))
        return asked

    def _is_chat(self, reading: _Reading) -> bool:
        """Small talk in words of its own: short, without a word of the domain, and as sure as an answer must be."""
        short = len(reading.prepared.split()) <= _CHAT_WORDS and not reading.evidence.muted
        return short and reading.best == SMALLTALK and reading.chances.first >= self._settings.answer_at

    def _nearest_kind(self, reading: _Reading) -> str:
        """The kind of the small talk a text is most like."""
        near = self._matcher.nearest(reading.prepared, len(self._matcher.texts), reading.heard)
        texts = (self._matcher.known[at].text for at, _ in near if self._matcher.known[at].label == SMALLTALK)
        return self._smalltalk.kind_of(next(texts))

    def _certain(self, whole: _Reading, entry: str, reason: str, units: Conversion | None = None) -> Understood:
        others = [Candidate(one.entry, 0.0) for one in self._candidates(whole) if one.entry != entry]
        return Understood("answer", entry, (Candidate(entry, 1.0), *others), reason, units)

    def _candidates(self, reading: _Reading) -> tuple[Candidate, ...]:
        """Entries, likeliest first, at least three when there are three.

        The second and third share, by their scores, what the three are likelier than the first alone.
        """
        scores, chances = reading.evidence.scores, reading.chances
        order = np.argsort(-scores, kind="stable")
        places = [at for at in order if self._matcher.labels[at] != SMALLTALK][:_LISTED]
        weights = [max(float(scores[at]), 1e-6) for at in places]
        spare = (chances.among_three - chances.first) / (sum(weights[1:_BUTTONS]) or 1.0)
        found: list[Candidate] = []
        for at, weight in zip(places, weights, strict=True):
            p = min(found[-1].p, weight * spare) if found else chances.first * (reading.best != SMALLTALK)
            found.append(Candidate(self._matcher.labels[at], p))
        return tuple(found)

    def _merged(self, readings: list[_Reading]) -> tuple[Candidate, ...]:
        """Candidates of all readings, each as likely as its likeliest reading makes it."""
        found: dict[str, float] = {}
        for reading in readings:
            for one in self._candidates(reading):
                found[one.entry] = max(found.get(one.entry, 0.0), one.p)
        order = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Candidate(entry, p) for entry, p in order[:_LISTED])

    def _exact_texts(self) -> dict[str, str]:
        """Prepared phrasings, titles and keywords that belong to one entry alone."""
        found: dict[str, set[str]] = {}
        for one, text in zip(self._matcher.known, self._matcher.texts, strict=True):
            found.setdefault(self._smalltalk.without(text), set()).add(one.label or "")
        one_each = {text: next(iter(labels)) for text, labels in found.items() if text and len(labels) == 1}
        return {text: label for text, label in one_each.items() if label not in ("", SMALLTALK)}
