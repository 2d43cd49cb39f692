"""The prescription, and its way into the database and back."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings

from bot.plans.cadence import Every, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Plan, UntilDate
from bot.plans.plan_json import JsonObject, PlanFormatError, from_json, to_json
from bot.plans.progress import record
from tests.plans import making
from tests.plans.making import plan


def test_a_dose_is_the_same_in_both_units() -> None:
    assert Dose(Decimal(1), "mg", "1 mg") == Dose(Decimal("1000.0"), "microgram", "1000mcg")
    assert hash(Dose(Decimal(1), "mg")) == hash(Dose(Decimal(1000), "microgram"))
    assert Dose(Decimal(1), "mg") != Dose(Decimal(1), "microgram")
    assert str(Dose(Decimal("1.50"), "mg").micrograms) == "1500"
    assert str(Dose(Decimal("250"), "microgram").milligrams) == "0.25"
    assert str(Dose(Decimal("5E+3"), "microgram").milligrams) == "5"


@pytest.mark.parametrize(
    ("amount", "unusual"), [("1", True), ("29", True), ("30", False), ("250", False), ("1000", False), ("2000", True)]
)
def test_outside_every_published_range_is_unusual(amount: str, unusual: bool) -> None:
    assert Dose(Decimal(amount), "microgram").unusual is unusual


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
def test_a_dose_is_a_positive_number(amount: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        Dose(Decimal(amount), "mg")


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Europe/Atlantis"},
        {"zone": "../etc/passwd"},
        {"at": time(9, 0, 30)},
        {"maintenance": None},
        {"phase": "loading"},
        {"status": "sleeping"},
        {"loading": Loading(Every(1, "days"), UntilDate(date(2026, 5, 3)))},
    ],
)
def test_impossible_plans(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        plan(**changes)


def test_impossible_cadences() -> None:
    for make in (
        lambda: Every(0, "days"),
        lambda: Every(25, "months"),
        lambda: OnWeekdays(()),
        lambda: OnWeekdays((7,)),
        lambda: AfterInjections(0),
    ):
        with pytest.raises(ValueError):
            make()
    assert OnWeekdays((4, 0, 4)) == OnWeekdays((0, 4))


@settings(max_examples=200, deadline=None)
@given(making.plans())
def test_through_the_database_and_back(subject: Plan) -> None:
    for each in (subject, record(subject, subject.anchor).plan):
        stored = json.dumps(to_json(each))
        back = from_json(json.loads(stored))
        assert back == each
        assert back.dose.text == each.dose.text
        assert json.dumps(to_json(back)) == stored


def test_a_stored_plan_stays_readable() -> None:
    """Version 1 as it stands in databases; change the format and this must still pass."""
    stored = json.loads(
        '{"v":1,"label":"Mum","product":"hydroxocobalamin","dose":{"amount":"1","unit":"mg","text":"1mg"},'
        '"place":"clinic","zone":"Europe/London","at":"09:00","count_from":"actual",'
        '"loading":{"cadence":{"weekdays":[0,2,4]},"ends":{"after":6}},"maintenance":{"every":8,"unit":"weeks"},'
        '"anchor":"2026-05-04","phase":"loading","given":2,"last_given":"2026-05-06","settled":"2026-05-06",'
        '"once":null,"status":"active","revision":3}'
    )
    read = from_json(stored)
    assert read == plan(
        label="Mum",
        loading=Loading(OnWeekdays((0, 2, 4)), AfterInjections(6)),
        given=2,
        last_given=date(2026, 5, 6),
        settled=date(2026, 5, 6),
        revision=3,
    )
    assert to_json(read) == stored


@pytest.mark.parametrize(
    "broken",
    [{}, {"v": 2}, {"v": 1}, {**to_json(plan()), "zone": "Mars/Base"}, {**to_json(plan()), "dose": None}],
)
def test_anything_else_is_refused(broken: JsonObject) -> None:
    with pytest.raises(PlanFormatError):
        from_json(broken)


def test_changes_keep_what_was_done() -> None:
    changed = record(plan(), date(2026, 5, 4)).plan.revised(at=time(18), zone="Europe/Paris")
    assert (changed.revision, changed.at, changed.zone, changed.given) == (3, time(18), "Europe/Paris", 1)
