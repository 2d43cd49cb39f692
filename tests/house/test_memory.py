"""What the C library is told about memory, looked up in the library itself; each case in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: frees one large piece, as a network that was loaded is, and takes another: does the system lend that one by itself?
_TRY = """
import ctypes, sys
from bot.memory import keep_memory_whole

class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

library = ctypes.CDLL("libc.so.6")
library.mallinfo2.restype = Figures
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "kept":
    keep_memory_whole()
library.free(library.malloc(30 << 20))
before = library.mallinfo2().hblkhd
library.malloc(4 << 20)
print(library.mallinfo2().hblkhd - before >= 4 << 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("how", "lent"), [("kept", "True"), ("left", "False")])
def test_large_pieces_are_lent_one_by_one(how: str, lent: str) -> None:
    said = subprocess.run([sys.executable, "-c", _TRY, how], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == lent
