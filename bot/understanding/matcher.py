"""Which of the known questions a text is most like.

Invariant: independent of content (any texts, any labels) and deterministic. The same class works with the sentence
encoder and, when there is none, with shared words alone; only the likeness it starts from differs.

How: the text's vector is compared with every known text's, K = exp(2 (cosine - 1)) + 0.2 (cosine of TF-IDF words), and
kernel ridge regression on K says how much each label is meant. Off-topic texts are a label that is never returned.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understanding.array_file import Arrays
from bot.understanding.encoder import Encoder, Heard
from bot.understanding.lexical import WordIndex
from bot.understanding.normalise import normalise
from bot.understanding.ridge import solve, stripes
from bot.understanding.typos import TypoRepair

Floats = NDArray[np.float32]
Scored = list[tuple[str, float]]

SHARPNESS = 2.0
WORDS_SHARE = 0.2
RIDGE = 0.15
DIMENSIONS = 192
"""Of 384: the leading principal ones; fewer cost accuracy, more only time."""
NEAREST_SHARE = 0.3
"""Of the best cosine in the score `match` returns, the rest being the ridge's."""
NEIGHBOURS = 5


class Matches(Protocol):
    """What the public splits' runner and the benchmarks need of a matcher."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None: ...
    def match(self, text: str) -> Scored: ...


@dataclass(frozen=True)
class Known:
    """A text with its label; None is off topic.

    Texts of one `block` were written by one hand, so that neither is evidence of how well the other would be matched.
    """

    text: str
    label: str | None
    block: int = 0


@dataclass(frozen=True)
class Evidence:
    """What the matcher saw in one text (or, held out, in one known text)."""

    scores: Floats
    """Of each label, about 0 to 1."""
    off_topic: float
    """The same, of being off topic."""
    closeness: Floats
    """Best cosine to a text of each label."""
    nearest: float
    nearest_mean: float
    """Mean of the five best cosines."""
    nearest_off_topic: float
    unheard: float
    """Share of the words' weight that no other known text uses, 0 to 1."""
    muted: bool
    """Whether the text holds one of the words that stand in nearly every question."""


class Matcher:
    """Learns known texts and matches new ones."""

    def __init__(self, encoder: Encoder | None = None, muted: Collection[str] = (), *, lexical: bool = False) -> None:
        """`muted` are domain-wide words that tell no label from another.

        Without an encoder the shipped one is loaded (raises EncoderError), unless `lexical` asks for words alone.
        """
        self.encoder = None if lexical else encoder or Encoder.open()
        self._muted = frozenset(muted)

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Learn texts as they were typed, with their labels."""
        self.learn([Known(text, label, number) for number, (text, label) in enumerate(zip(texts, labels, strict=True))])

    def match(self, text: str) -> Scored:
        """Labels with their scores, best first."""
        evidence = self.evidence(self.prepared(text))
        scores = (1 - NEAREST_SHARE) * evidence.scores + NEAREST_SHARE * evidence.closeness
        return [(self.labels[at], float(scores[at])) for at in np.argsort(-scores, kind="stable")]

    def prepared(self, text: str) -> str:
        """The text normalised, its typos mended."""
        return self.typos.repair(normalise(text))

    def learn(self, known: Sequence[Known], vocabulary: Sequence[str] = ()) -> list[Evidence]:
        """Learn, and return what each of `self.known` would have been taken for had its block been held out.

        `vocabulary` are further texts whose words typos may be mended to.
        """
        self._order(known)
        plain = [normalise(one.text) for one in self.known]
        self.typos = TypoRepair([*plain, *map(normalise, vocabulary)])
        self.texts = [self.typos.repair(text) for text in plain]
        self._words = WordIndex([self._heard(text) for text in self.texts])
        if self.encoder is not None:
            vectors = self.encoder.focus_content(self.texts, self._muted)
            _, axes = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
            self._axes = np.ascontiguousarray(axes[:, ::-1][:, :DIMENSIONS], np.float32)
            self._vectors = np.asarray(vectors @ self._axes, np.float32)
        return self._train()

    def arrays(self) -> Arrays:
        """Everything learnt, for `restore`."""
        words, counts = self.typos.known
        found: Arrays = {
            "texts": _packed(self.texts),
            "words": _packed(words),
            "counts": np.array(counts, np.int64),
            "coefficients": self._coefficients,
        }
        if self.encoder is not None:
            found |= {"axes": self._axes, "vectors": self._vectors}
        return found

    def restore(self, known: Sequence[Known], arrays: Arrays) -> None:
        """Take up what `learn` found in the same known texts. Raises KeyError when something is missing."""
        self._order(known)
        self.texts = _unpacked(arrays["texts"])
        counts = [int(count) for count in arrays["counts"]]
        self.typos = TypoRepair.of(dict(zip(_unpacked(arrays["words"]), counts, strict=True)))
        self._words = WordIndex([self._heard(text) for text in self.texts])
        if self.encoder is not None:
            self._axes = np.asarray(arrays["axes"], np.float32)
            self._vectors = np.asarray(arrays["vectors"], np.float32)
        self._settle(np.asarray(arrays["coefficients"], np.float32))

    def _order(self, known: Sequence[Known]) -> None:
        """Known texts by label, off topic last, and within a label by block."""
        self.labels = sorted({one.label for one in known if one.label is not None})
        off = len(self.labels)
        place: dict[str | None, int] = {label: number for number, label in enumerate(self.labels)} | {None: off}
        order = sorted(range(len(known)), key=lambda at: (place[known[at].label], known[at].block, at))
        self.known = [known[at] for at in order]
        self._rows = np.array([place[one.label] for one in self.known], np.intp)
        self._starts = np.searchsorted(self._rows, np.arange(off + 1))

    def _train(self) -> list[Evidence]:
        kernel = self._words.likeness()
        if self.encoder is not None:
            kernel *= WORDS_SHARE
            for start, end in stripes(len(kernel)):
                kernel[start:end] += np.exp(SHARPNESS * (self._vectors[start:end] @ self._vectors.T - 1))
        targets = np.zeros((len(self._rows), len(self.labels) + 1), np.float32)
        targets[np.arange(len(self._rows)), self._rows] = 1
        blocks = _runs([(one.label, one.block) for one in self.known])
        coefficients, held_out = solve(kernel, targets, RIDGE, blocks)
        self._settle(coefficients)
        evidence = []
        for block in blocks:
            texts = self.texts[block]
            heard = [self._heard(text) for text in texts]
            if self.encoder is None:
                closeness = np.stack([self._words.like(words) for words in heard])
            else:
                closeness = self._vectors[block] @ self._vectors.T
            closeness[:, block] = -1
            others = self._words.without(heard)
            evidence += [self._seen(*held, others) for held in zip(held_out[block], closeness, texts, strict=True)]
        return evidence

    def _settle(self, coefficients: Floats) -> None:
        self._coefficients = coefficients
        self._word_shares = self._words.through(coefficients) * (1.0 if self.encoder is None else WORDS_SHARE)

    def hear(self, prepared: str) -> Heard | None:
        """A prepared text as the model reads it, for `evidence`; None without a model."""
        return self.encoder.hear(prepared) if self.encoder is not None else None

    def evidence(self, prepared: str, within: Heard | None = None) -> Evidence:
        """What a prepared text is like. `within` is the message that it is, or is a sentence of, if that was heard."""
        weighed = self._words.weigh(self._heard(prepared))
        numbers = [number for number, _ in weighed]
        scores = np.array([weight for _, weight in weighed], np.float32) @ self._word_shares[numbers]
        closeness = self._closeness(prepared, within)
        if self.encoder is not None:
            scores = scores + np.exp(SHARPNESS * (closeness - 1)) @ self._coefficients
        return self._seen(scores, closeness, prepared, None)

    def nearest(self, prepared: str, count: int, within: Heard | None = None) -> list[tuple[int, float]]:
        """Places in `texts` of the known texts most like a prepared one, with their cosines; `within` as above."""
        closeness = self._closeness(prepared, within)
        return [(int(at), float(closeness[at])) for at in np.argsort(-closeness, kind="stable")[:count]]

    def _closeness(self, prepared: str, within: Heard | None = None) -> Floats:
        if self.encoder is None:
            return self._words.like(self._heard(prepared))
        vector = None if within is None else within.part(prepared.split(), self._muted)
        if vector is None:
            vector = self.encoder.focus(prepared, self._muted)
        return np.asarray(self._vectors @ (vector @ self._axes), np.float32)

    def _heard(self, text: str) -> list[str]:
        words = text.split()
        return [word for word in words if word not in self._muted] or words

    def _seen(self, scores: Floats, closeness: Floats, text: str, known_words: frozenset[str] | None) -> Evidence:
        on = closeness[: self._starts[-1]]
        off = closeness[self._starts[-1] :]
        near = np.partition(on, -NEIGHBOURS)[-NEIGHBOURS:] if len(on) > NEIGHBOURS else on
        best = np.maximum.reduceat(closeness, self._starts[:-1])
        return Evidence(
            scores=scores[:-1],
            off_topic=float(scores[-1]),
            closeness=best,
            nearest=float(on.max()),
            nearest_mean=float(near.mean()),
            nearest_off_topic=float(off.max()) if len(off) else 0.0,
            unheard=self._words.unheard(self._heard(text), known_words),
            muted=any(word in self._muted for word in text.split()),
        )


def _runs(keys: Sequence[object]) -> list[slice]:
    """Slices of equal neighbours."""
    starts = [at for at in range(len(keys)) if at == 0 or keys[at] != keys[at - 1]]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(keys)], strict=True)]


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(kept: NDArray[np.generic]) -> list[str]:
    return bytes(kept.astype(np.uint8)).decode().split("\n")
