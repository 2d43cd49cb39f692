"""Kernel ridge regression beside fitting it again and again."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.lexical import WordIndex
from bot.understanding.logistic import fit_logistic
from bot.understanding.ridge import solve


def problem(seed: int, size: int) -> tuple[np.ndarray, np.ndarray, list[slice]]:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(size, 6)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    kernel = np.exp(2 * (points @ points.T - 1)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[rng.integers(0, 3, size)]
    cuts = [0, *sorted(set(rng.integers(1, size, size // 3).tolist())), size] if size > 1 else [0, size]
    return kernel, targets, [slice(a, b) for a, b in itertools.pairwise(cuts) if a < b]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_held_out_is_what_fitting_without_the_block_predicts(seed: int, size: int) -> None:
    kernel, targets, blocks = problem(seed, size)
    coefficients, held_out = solve(kernel.copy(), targets, 0.2, blocks)
    wide = kernel.astype(np.float64) + 0.2 * np.eye(size)
    assert np.allclose(coefficients, np.linalg.solve(wide, targets), atol=1e-3)
    for block in blocks:
        rest = np.ones(size, bool)
        rest[block] = False
        if not rest.any():
            continue
        slow = kernel[block][:, rest] @ np.linalg.solve(wide[np.ix_(rest, rest)], targets[rest])
        assert np.allclose(held_out[block], slow, atol=2e-3)


def test_large_systems_by_halves() -> None:
    kernel, targets, blocks = problem(7, 900)
    coefficients, _ = solve(kernel.copy(), targets, 0.2, blocks)
    slow = np.linalg.solve(kernel.astype(np.float64) + 0.2 * np.eye(900), targets)
    assert np.allclose(coefficients, slow, atol=1e-3)


WORDS = st.lists(st.sampled_from(list("abcdef")), max_size=6)


@given(st.lists(WORDS, min_size=1, max_size=8), WORDS)
def test_word_likeness_is_the_cosine_of_weights(texts: list[list[str]], query: list[str]) -> None:
    index = WordIndex(texts)
    words = sorted({word for text in texts for word in text})

    def dense(text: list[str]) -> np.ndarray:
        found = np.zeros(len(words))
        for word in set(text) & set(words):
            count = sum(word in other for other in texts)
            found[words.index(word)] = (1 + np.log(text.count(word))) * (np.log((1 + len(texts)) / (1 + count)) + 1)
        return found / (np.linalg.norm(found) or 1)

    table = np.stack([dense(text) for text in texts])
    assert np.allclose(index.likeness(), table @ table.T, atol=1e-5)
    assert np.allclose(index.like(query), table @ dense(query), atol=1e-5)
    values = np.arange(len(texts) * 2, dtype=np.float32).reshape(-1, 2)
    shares = index.through(values)
    summed = sum((weight * shares[number] for number, weight in index.weigh(query)), np.zeros(2))
    assert np.allclose(summed, index.like(query) @ values, atol=1e-4)


def test_probabilities_follow_the_frequencies() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(4000, 2))
    chance = 1 / (1 + np.exp(-(features @ [2.0, -1.0] + 0.5)))
    happened = (rng.random(4000) < chance).astype(float)
    fitted = fit_logistic(features, happened, np.ones(4000))
    assert np.abs(fitted.probability(features) - chance).max() < 0.08


def test_separable_and_constant_features_stay_finite() -> None:
    features = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    fitted = fit_logistic(features, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    found = fitted.probability(features)
    assert np.isfinite(found).all()
    assert found[0] < 0.5 < found[2]
    assert 0 < float(fitted.probability(np.array([1e9, -1e9]))) < 1
