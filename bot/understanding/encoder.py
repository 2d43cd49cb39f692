"""Sentences to vectors: all-MiniLM-L6-v2 in int8, run by onnxruntime on one thread.

Invariant: the same text gives the same vector whatever else is encoded beside it (texts are never batched: dynamic
quantisation looks at the whole batch), and a model file that is not the one this version was built with is never run.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
from numpy.typing import NDArray

from bot.understanding.embedding_cache import EmbeddingCache, key
from bot.understanding.wordpiece import WordPiece

if TYPE_CHECKING:
    import onnxruntime

Vectors = NDArray[np.float32]

MODEL = Path(__file__).parent / "model"
MODEL_SHA256 = "7e1dd08d94763a852815e7d823307b51941d96274b9e035c7f99de06fc6a9460"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
WIDTH = 384
"""Numbers in a vector."""

_log = logging.getLogger(__name__)


class EncoderError(Exception):
    """The model is missing, damaged or cannot run; the message says which, for the log and `b12bot doctor`."""


class Encoder:
    """The model, loaded. Safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession, tokens: WordPiece, cache: EmbeddingCache) -> None:
        self._session = session
        self._tokens = tokens
        self._cache = cache

    @classmethod
    def open(cls, folder: Path | None = None, cache: Path | None = None) -> Encoder:
        """Check and load the model of `folder` (default: the one shipped).

        Embeddings of content are cached in `cache` (default: this user's cache folder). Raises EncoderError.
        """
        folder = folder or MODEL
        model = folder / "minilm.onnx"
        _check(model, MODEL_SHA256)
        _check(folder / "vocab.txt", VOCABULARY_SHA256)
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as failures
        except ImportError as error:
            raise EncoderError(f"onnxruntime cannot be imported: {error}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            tokens = WordPiece.load(folder / "vocab.txt")
        except (
            OSError,
            failures.Fail,
            failures.InvalidGraph,
            failures.NotImplemented,
            failures.RuntimeException,
        ) as error:
            raise EncoderError(f"the sentence model does not run here: {error}") from error
        kept = EmbeddingCache(cache or platformdirs.user_cache_path("b12bot"), MODEL_SHA256)
        return cls(session, tokens, kept)

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
        vectors = np.empty((len(texts), WIDTH), np.float32)
        if len(texts) < 32:
            for row, text in enumerate(texts):
                vectors[row] = self._vector(text)
        else:
            with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
                for row, vector in enumerate(threads.map(self._vector, texts)):
                    vectors[row] = vector
        return vectors

    def encode_content(self, texts: Sequence[str]) -> Vectors:
        """Like `encode`, remembering on disk. For texts of the content only, never for anything a patient wrote."""
        known = self._cache.read()
        keys = [key(text) for text in texts]
        missing = {name: text for name, text in zip(keys, texts, strict=True) if name not in known}
        if missing:
            new = dict(zip(missing, self.encode(list(missing.values())), strict=True))
            self._cache.add(new)
            known.update(new)
        return np.stack([known[name] for name in keys]) if keys else np.empty((0, WIDTH), np.float32)

    def _vector(self, text: str) -> Vectors:
        ids = np.array([self._tokens.ids(text)], np.int64)
        states: Vectors = self._session.run(["states"], {"input_ids": ids})[0][0]
        mean = states.mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{path.name} cannot be read: {error.strerror}") from error
    if found != expected:
        raise EncoderError(f"{path.name} is not the file this version was built with (sha256 {found[:12]}…)")
