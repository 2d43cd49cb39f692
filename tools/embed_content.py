"""Embed and learn the shipped content once, so that the first start on any host need not.

    python tools/embed_content.py

Writes content_vectors.npz and fit-….npz into bot/understanding/model. Content edited since then is simply embedded and
learned where it runs, so this saves time and memory and changes nothing else; run it before a release.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding.embedding_cache import EmbeddingCache, write_shipped
from bot.understanding.encoder import MODEL, MODEL_SHA256, SHIPPED, Encoder
from bot.understanding.understand import Understanding


def main() -> None:
    """Learn the content with nothing kept, and ship what that left in the cache."""
    for old in (MODEL / SHIPPED, *MODEL.glob("fit-*.npz")):
        old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        encoder = Encoder.open(cache=Path(folder))
        library = load_library(CONTENT_DIR, CONTENT_DIR)
        for content in library.contents.values():
            if content.entries:
                Understanding(content, encoder)
        vectors = EmbeddingCache(Path(folder), MODEL_SHA256).read()
        for fit in Path(folder).glob("fit-*.npz"):
            shutil.copyfile(fit, MODEL / fit.name)
            print(f"{fit.name}: {fit.stat().st_size / 1e6:.1f} MB")
    write_shipped(MODEL / SHIPPED, MODEL_SHA256, {name: vectors[name] for name in sorted(vectors)})
    print(f"{len(vectors):,} embeddings, {(MODEL / SHIPPED).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
