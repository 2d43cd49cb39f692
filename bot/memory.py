"""What the C library is told about memory; only glibc understands it, another keeps what it has.

Invariant: nothing is computed differently for it, and nothing fails where it cannot be told.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""From glibc's malloc.h."""
_LARGE_BYTES: Final = 256 * 1024


def keep_memory_whole() -> None:
    """Have the C library take large pieces of memory from the system one by one and give each back.

    Left alone it raises the size from which it does so to that of the largest piece ever freed, a whole network; what
    is large and short-lived then leaves holes among what is small and lives long.
    """
    _tell("mallopt", _M_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back_memory() -> None:
    """Hand what starting up needed and nothing needs any more back to the system."""
    gc.collect()
    _tell("malloc_trim", 0)


def _tell(call: str, *arguments: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # another C library
        getattr(ctypes.CDLL("libc.so.6"), call)(*arguments)
