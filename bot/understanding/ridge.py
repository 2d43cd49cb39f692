"""Kernel ridge regression with held-out scores in closed form.

Invariant: no randomness and no iteration; what `held_out` says of a row was computed as if the row's whole block had
never been seen (Rasmussen & Williams 2006, eq. 5.12, for blocks).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SMALL = 192
_STRIPE = 512


def solve(kernel: Floats, targets: Floats, ridge: float, blocks: Sequence[slice]) -> tuple[Floats, Floats]:
    """Coefficients, and for each row its prediction without its block.

    `kernel` [n, n] symmetric and positive; it is overwritten, and nothing else of its size is made. `blocks` are
    disjoint and cover all rows.
    """
    kernel[np.diag_indices(len(kernel))] += ridge
    _to_inverse_root(kernel)
    coefficients = kernel.T @ (kernel @ targets)
    held_out = np.empty_like(targets)
    for block in blocks:
        columns = kernel[block.start :, block]
        inverse = (columns.T @ columns).astype(np.float64)
        held_out[block] = targets[block] - np.linalg.solve(inverse, coefficients[block].astype(np.float64))
    return coefficients, held_out


def _to_inverse_root(matrix: Floats) -> None:
    """Turn a matrix into the inverse of its lower Cholesky factor, by halves, so that nearly all work is products.

    Each product overwrites what it was made of, stripe by stripe in the order that leaves what is still needed.
    """
    size = len(matrix)
    if size <= _SMALL:
        matrix[:] = np.linalg.inv(np.linalg.cholesky(matrix.astype(np.float64)))
        return
    half = size // 2
    first, low, second = matrix[:half, :half], matrix[half:, :half], matrix[half:, half:]
    _to_inverse_root(first)
    for start, end in reversed(stripes(half)):  # low @ first.T, first being lower triangular
        low[:, start:end] = low[:, :end] @ first[start:end, :end].T
    for start, end in stripes(size - half):
        second[start:end] -= low[start:end] @ low.T
    _to_inverse_root(second)
    for start, end in stripes(half):  # low @ first
        low[:, start:end] = low[:, start:] @ first[start:, start:end]
    for start, end in reversed(stripes(size - half)):  # -second @ low
        low[start:end] = -(second[start:end, :end] @ low[:end])
    matrix[:half, half:] = 0


def stripes(size: int) -> list[tuple[int, int]]:
    """Starts and ends of the rows of a large matrix that are worked on at a time, so that what is made is small."""
    return [(start, min(size, start + _STRIPE)) for start in range(0, size, _STRIPE)]
