"""Embeddings of the content's own texts, kept on disk so that the bot starts at once.

Invariant: only ever a saving. A missing, broken, foreign or unwritable file costs time and nothing else, several
processes may use one folder, and an embedding read back equals the computed one bit for bit. Texts are kept as hashes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_log = logging.getLogger(__name__)
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
        try:
            with self._path.open("rb") as file:
                kept = np.load(file, allow_pickle=False)
                keys, vectors = kept["keys"], kept["vectors"]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
            _log.warning("embedding cache unreadable, starting anew: %s", error)
            return {}
        usable = keys.dtype == np.uint8 and keys.ndim == 2 and vectors.dtype == np.float32 and vectors.ndim == 2
        if not usable or keys.shape != (len(vectors), 16):
            return {}
        return {bytes(name): vector for name, vector in zip(keys, vectors, strict=True)}

    def add(self, new: Mapping[bytes, Vectors]) -> None:
        """Keep more embeddings.

        What another process wrote meanwhile is read again and kept; should two write in the same instant, additions of
        one are lost and computed again at some later start.
        """
        kept = self.read()
        merged = dict(new) if len(kept) + len(new) > _MOST else {**kept, **new}
        temporary = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._path.parent, suffix=".part", delete=False) as file:
                temporary = Path(file.name)
                keys = np.frombuffer(b"".join(merged), np.uint8).reshape(-1, 16)
                np.savez(file, keys=keys, vectors=np.stack(list(merged.values())))
            os.replace(temporary, self._path)
        except OSError as error:  # a read-only or full disk: start-up is slower next time
            _log.info("embedding cache not written: %s", error)
            if temporary is not None:
                temporary.unlink(missing_ok=True)
