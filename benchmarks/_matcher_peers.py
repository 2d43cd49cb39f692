"""Matchers people would reach for first, all given the same normalised texts as ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rank_bm25 import BM25Okapi
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from bot.understanding.matcher import Matches
from bot.understanding.normalise import normalise

Scored = list[tuple[str, float]]


def _best(labels: Sequence[str], scores: Sequence[float]) -> Scored:
    """The best score of each label, best first."""
    best: dict[str, float] = {}
    for label, score in zip(labels, scores, strict=True):
        best[label] = max(best.get(label, float("-inf")), float(score))
    return sorted(best.items(), key=lambda item: -item[1])


class RapidFuzz:
    """rapidfuzz: the label of the text with the greatest token_set_ratio."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._texts, self._labels = [normalise(text) for text in texts], list(labels)

    def match(self, text: str) -> Scored:
        scores = process.cdist([normalise(text)], self._texts, scorer=fuzz.token_set_ratio, workers=1)[0]
        return _best(self._labels, scores.tolist())


class Bm25:
    """rank-bm25: the label of the text with the greatest BM25."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._index, self._labels = BM25Okapi([normalise(text).split() for text in texts]), list(labels)

    def match(self, text: str) -> Scored:
        return _best(self._labels, self._index.get_scores(normalise(text).split()).tolist())


class Svm:
    """scikit-learn: TF-IDF of words and of letters, linear support vector machine."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        self._model = make_pipeline(make_union(words, letters), LinearSVC(C=0.5))
        self._model.fit([normalise(text) for text in texts], list(labels))

    def match(self, text: str) -> Scored:
        scores = np.atleast_2d(self._model.decision_function([normalise(text)]))[0]
        names = [str(name) for name in self._model.classes_]
        return sorted(zip(names, map(float, scores), strict=True), key=lambda item: -item[1])


PEERS: dict[str, type[Matches]] = {"rapidfuzz": RapidFuzz, "BM25": Bm25, "TF-IDF + SVM": Svm}
