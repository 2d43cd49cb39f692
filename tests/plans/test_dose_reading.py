"""Doses as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plans.dose import Dose
from bot.plans.dose_reading import read_dose
from bot.plans.reading import Choose, Read, Refused


def mg(amount: str) -> Dose:
    return Dose(Decimal(amount), "mg")


def mcg(amount: str) -> Dose:
    return Dose(Decimal(amount), "microgram")


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("1000mcg", mcg("1000")), ("1 mg", mg("1")), ("1mg", mg("1")), ("1,000 µg", mcg("1000")), ("0.5 mg", mg("0.5")),
        ("1 000 micrograms", mcg("1000")), ("1'000 μg", mcg("1000")), ("1,5 mg", mg("1.5")), ("1.000 mg", mg("1")),
        ("½ mg", mg("0.5")), ("1½mg", mg("1.5")), ("half a milligram", mg("0.5")), ("one milligram", mg("1")),
        ("a thousand micrograms", mcg("1000")), ("five hundred mcg", mcg("500")), ("250 microgrammes", mcg("250")),
        ("1mg (1000mcg)", mg("1")), ("vitamin b12-1mg", mg("1")), ("B12 1 mg", mg("1")), ("１ｍｇ", mg("1")),
        ("١ mg", mg("1")), ("1 mg hydroxocobalamin every 8 weeks", mg("1")), ("100 ug", mcg("100")),
        ("1 mg i.e. 1000 mcg", mg("1")), ("  2MG  ", mg("2")), ("1 ampoule of 1 mg", mg("1")),
    ],
)  # fmt: skip
def test_read(text: str, dose: Dose) -> None:
    reading = read_dose(text)
    assert reading == Read(dose)
    assert isinstance(reading, Read)
    assert reading.value.unit == dose.unit
    assert reading.value.text == text.strip()


@pytest.mark.parametrize(
    ("text", "doses", "question"),
    [
        ("1000", (mcg("1000"), mg("1000")), "unit"),
        ("1", (mg("1"), mcg("1")), "unit"),
        ("b12 1000", (mcg("1000"), mg("1000")), "unit"),
        ("1,000 mg", (mg("1"), mg("1000")), "separator"),
        ("1.000 µg", (mcg("1000"), mcg("1")), "separator"),
        ("0.5-1 mg", (mg("0.5"), mg("1")), "which"),
        ("500 to 1000 mcg", (mcg("500"), mcg("1000")), "which"),
        ("1 mg or 2 mg", (mg("1"), mg("2")), "which"),
        ("1000 mcg/ml", (mcg("1000"),), "strength"),
        ("1 mg in 1 ml", (mg("1"),), "strength"),
    ],
)
def test_asked(text: str, doses: tuple[Dose, ...], question: str) -> None:
    assert read_dose(text) == Choose(doses, question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1000 IU", "iu"), ("1000iu", "iu"), ("5000 units", "iu"), ("1000 i.u.", "iu"), ("1 ml", "volume"),
        ("1ml", "volume"), ("half a cc", "volume"), ("1 g", "grams"), ("2 x 500 mcg", "sum"), ("1mg x2", "sum"),
        ("2 ampoules of 1 mg", "sum"), ("1 mg + 1 mg", "sum"), ("1000 mcg tablet", "not_injection"), ("0 mg", "zero"),
        ("99999999999 mg", "too_big"), ("hello", "no_number"), ("mg", "no_number"), ("", "empty"), ("\u200b", "empty"),
        ("1" * 300, "too_long"), ("1 2 3", "not_understood"),
    ],
)  # fmt: skip
def test_refused(text: str, reason: str) -> None:
    assert read_dose(text) == Refused(reason)  # type: ignore[arg-type]


def test_a_number_without_a_nought_is_shown_again() -> None:
    assert read_dose(".5mg") == Read(mg("0.5"), assumed=True)


@given(
    st.decimals("0.001", "9999", places=3).map(Decimal.normalize),
    st.sampled_from([("mg", "mg"), ("mcg", "microgram"), ("micrograms", "microgram"), ("µg", "microgram")]),
    st.sampled_from(["", " "]),
)
def test_the_number_is_never_changed(number: Decimal, unit: tuple[str, str], space: str) -> None:
    """Whatever is offered holds the digits that were typed, in the unit that was typed."""
    text = f"{number:f}{space}{unit[0]}"
    reading = read_dose(text)
    options = (reading.value,) if isinstance(reading, Read) else reading.options if isinstance(reading, Choose) else ()
    assert Dose(number, unit[1]) in options  # type: ignore[arg-type]
    assert all(dose.unit == unit[1] for dose in options)
    digits = {str(dose.amount).replace(".", "").strip("0") for dose in options}
    assert digits == {f"{number:f}".replace(".", "").strip("0")}


@given(st.text(max_size=250))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(read_dose(text), Read | Choose | Refused)
