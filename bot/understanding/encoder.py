"""Sentences to vectors: all-MiniLM-L6-v2 in int8, run by onnxruntime on one thread.

Invariant: the same text gives the same vector whatever else is encoded beside it (texts are never batched: dynamic
quantisation looks at the whole batch), and a model file that is not the one this version was built with is never run.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from bot.understanding.embedding_cache import EmbeddingCache, key, read_shipped
from bot.understanding.network import Network, NetworkError
from bot.understanding.wordpiece import WordPiece

Vectors = NDArray[np.float32]

MODEL = Path(__file__).parent / "model"
MODEL_SHA256 = "7e1dd08d94763a852815e7d823307b51941d96274b9e035c7f99de06fc6a9460"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
SHIPPED = "content_vectors.npz"
WIDTH = 384
"""Numbers in a vector."""

_log = logging.getLogger(__name__)


class EncoderError(Exception):
    """The model is missing, damaged or cannot run; the message says which, for the log and `b12bot doctor`."""


@dataclass(frozen=True)
class Heard:
    """A text as the model reads it: for each of its pieces the word it belongs to, and one state.

    `states` [pieces + 2, 384] has a mark before and after; `owners` may be shorter than the words of a text too long.
    """

    words: tuple[str, ...]
    owners: NDArray[np.intp]
    states: Vectors

    def focus(self, muted: Collection[str]) -> Vectors:
        """The unit vector of the text as its words other than the muted ones say it.

        Muted words are heard with the others but have no share in the mean: words that stand in nearly every question
        tell no question from another.
        """
        found = self._of(range(len(self.words)), muted)
        return _unit(self.states.mean(axis=0)) if found is None else found

    def part(self, words: Sequence[str], muted: Collection[str]) -> Vectors | None:
        """The same of a sentence of the text, heard in its place; None when the words do not stand so in the text.

        Nothing is read again, so a long message costs no more than its length.
        """
        size = len(words)
        for start in range(len(self.words) - size + 1):
            if self.words[start : start + size] == tuple(words):
                return self._of(range(start, start + size), muted)
        return None

    def _of(self, places: range, muted: Collection[str]) -> Vectors | None:
        telling = [at for at in places if self.words[at] not in muted] or list(places)
        kept = np.isin(self.owners, telling)
        return _unit(self.states[1:-1][kept].mean(axis=0)) if kept.any() else None


class Encoder:
    """The model, loaded. Safe to use from several threads."""

    def __init__(self, network: Network, tokens: WordPiece, folder: Path, shipped: Path | None = None) -> None:
        self._network = network
        self.tokens = tokens
        self._cache = EmbeddingCache(folder, MODEL_SHA256)
        self.shipped_folder = shipped
        self.cache_folder = folder

    @classmethod
    def open(cls, folder: Path | None = None, cache: Path | None = None) -> Encoder:
        """Check and load the model of `folder` (default: the one shipped).

        Embeddings of content are cached in `cache` (default: this user's cache folder); those of the content that comes
        with this version lie in `folder`, for hosts that lose their disk. Raises EncoderError.
        """
        folder = folder or MODEL
        model = folder / "minilm.onnx"
        _check(model, MODEL_SHA256)
        _check(folder / "vocab.txt", VOCABULARY_SHA256)
        try:
            network, tokens = Network(model), WordPiece.load(folder / "vocab.txt")
        except (OSError, NetworkError) as error:
            raise EncoderError(f"the sentence model does not run here: {error}") from error
        return cls(network, tokens, cache or platformdirs.user_cache_path("b12bot"), folder)

    @classmethod
    def load(cls, folder: Path | None = None, cache: Path | None = None) -> Encoder | None:
        """Like `open`, but logs why there is no encoder and returns None: the bot then works lexically."""
        try:
            return cls.open(folder, cache)
        except EncoderError as error:
            _log.error("understanding is lexical, answers by button only: %s", error)
            return None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, [texts, 384]. Nothing is kept: this is the way for a patient's words."""
        return self._each(self._whole, texts)

    def encode_content(self, texts: Sequence[str]) -> Vectors:
        """Like `encode`, remembering on disk. For texts of the content only, never for anything a patient wrote."""
        return self._remembered(self._whole, texts, "")

    def hear(self, text: str) -> Heard:
        """Every word of a normalised text, read in the company of all the others."""
        words = text.split()
        pieces = [self.tokens.ids(word)[1:-1] for word in words]
        states = self._states(self.tokens.marked([number for piece in pieces for number in piece]))
        owners = np.array([at for at, piece in enumerate(pieces) for _ in piece], np.intp)
        return Heard(tuple(words), owners[: len(states) - 2], states)

    def focus(self, text: str, muted: Collection[str]) -> Vectors:
        """The unit vector of a normalised text; see `Heard.focus`."""
        return self.hear(text).focus(muted)

    def focus_content(self, texts: Sequence[str], muted: Collection[str]) -> Vectors:
        """`focus` of many texts of the content, remembered on disk."""
        return self._remembered(lambda text: self.focus(text, muted), texts, "\0" + "\0".join(sorted(muted)))

    def _whole(self, text: str) -> Vectors:
        return _unit(self._states(self.tokens.ids(text)).mean(axis=0))

    def _states(self, ids: list[int]) -> Vectors:
        states: Vectors = self._network.states(ids)
        return states

    def _each(self, vector: Callable[[str], Vectors], texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), WIDTH), np.float32)
        if len(texts) < 32:
            for row, text in enumerate(texts):
                vectors[row] = vector(text)
        else:
            with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
                for row, found in enumerate(threads.map(vector, texts)):
                    vectors[row] = found
        return vectors

    def _remembered(self, vector: Callable[[str], Vectors], texts: Sequence[str], kind: str) -> Vectors:
        keys = [key(text + kind) for text in texts]
        known = self._cache.read()
        if self.shipped_folder is not None and not known.keys() >= set(keys):
            known = {**read_shipped(self.shipped_folder / SHIPPED, MODEL_SHA256), **known}
        missing = {name: text for name, text in zip(keys, texts, strict=True) if name not in known}
        if missing:
            new = dict(zip(missing, self._each(vector, list(missing.values())), strict=True))
            self._cache.add(new)
            known.update(new)
        return np.stack([known[name] for name in keys]) if keys else np.empty((0, WIDTH), np.float32)


def _unit(mean: Vectors) -> Vectors:
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{path.name} cannot be read: {error.strerror}") from error
    if found != expected:
        raise EncoderError(f"{path.name} is not the file this version was built with (sha256 {found[:12]}…)")
