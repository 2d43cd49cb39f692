"""From what the matcher saw to probabilities that mean what they say.

Invariant: calibrated on evidence that was held out, by the hand that wrote it, so a probability of 0.8 is right about
four times in five for somebody new. Pure arithmetic; the thresholds that act on it are the content's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.logistic import Logistic, fit_logistic
from bot.understanding.matcher import Evidence

Doubles = NDArray[np.float64]

OFF_TOPIC_SHARE = 0.3
"""How much of the calibration weight off-topic texts get, however many of them the content lists."""
FEATURES = (
    "score of the best label",
    "its lead over the second",
    "score of the third",
    "best cosine",
    "mean of the five best cosines",
    "lead of the nearest label by cosine",
    "score of being off topic",
    "best cosine less the best off-topic one",
    "share of words nobody else uses",
    "holds a domain word",
    "nearest label is the best label",
)


@dataclass(frozen=True)
class Chances:
    """Three probabilities: the first label is meant, one of the first three is, any is."""

    first: float
    among_three: float
    on_topic: float


@dataclass(frozen=True)
class Outcome:
    """A known text's evidence, held out, and its label's place; None is off topic."""

    evidence: Evidence
    label: int | None


class Decision:
    """Three small logistic regressions over the same evidence."""

    def __init__(self, first: Logistic, among_three: Logistic, on_topic: Logistic) -> None:
        self._first = first
        self._among_three = among_three
        self._on_topic = on_topic

    @classmethod
    def calibrate(cls, outcomes: Sequence[Outcome]) -> Decision:
        """Learn from held-out evidence how often the first, the first three and any label are right."""
        rows = np.array([features(outcome.evidence) for outcome in outcomes])
        ranks = [_rank(outcome) for outcome in outcomes]
        on = np.array([outcome.label is not None for outcome in outcomes])
        weight = np.ones(len(outcomes))
        if on.any() and not on.all():
            weight[~on] = OFF_TOPIC_SHARE / (1 - OFF_TOPIC_SHARE) * on.sum() / (~on).sum()
        return cls(
            fit_logistic(rows, np.array([float(rank == 0) for rank in ranks]), weight),
            fit_logistic(rows, np.array([float(rank < 3) for rank in ranks]), weight),
            fit_logistic(rows, on.astype(np.float64), weight),
        )

    def chances(self, evidence: Evidence) -> Chances:
        """The three probabilities for one text, in order: never less for three than for one."""
        row = features(evidence)
        first = float(self._first.probability(row))
        return Chances(
            first, max(first, float(self._among_three.probability(row))), float(self._on_topic.probability(row))
        )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything learnt, to be kept and given to `from_arrays`."""
        heads = (self._first, self._among_three, self._on_topic)
        return {"decision": np.stack([np.concatenate([h.centre, h.spread, h.weights]) for h in heads])}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Decision | None:
        """What `arrays` gave, or None when it is not of this version's shape."""
        kept = arrays.get("decision")
        count = len(FEATURES)
        if kept is None or kept.shape != (3, 3 * count + 1) or kept.dtype != np.float64:
            return None
        first, among_three, on_topic = (
            Logistic(row[:count], row[count : 2 * count], row[2 * count :]) for row in kept.astype(np.float64)
        )
        return cls(first, among_three, on_topic)


def features(evidence: Evidence) -> Doubles:
    """The numbers FEATURES names."""
    scores = np.sort(evidence.scores)[::-1]
    near = np.sort(evidence.closeness)[::-1]
    second, third = (float(scores[at]) if len(scores) > at else 0.0 for at in (1, 2))
    return np.array(
        [
            scores[0],
            scores[0] - second,
            third,
            evidence.nearest,
            evidence.nearest_mean,
            near[0] - (near[1] if len(near) > 1 else 0.0),
            evidence.off_topic,
            evidence.nearest - evidence.nearest_off_topic,
            evidence.unheard,
            float(evidence.muted),
            float(int(np.argmax(evidence.scores)) == int(np.argmax(evidence.closeness))),
        ],
        np.float64,
    )


def _rank(outcome: Outcome) -> int:
    """How many labels score better than the right one; off topic nothing is right."""
    if outcome.label is None:
        return len(outcome.evidence.scores)
    return int((outcome.evidence.scores > outcome.evidence.scores[outcome.label]).sum())
