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

    `kernel` [n, n] symmetric and positive; it is overwritten. `blocks` are disjoint and cover all rows.
    """
    kernel[np.diag_indices(len(kernel))] += ridge
    root = _inverse_root(kernel)
    coefficients = root.T @ (root @ targets)
    held_out = np.empty_like(targets)
    for block in blocks:
        columns = root[block.start :, block]
        inverse = (columns.T @ columns).astype(np.float64)
        held_out[block] = targets[block] - np.linalg.solve(inverse, coefficients[block].astype(np.float64))
    return coefficients, held_out


def _inverse_root(matrix: Floats) -> Floats:
    """The inverse of the lower Cholesky factor, by halves, so that nearly all work is matrix products."""
    size = len(matrix)
    if size <= _SMALL:
        return np.asarray(np.linalg.inv(np.linalg.cholesky(matrix.astype(np.float64))), np.float32)
    half = size // 2
    root = np.zeros((size, size), np.float32)
    first = _inverse_root(matrix[:half, :half])
    below = np.empty((size - half, half), np.float32)
    for start in range(0, half, _STRIPE):  # below = matrix[half:, :half] @ first.T, first being lower triangular
        end = min(half, start + _STRIPE)
        below[:, start:end] = matrix[half:, :end] @ first[start:end, :end].T
    second = _inverse_root(matrix[half:, half:] - below @ below.T)
    through = np.empty_like(below)
    for start in range(0, half, _STRIPE):  # through = below @ first
        end = min(half, start + _STRIPE)
        through[:, start:end] = below[:, start:] @ first[start:, start:end]
    root[:half, :half], root[half:, half:] = first, second
    for start in range(0, size - half, _STRIPE):  # root = -second @ through
        end = min(size - half, start + _STRIPE)
        root[half + start : half + end, :half] = -(second[start:end, :end] @ through[:end])
    return root
