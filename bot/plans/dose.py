"""A dose exactly as it was prescribed.

Invariant: a dose is repeated, never computed, rounded or judged; the only remark about it is "unusual, please check the
label".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

DoseUnit = Literal["mg", "microgram"]

MICROGRAMS_IN_A_MG = 1000

PUBLISHED_RANGES: tuple[tuple[Decimal, Decimal, str], ...] = (
    (Decimal(250), Decimal(1000), "hydroxocobalamin, UK product information, medicines.org.uk/emc/medicine/31182"),
    (Decimal(30), Decimal(200), "hydroxocobalamin, US label"),
    (Decimal(100), Decimal(1000), "cyanocobalamin, US label and drugs.com/dosage/cyanocobalamin.html"),
)
"""Lowest and highest single injection in micrograms, as published for vitamin B12 deficiency."""


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 1.0 and 1E+3 become 1 and 1000."""
    number = number.normalize()
    return number if number.as_tuple().exponent in range(-30, 1) else number.quantize(Decimal(1))


@dataclass(frozen=True, eq=False)
class Dose:
    """An amount of B12 in one injection, equal to another of the same amount in whichever unit each was typed.

    `text` is what the person typed, for showing it back; it takes no part in equality. Raises ValueError for an amount
    that is not a positive number.
    """

    amount: Decimal
    unit: DoseUnit
    text: str = ""

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount <= 0:
            raise ValueError("a dose is a positive number")
        if self.unit not in ("mg", "microgram"):
            raise ValueError("a dose is in mg or in micrograms")

    @property
    def micrograms(self) -> Decimal:
        """The same amount in micrograms."""
        return _plain(self.amount if self.unit == "microgram" else self.amount * MICROGRAMS_IN_A_MG)

    @property
    def milligrams(self) -> Decimal:
        """The same amount in mg."""
        return _plain(self.amount if self.unit == "mg" else self.amount / MICROGRAMS_IN_A_MG)

    @property
    def unusual(self) -> bool:
        """True outside every published range: a reason to ask "please check the label", nothing more."""
        return not any(low <= self.micrograms <= high for low, high, _ in PUBLISHED_RANGES)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dose) and self.micrograms == other.micrograms

    def __hash__(self) -> int:
        return hash(self.micrograms)
