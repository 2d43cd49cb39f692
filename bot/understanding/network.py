"""onnxruntime sessions for the two small networks: one thread, little memory.

Invariant: a network computes the same whether its word table lies in memory or stays in the file. The table is half of
each network, and a message touches a few rows of it. What was touched is let go of again after a while: it stays in the
system's cache of the file, where it costs this process nothing and can be had back in microseconds.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORDS: Final = "words.int8"
VOCABULARY: Final = 30522
WIDTH: Final = 384
_BEGINNING: Final = 1 << 20
_LET_GO_EVERY: Final = 16
"""Readings; letting go costs a millisecond of faults afterwards."""
_RAW_DATA: Final = 9 << 3 | 2
"""The tag of raw_data in ONNX's TensorProto: field 9, bytes."""


class NetworkError(Exception):
    """The file is no network that onnxruntime can run here."""


class Network:
    """A network, loaded, with its word table left in the file. Safe to use from several threads."""

    def __init__(self, model: Path) -> None:
        """Raises NetworkError when onnxruntime is missing or cannot run the file, OSError when there is no file."""
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as failures
        except ImportError as error:
            raise NetworkError(f"onnxruntime cannot be imported: {error}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._readings = 0
        self._file: mmap.mmap | None = None
        at = table_offset(model)
        if at is not None:  # kept by us: onnxruntime reads the table through it as long as the session lives
            with model.open("rb") as file:
                self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            table = np.frombuffer(self._file, np.int8, VOCABULARY * WIDTH, at).reshape(VOCABULARY, WIDTH)
            self._shared = onnxruntime.OrtValue.ortvalue_from_numpy(table)
            options.add_initializer(WORDS, self._shared)
        broken = (failures.Fail, failures.InvalidGraph, failures.InvalidProtobuf)
        unable = (failures.NotImplemented, failures.RuntimeException, failures.InvalidArgument)
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except (*broken, *unable) as error:
            raise NetworkError(f"{model.name} does not run here: {error}") from error

    def states(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The last layer for the tokens of one text: [tokens, 384]."""
        found: NDArray[np.float32] = self._session.run(["states"], {"input_ids": np.array([ids], np.int64)})[0][0]
        self._readings += 1
        if self._readings % _LET_GO_EVERY == 0:
            self.let_go()
        return found

    def let_go(self) -> None:
        """Give back the memory through which the word table was read; it is read from the file again when needed."""
        if self._file is not None and hasattr(mmap, "MADV_DONTNEED"):
            with contextlib.suppress(OSError):  # a system that cannot: then it stays
                self._file.madvise(mmap.MADV_DONTNEED)


def table_offset(model: Path) -> int | None:
    """Where the word table's bytes begin in the file; None when they are not where they are looked for."""
    size = VOCABULARY * WIDTH
    mark = bytes((_RAW_DATA,)) + _varint(size)
    with model.open("rb") as file:
        beginning = file.read(_BEGINNING)
    name = beginning.find(WORDS.encode())
    found = beginning.find(mark)
    if found < 0 or name < 0 or model.stat().st_size < found + len(mark) + size:
        return None
    return found + len(mark)


def _varint(number: int) -> bytes:
    groups = []
    while True:
        number, low = number >> 7, number & 0x7F
        groups.append(low | 0x80 if number else low)
        if not number:
            return bytes(groups)
