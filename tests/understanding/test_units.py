"""Unit conversions asked in words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.units import figure, find_conversion

CONVERTED = {
    "how many mg is 1000 mcg": ("1000", "mcg", "1", "mg"),
    "How many milligrams are in 1,000 micrograms of B12?": ("1000", "mcg", "1", "mg"),
    "1000 mcg in mg": ("1000", "mcg", "1", "mg"),
    "convert 0.5 mg to micrograms": ("0.5", "mg", "500", "mcg"),
    "what's 0.5mg in µg": ("0.5", "mg", "500", "mcg"),
    "500ug to milligrams pls": ("500", "mcg", "0.5", "mg"),
    "is 1mg the same as 1000 micrograms or am i dumb": ("1", "mg", "1000", "mcg"),
    "Is 1000 mcg of B12 the same as 1 mg? ": ("1000", "mcg", "1", "mg"),
    "how many micrograms in a milligram": ("1", "mg", "1000", "mcg"),
    "How many micrograms make a milligram": ("1", "mg", "1000", "mcg"),
    "how many mcg in mg": ("1", "mg", "1000", "mcg"),
    "5 mg vit b12 how many mcg": ("5", "mg", "5000", "mcg"),
    "my box says 250 mcg how many mg is that": ("250", "mcg", "0.25", "mg"),
    "Convert 250 micrograms of B12 to mg for me please dear": ("250", "mcg", "0.25", "mg"),
    "Does 1,500 ug of B12 come to 1.5 milligrams then?": ("1500", "mcg", "1.5", "mg"),
    "1,5 mg in mcg": ("1.5", "mg", "1500", "mcg"),
    "half a mg in micrograms": ("0.5", "mg", "500", "mcg"),
    "½ mg in mcg": ("0.5", "mg", "500", "mcg"),
    "0.001 g in mg": ("0.001", "g", "1", "mg"),
    "1.5mg = 1500 mcg correct na?": ("1.5", "mg", "1500", "mcg"),
    "Is 1000 mcg of B12 the same as 1 mg? I get in such a muddle": ("1000", "mcg", "1", "mg"),
    "0.5 mg is what in micrograms": ("0.5", "mg", "500", "mcg"),
    "how to change 1 milligram B12 to micrograms please": ("1", "mg", "1000", "mcg"),
    "can you convert 2 mg to mcg": ("2", "mg", "2000", "mcg"),
}


@pytest.mark.parametrize(("text", "expected"), CONVERTED.items())
def test_conversions(text: str, expected: tuple[str, str, str, str]) -> None:
    found = find_conversion(text)
    assert found is not None
    assert found.kind == "convert"
    assert found.from_amount is not None
    assert found.to_amount is not None
    shown = (figure(found.from_amount), found.from_unit, figure(found.to_amount), found.to_unit)
    assert tuple(part.replace(",", "") for part in shown) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how many iu is 1000 mcg", "refuse_iu"),
        ("b12 1000 mcg to iu", "refuse_iu"),
        ("convert 5000 IU to mg", "refuse_iu"),
        ("50 units in micrograms", "refuse_iu"),
        ("50 units b12 how many ml", "refuse_iu"),
        ("how many international units are in 1mg", "refuse_iu"),
        ("how many ml is 1 mg", "refuse_ml"),
        ("1000 mcg in ml", "refuse_ml"),
        ("what is 1 ml in mg", "refuse_ml"),
    ],
)
def test_what_has_no_factor_is_refused(text: str, kind: str) -> None:
    found = find_conversion(text)
    assert found is not None
    assert (found.kind, found.to_amount) == (kind, None)


@pytest.mark.parametrize(
    "text",
    [
        "how much should I inject",
        "how many ml should I inject for 1000 mcg",
        "how many mg do i need to take if 1000 mcg is prescribed",
        "how many ml do I draw up for 1 mg",
        "vial says 1000 mcg/ml and my dose is 500, how many ml is that",
        "is 1000 mcg too much",
        "I was given 1 mg instead of 500 mcg",
        "is 1 mg enough or do I need 1000 mcg more",
        "difference between mg and mcg",
        "mcg vs mg",
        "I have 1000 mcg every 2 months",
        "how many mg in 5 mg",
        "how many mg is 1.000 mcg",
        "1.500 mcg in mg",
        "what is 1,000.500 mcg in mg",
        "1000 mcg",
        "my b12 says 180 pmol/l but online its all pg/ml how do i change it",
        "10 kg in grams for a cake and 1 mg of b12 in what month should I have it",
        "",
        "how many mg is 99999999999999999999 mcg",
        "double 500 mcg in mg",
    ],
)
def test_everything_else_is_no_conversion(text: str) -> None:
    assert find_conversion(text) is None


SIZES = {"mcg": 1, "mg": 1000}


@given(st.integers(0, 9_999_999), st.integers(0, 4), st.sampled_from(["mcg", "mg"]))
def test_arithmetic_is_exact(digits: int, places: int, unit: str) -> None:
    amount = Decimal(digits).scaleb(-places)
    if 1 <= amount < 1000 and places == 3:
        return  # 1.234 could be read as a thousand
    target = "mg" if unit == "mcg" else "mcg"
    found = find_conversion(f"how many {target} is {amount:f} {unit}")
    assert found is not None
    assert found.from_amount == amount
    assert found.to_amount is not None
    assert Fraction(found.to_amount) == Fraction(amount) * SIZES[unit] / SIZES[target]


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    find_conversion(text)


@given(st.decimals(0, 10**9, places=4))
def test_figures_read_as_numbers(amount: Decimal) -> None:
    shown = figure(amount)
    assert Decimal(shown.replace(",", "")) == amount
    assert "e" not in shown.lower()
