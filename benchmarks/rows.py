"""What every measurement gives: a figure of ours, a peer's or an asked-for one, and how they compare."""

from __future__ import annotations

from typing import TypedDict


class Row(TypedDict):
    """One line of the table. `ratio` is ours by the peer's where more is better, the peer's by ours where less is
    better.

    `peer` is None where there is nobody to compare with.
    """

    ours: float
    peer: float | None
    unit: str
    ratio: float | None


def more_is_better(ours: float, peer: float | None, unit: str) -> Row:
    """A row such as messages a second."""
    return Row(ours=_short(ours), peer=peer and _short(peer), unit=unit, ratio=_short(ours / peer) if peer else None)


def less_is_better(ours: float, peer: float | None, unit: str) -> Row:
    """A row such as milliseconds."""
    ratio = _short(peer / ours) if peer and ours else None
    return Row(ours=_short(ours), peer=peer and _short(peer), unit=unit, ratio=ratio)


def plain(ours: float, unit: str, asked: float | None = None) -> Row:
    """A figure with nobody to compare with; `asked` is what it should be, shown in the peer's column."""
    return Row(ours=_short(ours), peer=asked, unit=unit, ratio=None)


def _short(value: float) -> float:
    return float(f"{value:.4g}")
