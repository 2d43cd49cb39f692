"""Arrays kept in one file on disk, as a cache.

Invariant: only ever a saving. A missing, broken, foreign or unwritable file costs time and nothing else, and a reader
sees a whole file or none, whatever other processes do.
"""

from __future__ import annotations

import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]

_log = logging.getLogger(__name__)


def read_arrays(path: Path) -> Arrays | None:
    """What was written there, or None when there is nothing usable."""
    try:
        with path.open("rb") as file:
            kept = np.load(file, allow_pickle=False)
            return {name: kept[name] for name in kept.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        _log.warning("cache %s unreadable, computing anew: %s", path.name, error)
        return None


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Put a whole file in place at once; a read-only or full disk is noted and nothing else."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, allow_pickle=False, **dict(arrays))
        os.replace(temporary, path)
    except OSError as error:
        _log.info("cache %s not written: %s", path.name, error)
        if temporary is not None:
            temporary.unlink(missing_ok=True)
