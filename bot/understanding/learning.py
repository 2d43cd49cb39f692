"""From content to what the matcher learns.

Invariant: everything learnt is in the content; the same content always gives the same matcher and the same
probabilities, whether they were computed now or kept from an earlier start.
"""

from __future__ import annotations

import numpy as np

from bot.knowledge.content import Content
from bot.understanding.decision import Decision, Outcome
from bot.understanding.encoder import MODEL_SHA256, Encoder
from bot.understanding.fit_cache import FitCache
from bot.understanding.matcher import Known, Matcher
from bot.understanding.normalise import normalise
from bot.understanding.understood import SMALLTALK

VERSION = 2
"""Of what is learnt and how; raise it when a kept fit may no longer be used."""

_HAND = 9
"""Neighbouring phrasings of an entry that may come from one person: held out together when calibrating."""
_FRAGMENT = 10_000
"""Blocks of titles and keywords, which are learnt from but not calibrated on."""


def learn(content: Content, encoder: Encoder | None) -> tuple[Matcher, Decision]:
    """A matcher that knows the content, and how sure to be of it.

    Without an encoder both go by shared words. With one, a fit kept by an earlier start is taken up when there is one.
    """
    matcher = Matcher(encoder, content.matching.domain_words, lexical=encoder is None)
    known = _known(content)
    answers = [entry.answer for entry in content.entries]
    parts = (VERSION, MODEL_SHA256, np.__version__, sorted(content.matching.domain_words), known, answers)
    cache = None if encoder is None else FitCache(encoder.cache_folder, parts, encoder.shipped_folder)
    if cache is not None and (decision := _restored(matcher, known, cache)) is not None:
        return matcher, decision
    evidence = matcher.learn(known, answers)
    places = {label: number for number, label in enumerate(matcher.labels)}
    decision = Decision.calibrate(
        [
            Outcome(seen, None if one.label is None else places[one.label])
            for one, seen in zip(matcher.known, evidence, strict=True)
            if one.block < _FRAGMENT
        ]
    )
    if cache is not None:
        cache.write(matcher.arrays() | decision.arrays())
    return matcher, decision


def _restored(matcher: Matcher, known: list[Known], cache: FitCache) -> Decision | None:
    kept = cache.read()
    decision = None if kept is None else Decision.from_arrays(kept)
    if kept is None or decision is None:
        return None
    try:
        matcher.restore(known, kept)
    except (KeyError, ValueError):
        return None
    return decision


def _known(content: Content) -> list[Known]:
    """Phrasings, titles, keywords, small talk and off-topic texts."""
    known = []
    for entry in content.entries:
        known += [Known(text, entry.id, at // _HAND) for at, text in enumerate(entry.phrasings)]
        known += [Known(text, entry.id, _FRAGMENT + at) for at, text in enumerate((entry.title, *entry.keywords))]
    ways = [way for phrases in content.matching.smalltalk.values() for way in phrases]
    known += [Known(text, SMALLTALK, at) for at, text in enumerate(ways) if normalise(text)]
    known += [Known(text, None, at) for at, text in enumerate(content.negatives)]
    return known
