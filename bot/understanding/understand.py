"""What a patient means: which entry, how surely, and what to do about it.

Invariant: deterministic, no clock, nothing of the text is kept. A direct answer needs the content's own threshold and
the sentence model; without the model there are buttons only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.knowledge.content import Content
from bot.understanding.decision import Chances, Decision, Outcome
from bot.understanding.encoder import MODEL_SHA256, Encoder
from bot.understanding.fit_cache import FitCache
from bot.understanding.matcher import Evidence, Known, Matcher
from bot.understanding.normalise import normalise
from bot.understanding.sentences import parts
from bot.understanding.smalltalk import SmallTalk
from bot.understanding.units import Conversion, find_conversion

Action = Literal["answer", "choose", "unknown"]
SMALLTALK = "smalltalk"
VERSION = 1
"""Of what is learnt and how; raise it when a kept fit may no longer be used."""

_HAND = 9
"""Neighbouring phrasings of an entry that may come from one person: held out together when calibrating."""
_FRAGMENT = 10_000
"""Blocks of titles and keywords, which are learnt from but not calibrated on."""
_LISTED = 5


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


@dataclass(frozen=True)
class _Judged:
    """One reading of a text."""

    prepared: str
    evidence: Evidence
    chances: Chances


class Understanding:
    """Understands messages by one language's content."""

    def __init__(self, content: Content, encoder: Encoder | None) -> None:
        """Learn the content's phrasings, or take up what was learnt from them before.

        Without an encoder it works by shared words and never answers directly.
        """
        self._settings = content.matching
        self._surely = encoder is not None
        self._smalltalk = SmallTalk(content.matching.smalltalk)
        self._matcher = Matcher(encoder, content.matching.domain_words, lexical=encoder is None)
        known = list(_known(content))
        answers = [entry.answer for entry in content.entries]
        self._matcher.arrange(known, answers)
        cache = None if encoder is None else FitCache(encoder.cache_folder, _fingerprint(content, known))
        self._decision = self._learnt(cache)
        self._exact = self._exact_texts(content)

    def understand(self, text: str) -> Understood:
        """What to do with one message, as it was typed."""
        return self._understand(text)[0]

    def explain(self, text: str) -> Explanation:
        """The same, with its reasons."""
        understood, judged = self._understand(text)
        prepared = self._matcher.prepared(text)
        nearest = [
            (self._matcher.texts[at], self._matcher.known[at].label or "off topic", cosine)
            for at, cosine in (self._matcher.nearest(prepared, _LISTED) if prepared else [])
        ]
        repaired = self._matcher.typos.changes(normalise(text))
        return Explanation(prepared, tuple(repaired), tuple(nearest), judged.chances if judged else None, understood)

    def _understand(self, text: str) -> tuple[Understood, _Judged | None]:
        units = find_conversion(text)
        prepared = self._matcher.prepared(text)
        if kind := self._smalltalk.kind(text, prepared):
            return Understood("answer", SMALLTALK, (), kind), None
        prepared = self._smalltalk.without(prepared)
        if not prepared or not self._matcher.labels:
            return Understood("unknown", None, (), "empty"), None
        whole = self._judge(prepared)
        exact = self._exact.get(prepared)
        if exact is not None and self._surely:
            return Understood("answer", exact, self._candidates(whole, exact), "exact", units), whole
        if units is not None and (entry := self._entry_for(units)):
            return Understood("answer", entry, self._candidates(whole, entry), "units", units), whole
        readings = [whole, *(self._judge(part) for part in self._parts(text))]
        asked = self._asked(readings[1:])
        if len(asked) > 1:
            return Understood("choose", None, self._both(asked, whole), "two questions", units), whole
        best = max(readings, key=lambda judged: judged.chances.first)
        return self._settled(best, units), best

    def _settled(self, judged: _Judged, units: Conversion | None) -> Understood:
        chances, settings = judged.chances, self._settings
        candidates = self._candidates(judged)
        if chances.on_topic < settings.topic_at:
            return Understood("unknown", None, candidates, "off topic", units)
        if chances.first >= settings.answer_at and self._surely:
            return Understood("answer", candidates[0].entry, candidates, "sure", units)
        if chances.among_three >= settings.choose_at:
            return Understood("choose", None, candidates, "unsure", units)
        return Understood("unknown", None, candidates, "unsure", units)

    def _judge(self, prepared: str) -> _Judged:
        evidence = self._matcher.evidence(prepared)
        return _Judged(prepared, evidence, self._decision.chances(evidence))

    def _parts(self, text: str) -> list[str]:
        """The prepared sentences of a long message."""
        found = (self._smalltalk.without(self._matcher.prepared(part)) for part in parts(text))
        return [part for part in found if part]

    def _asked(self, readings: list[_Judged]) -> dict[str, _Judged]:
        """The different questions a message surely asks, by entry, in the order asked."""
        asked: dict[str, _Judged] = {}
        for judged in readings:
            if judged.chances.first >= self._settings.answer_at and judged.chances.on_topic >= self._settings.topic_at:
                asked.setdefault(self._matcher.labels[int(np.argmax(judged.evidence.scores))], judged)
        return asked

    def _candidates(self, judged: _Judged, first: str | None = None) -> tuple[Candidate, ...]:
        """Entries, likeliest first, at least three when there are three; `first` is put in front as certain."""
        scores, chances = judged.evidence.scores, judged.chances
        order = np.argsort(-scores, kind="stable")[: _LISTED + 1]
        rest = np.maximum(scores[order], 1e-6)
        if first is not None:
            others = [self._matcher.labels[at] for at in order if self._matcher.labels[at] != first]
            return (Candidate(first, 1.0), *(Candidate(entry, 0.0) for entry in others[: _LISTED - 1]))
        listed = [Candidate(self._matcher.labels[order[0]], chances.first)]
        spare = (chances.among_three - chances.first) / float(rest[1:3].sum()) if len(order) > 1 else 0.0
        for at, score in zip(order[1:_LISTED], rest[1:], strict=False):
            listed.append(Candidate(self._matcher.labels[at], min(listed[-1].p, float(score) * spare)))
        return tuple(listed)

    def _both(self, asked: dict[str, _Judged], whole: _Judged) -> tuple[Candidate, ...]:
        both = [Candidate(entry, judged.chances.first) for entry, judged in asked.items()]
        return (*both, *(one for one in self._candidates(whole) if one.entry not in asked))[: max(3, len(both))]

    def _entry_for(self, units: Conversion) -> str | None:
        """The entry that goes with a conversion: the label of the refused unit, or the conversion's own."""
        entry = {"convert": "unit_conversion", "refuse_iu": "iu_units", "refuse_ml": "label_strength"}[units.kind]
        return entry if entry in self._matcher.labels else None

    def _exact_texts(self, content: Content) -> dict[str, str]:
        """Prepared phrasings, titles and keywords that belong to one entry alone."""
        found: dict[str, set[str]] = {}
        for entry in content.entries:
            for text in (*entry.phrasings, entry.title, *entry.keywords):
                found.setdefault(self._smalltalk.without(self._matcher.prepared(text)), set()).add(entry.id)
        return {text: entries.pop() for text, entries in found.items() if text and len(entries) == 1}

    def _learnt(self, cache: FitCache | None) -> Decision:
        kept = cache.read() if cache is not None else None
        if kept is not None and (decision := Decision.from_arrays(kept)) is not None:
            self._matcher.recall(np.asarray(kept["coefficients"], np.float32))
            return decision
        evidence = self._matcher.train()
        places = {label: number for number, label in enumerate(self._matcher.labels)}
        decision = Decision.calibrate(
            [
                Outcome(seen, None if known.label is None else places[known.label])
                for known, seen in zip(self._matcher.known, evidence, strict=True)
                if known.block < _FRAGMENT
            ]
        )
        if cache is not None:
            cache.write({"coefficients": self._matcher.coefficients, **decision.arrays()})
        return decision


def _known(content: Content) -> list[Known]:
    known = []
    for entry in content.entries:
        known += [Known(text, entry.id, at // _HAND) for at, text in enumerate(entry.phrasings)]
        known += [Known(text, entry.id, _FRAGMENT + at) for at, text in enumerate((entry.title, *entry.keywords))]
    known += [Known(text, None, at) for at, text in enumerate(content.negatives)]
    return known


def _fingerprint(content: Content, known: list[Known]) -> tuple[object, ...]:
    return (VERSION, MODEL_SHA256, np.__version__, sorted(content.matching.domain_words), known,
            [entry.answer for entry in content.entries])  # fmt: skip
