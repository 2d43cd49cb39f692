"""Embeddings of the content's own texts, kept on disk so that the bot starts at once.

Invariant: an embedding read back equals the computed one bit for bit (a shipped one, in half precision, nearly). Texts
are kept as hashes, and nothing a patient wrote is ever kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.array_file import Arrays, read_arrays, write_arrays

Vectors = NDArray[np.float32]

_MOST = 60_000
"""Embeddings kept in one file; beyond it (years of edited content) only those in use stay."""


def key(text: str) -> bytes:
    """What a text is filed under: 16 bytes of its sha256."""
    return hashlib.sha256(text.encode()).digest()[:16]


class EmbeddingCache:
    """One file a model and folder."""

    def __init__(self, folder: Path, model_hash: str) -> None:
        self._path = folder / f"embeddings-{model_hash[:16]}.npz"

    def read(self) -> dict[bytes, Vectors]:
        """Everything kept, by key; nothing when there is no usable file."""
        kept = _by_key(read_arrays(self._path) or {}, np.float32)
        return {name: np.asarray(vector, np.float32) for name, vector in kept.items()}

    def add(self, new: Mapping[bytes, Vectors]) -> None:
        """Keep more embeddings.

        What another process wrote meanwhile is read again and kept; should two write in the same instant, additions of
        one are lost and computed again at some later start.
        """
        kept = self.read()
        merged = dict(new) if len(kept) + len(new) > _MOST else {**kept, **new}
        keys = np.frombuffer(b"".join(merged), np.uint8).reshape(-1, 16)
        write_arrays(self._path, {"keys": keys, "vectors": np.stack(list(merged.values()))})


def read_shipped(path: Path, model_hash: str) -> dict[bytes, Vectors]:
    """The embeddings that come with this version, by key; nothing when they are of another model."""
    kept = read_arrays(path) or {}
    made_with = kept.get("model")
    if made_with is None or bytes(made_with.astype(np.uint8)) != bytes.fromhex(model_hash):
        return {}
    return {name: np.asarray(vector, np.float32) for name, vector in _by_key(kept, np.float16).items()}


def write_shipped(path: Path, model_hash: str, vectors: Mapping[bytes, Vectors]) -> None:
    """Put the embeddings to ship in place."""
    write_arrays(
        path,
        {
            "model": np.frombuffer(bytes.fromhex(model_hash), np.uint8),
            "keys": np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, 16),
            "vectors": np.stack(list(vectors.values())).astype(np.float16),
        },
    )


def _by_key(kept: Arrays, kind: type[np.generic]) -> dict[bytes, NDArray[np.generic]]:
    keys, vectors = kept.get("keys"), kept.get("vectors")
    if keys is None or vectors is None or keys.dtype != np.uint8 or vectors.dtype != kind:
        return {}
    if vectors.ndim != 2 or keys.shape != (len(vectors), 16):
        return {}
    return {bytes(name): vector for name, vector in zip(keys, vectors, strict=True)}
