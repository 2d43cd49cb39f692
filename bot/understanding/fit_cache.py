"""What was learnt from a content, kept on disk so that the bot starts at once.

Invariant: a fit is found only for exactly the texts, labels, settings and model it was learnt from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bot.understanding.array_file import Arrays, read_arrays, write_arrays

_MOST = 4
"""Fits kept in a folder, the newest; one is about 6 MB."""


class FitCache:
    """One file a fit."""

    def __init__(self, folder: Path, parts: tuple[object, ...], shipped: Path | None = None) -> None:
        """`parts` are everything the fit depends on, told apart by their repr.

        `shipped` is a folder with fits that came with this version, for hosts that lose their disk or have little
        memory to learn with.
        """
        self._folder = folder
        self._path = folder / f"fit-{hashlib.sha256(repr(parts).encode()).hexdigest()[:24]}.npz"
        self._shipped = None if shipped is None else shipped / self._path.name

    def read(self) -> Arrays | None:
        """The arrays of this fit, or None when it was never made here nor shipped."""
        found = read_arrays(self._path)
        return read_arrays(self._shipped) if found is None and self._shipped is not None else found

    def write(self, arrays: Arrays) -> None:
        """Keep the fit, and let the oldest others go."""
        write_arrays(self._path, arrays)
        try:
            others = sorted(self._folder.glob("fit-*.npz"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
            for old in others[_MOST:]:
                old.unlink(missing_ok=True)
        except OSError:  # another process cleans up too
            return
