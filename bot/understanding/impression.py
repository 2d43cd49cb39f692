"""The learned part of the red-flag screen: an impression of what a message is about, and how grave.

A small encoder trained on the labelled examples of content (tools/train_red_flag_reader.py) gives each message a
probability for every kind of emergency, urgent and harmless message.
Invariant: the same text gives the same impression, a long text is read to its end, and a model file that is not the one
this version was built with is never run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.grams import Grams
from bot.understanding.network import Network, NetworkError
from bot.understanding.wordpiece import WordPiece

MODEL = Path(__file__).parent / "model"
LONGEST = 96
"""Tokens read at once: what the reader was trained on."""
WINDOWS = 24
"""Most windows read of one text: the first two thirds from its beginning, the rest from its end."""

SECOND_OPINION = 0.8
"""How much the grams count: the power their odds are raised to before they multiply the reader's."""

_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")
_log = logging.getLogger(__name__)


class ReaderError(Exception):
    """The reader is missing, damaged or cannot run."""


@dataclass(frozen=True)
class Impression:
    """Probabilities that a message is an emergency or urgent, and the likeliest kind of each."""

    emergency: float
    urgent: float
    emergency_kind: str
    urgent_kind: str
    harmless_kind: str
    potassium: float
    """The share of palpitations, cramps and weakness early in treatment."""

    @property
    def danger(self) -> float:
        """That it is either."""
        return self.emergency + self.urgent


class Reader:
    """The trained encoder and its head, loaded. Safe to use from several threads."""

    def __init__(
        self,
        network: Network,
        tokens: WordPiece,
        head: NDArray[np.float32],
        kinds: list[tuple[str, str]],
        grams: Grams,
    ) -> None:
        self._network = network
        self._tokens = tokens
        self._weight, self._bias = head[:, :-1], head[:, -1]
        self._kinds = kinds
        self._grams = grams
        levels = np.array([level for level, _ in kinds])
        self._of = {level: np.flatnonzero(levels == level) for level in ("emergency", "urgent", "none")}
        self._potassium = np.array(
            [
                at
                for at, (level, kind) in enumerate(kinds)
                if level == "urgent" and kind in ("potassium", "palpitations")
            ]
        )

    @classmethod
    def open(cls, folder: Path | None = None, tokens: WordPiece | None = None) -> Reader:
        """Check and load the reader of `folder` (default: the one shipped). Raises ReaderError.

        `tokens` is the encoder's vocabulary, which is the same one, if it is loaded already.
        """
        folder = folder or MODEL
        try:
            card = json.loads((folder / "red_flags.json").read_text(encoding="utf-8"))
            for name, expected in card["sha256"].items():
                with (folder / name).open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                        raise ReaderError(f"{name} is not the file this version was built with")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReaderError(f"the red-flag reader cannot be read: {error}") from error
        try:
            network = Network(folder / "red_flags.onnx")
            head = np.load(folder / "red_flags.npy", allow_pickle=False)
            grams = Grams.load(folder / "red_flags_grams.npy")
            tokens = tokens or WordPiece.load(folder / "vocab.txt")
        except (OSError, ValueError, NetworkError) as error:
            raise ReaderError(f"the red-flag reader does not run here: {error}") from error
        kinds = [(str(level), str(kind)) for level, kind in card["kinds"]]
        return cls(network, tokens, head.astype(np.float32), kinds, grams)

    @classmethod
    def load(cls, folder: Path | None = None, tokens: WordPiece | None = None) -> Reader | None:
        """Like `open`, but logs why there is no reader and returns None: the screen then goes by its rules alone."""
        try:
            return cls.open(folder, tokens)
        except ReaderError as error:
            _log.error("red flags are read by rule alone: %s", error)
            return None

    def read(self, text: str) -> Impression:
        """The gravest impression of any window of the text."""
        found = [self._impression(window) for window in self._windows(text)]
        return max(found, key=lambda one: (one.danger, one.emergency))

    def _windows(self, text: str) -> Iterator[str]:
        """The whole text when it is short; else runs of sentences, each opening with the last of the run before."""
        if len(self._tokens.ids(text, LONGEST + 1)) <= LONGEST:
            yield text
            return
        runs = list(self._runs(text))
        front = WINDOWS * 2 // 3
        yield from runs if len(runs) <= WINDOWS else runs[:front] + runs[front - WINDOWS :]

    def _runs(self, text: str) -> Iterator[str]:
        run: list[str] = []
        size = 0
        for piece, length in self._pieces(text):
            if run and size + length > LONGEST - 2:
                yield " ".join(run)
                run, size = ([run[-1]], self._length(run[-1])) if len(run) > 1 else ([], 0)
                if size + length > LONGEST - 2:
                    run, size = [], 0
            run.append(piece)
            size += length
        if run:
            yield " ".join(run)

    def _pieces(self, text: str) -> Iterator[tuple[str, int]]:
        """Sentences, long ones cut into runs of words that overlap by half."""
        for sentence in _SENTENCE.split(text):
            length = self._length(sentence)
            if length <= LONGEST - 2:
                yield sentence, length
                continue
            words = sentence.split()
            for start in range(0, len(words), 20):
                part = " ".join(words[start : start + 40])[:600]
                yield part, self._length(part)

    def _length(self, text: str) -> int:
        return len(self._tokens.ids(text, LONGEST)) - 2

    def _impression(self, text: str) -> Impression:
        ids = self._tokens.ids(text, LONGEST)
        states = self._network.states(ids)
        features = np.concatenate([states.mean(axis=0), states.max(axis=0)])
        scores = self._weight @ features + self._bias
        share = np.exp(scores - scores.max())
        share /= share.sum()
        total = {level: float(share[of].sum()) for level, of in self._of.items()}
        seconded = self._seconded(total["emergency"] + total["urgent"], text)
        kind = {level: self._kinds[int(of[np.argmax(share[of])])][1] for level, of in self._of.items()}
        return Impression(
            emergency=total["emergency"] * seconded,
            urgent=total["urgent"] * seconded,
            emergency_kind=kind["emergency"],
            urgent_kind=kind["urgent"],
            harmless_kind=kind["none"],
            potassium=float(share[self._potassium].sum()) * seconded,
        )

    def _seconded(self, danger: float, text: str) -> float:
        """What the probability of danger is multiplied by once the grams have had their say."""
        danger = min(max(danger, 1e-6), 1 - 1e-6)
        odds = danger / (1 - danger) * math.exp(SECOND_OPINION * self._grams.odds(text))
        return odds / (1 + odds) / danger
