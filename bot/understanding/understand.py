"""From a text to the entry that answers it. Stand-in while the matcher is being written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.knowledge.content import Content
from bot.understanding.encoder import Encoder
from bot.understanding.normalise import normalise


@dataclass(frozen=True)
class Candidate:
    entry: str
    p: float


@dataclass(frozen=True)
class Understood:
    action: Literal["answer", "choose", "unknown"]
    entry: str | None
    candidates: tuple[Candidate, ...]
    reason: str = ""
    units: None = None


class Understanding:
    def __init__(self, content: Content, encoder: Encoder | None) -> None:
        assert encoder is not None
        self._encoder = encoder
        pairs = [(normalise(p), e.id) for e in content.entries for p in e.phrasings]
        self._labels = [label for _, label in pairs]
        self._vectors = encoder.encode_content([text for text, _ in pairs])

    def understand(self, text: str) -> Understood:
        scores = self._vectors @ self._encoder.encode([normalise(text)])[0]
        best: dict[str, float] = {}
        for i in np.argsort(-scores)[:200]:
            best.setdefault(self._labels[i], float(scores[i]))
        found = tuple(Candidate(entry, p) for entry, p in list(best.items())[:5])
        if found[0].p > 0.75:
            return Understood("answer", found[0].entry, found)
        if found[0].p > 0.5:
            return Understood("choose", None, found)
        return Understood("unknown", None, found)
