"""From evidence to probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.decision import FEATURES, Decision, Outcome, features
from bot.understanding.matcher import Evidence


def evidence(scores: list[float], *, off: float = 0.0, near: float = 0.7) -> Evidence:
    closeness = np.array(scores, np.float32)
    return Evidence(np.array(scores, np.float32), off, closeness, near, near - 0.1, off, 0.0, True)


def outcomes(count: int, seed: int = 3) -> list[Outcome]:
    """Labels win with the lead of the best score; off-topic texts score low everywhere."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        lead = float(rng.uniform(0, 0.8))
        scores = sorted(rng.uniform(0, 0.2, 6).tolist())
        right = rng.random() < 0.35 + lead * 0.8
        found.append(Outcome(evidence([*scores[:-1], scores[-1] + lead]), 5 if right else int(rng.integers(0, 5))))
        found.append(
            Outcome(evidence(rng.uniform(0, 0.15, 6).tolist(), off=float(rng.uniform(0.3, 0.9)), near=0.4), None)
        )
    return found


def test_features_are_as_many_as_their_names() -> None:
    assert features(evidence([0.1, 0.9, 0.2])).shape == (len(FEATURES),)
    assert np.isfinite(features(evidence([0.5]))).all()


def test_probabilities_are_calibrated() -> None:
    decision = Decision.calibrate(outcomes(1500))
    fresh = outcomes(1500, seed=4)
    on_topic = [one for one in fresh if one.label is not None]
    chances = [decision.chances(one.evidence).first for one in on_topic]
    hits = [int(np.argmax(one.evidence.scores)) == one.label for one in on_topic]
    for low in (0.2, 0.4, 0.6, 0.8):
        inside = [hit for hit, chance in zip(hits, chances, strict=True) if low <= chance < low + 0.2]
        if len(inside) > 60:
            assert low - 0.12 <= np.mean(inside) <= low + 0.32


def test_three_are_never_less_likely_than_one() -> None:
    decision = Decision.calibrate(outcomes(300))
    for one in outcomes(200, seed=9):
        chances = decision.chances(one.evidence)
        assert 0 < chances.first <= chances.among_three < 1
        assert 0 < chances.on_topic < 1


def test_off_topic_is_told_from_on_topic() -> None:
    decision = Decision.calibrate(outcomes(500))
    assert decision.chances(evidence([0.1] * 5 + [0.9])).on_topic > 0.9
    assert decision.chances(evidence([0.1] * 6, off=0.8, near=0.4)).on_topic < 0.1


def test_how_many_off_topic_texts_there_are_changes_little() -> None:
    some = outcomes(400)
    on = [one for one in some if one.label is not None]
    off = [one for one in some if one.label is None]
    few, many = Decision.calibrate([*on, *off[:100]]), Decision.calibrate([*on, *off])
    probe = evidence([0.1, 0.2, 0.1, 0.05, 0.1, 0.5])
    assert few.chances(probe).first == pytest.approx(many.chances(probe).first, abs=0.1)


def test_kept_and_restored() -> None:
    decision = Decision.calibrate(outcomes(50))
    again = Decision.from_arrays(decision.arrays())
    assert again is not None
    probe = evidence([0.1, 0.2, 0.7])
    assert again.chances(probe) == decision.chances(probe)
    assert Decision.from_arrays({}) is None
    assert Decision.from_arrays({"decision": np.zeros((3, 4))}) is None


def test_content_without_off_topic_texts_can_be_calibrated() -> None:
    decision = Decision.calibrate([one for one in outcomes(50) if one.label is not None])
    assert 0 < decision.chances(evidence([0.1, 0.2, 0.7])).first < 1
