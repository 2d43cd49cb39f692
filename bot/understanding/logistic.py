"""A small logistic regression, for turning scores into probabilities.

Invariant: deterministic (Newton's method from zero), and always a probability strictly between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_STEPS = 40
_FURTHEST = 30.0


@dataclass(frozen=True)
class Logistic:
    """Weights over standardised features, the last weight being the constant."""

    centre: Doubles
    spread: Doubles
    weights: Doubles

    def probability(self, features: Doubles) -> Doubles:
        """Of each row of features, or of one."""
        standard = (features - self.centre) / self.spread
        score = np.clip(standard @ self.weights[:-1] + self.weights[-1], -_FURTHEST, _FURTHEST)
        return np.asarray(1 / (1 + np.exp(-score)), np.float64)


def fit_logistic(features: Doubles, happened: Doubles, weight: Doubles, penalty: float = 1.0) -> Logistic:
    """Fit rows of features to 0/1 outcomes, each row counting `weight` times, with an L2 penalty on the weights."""
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    rows = np.column_stack([(features - centre) / spread, np.ones(len(features))])
    ridge = penalty * np.eye(rows.shape[1])
    ridge[-1, -1] = 1e-3
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -_FURTHEST, _FURTHEST)))
        slope = rows.T @ (weight * (chance - happened)) + ridge @ weights
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return Logistic(centre, spread, weights)
