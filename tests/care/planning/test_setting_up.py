"""The set-up as pure steps: never stuck, back and forth the same, and what people type understood."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.planning import questions
from bot.care.planning.draft import Draft, draft_of
from bot.care.planning.setting_up import (
    Agreed,
    Moved,
    Outcome,
    Overdue,
    Setup,
    Unusable,
    Which,
    back,
    begin,
    change,
    from_json,
    go,
    offered,
    said,
    tapped,
    to_json,
)
from bot.care.reply import Reply
from bot.chat.codec import decode, encode
from bot.plans.cadence import Every, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Open, UntilDate
from tests.care.planning.making import MONDAY, scene
from tests.plans.making import plan, plans

ANSWERS = {
    "who": ["for me", "my mum"],
    "label": ["Mum", "Anne-Marie O'Neill"],
    "product": ["hydroxocobalamin", "another one", "not sure", "cyano"],
    "product_name": ["Vitamin B12 Depot", "B12 <b>"],
    "dose": ["1 mg", "1000mcg", "0.25 mg", "5000 micrograms", "1,000 µg"],
    "dose_check": ["yes"],
    "place": ["at home", "clinic"],
    "zone": ["Berlin", "new york", "London"],
    "phase": ["loading", "maintenance"],
    "often": ["every 8 weeks", "monthly", "mon wed fri", "every other day", "12 weeks"],
    "first": ["tomorrow", "next Friday", "20 May 2026"],
    "last": ["yesterday", "today", "20 April"],
    "ends": ["6 injections", "2 weeks", "until my clinic says", "until 1 December 2026"],
    "then": ["every 3 months", "my clinic has not said"],
    "count": ["the dates stay the same", "count from the day I had it"],
    "at": ["9am", "21:30", "noon"],
}  # fmt: skip


def follow(state: Setup, outcome: Outcome) -> Setup:
    return outcome.state if isinstance(outcome, Moved | Overdue | Agreed) else state


def type_in(state: Setup, text: str, **where: object) -> Setup:
    outcome = said(state, text, scene(**where))  # type: ignore[arg-type]
    assert isinstance(outcome, Moved | Overdue | Agreed), (state.step, text, outcome)
    return outcome.state


def through(*answers: str, start: Setup | None = None) -> Setup:
    state = start or begin("Europe/London")
    for text in answers:
        state = type_in(state, text)
    return state


LONDON = ("for me", "hydroxocobalamin")


def test_a_monthly_plan_from_answers_as_people_type_them() -> None:
    state = through(*LONDON, "1000mcg", "at the clinic", "maintenance", "every 8 weeks", "next Monday", "actual", "9")
    assert state.step == "confirm"
    made = state.draft.plan()
    assert made.dose == Dose(Decimal(1), "mg")
    assert made.maintenance == Every(8, "weeks")
    assert (made.anchor, made.at, made.zone) == (date(2026, 5, 11), time(9), "Europe/London")
    assert (made.phase, made.place, made.count_from, made.label) == ("maintenance", "clinic", "actual", None)


def test_a_loading_plan_for_someone_else_in_another_zone() -> None:
    state = through(
        "for my mum", "Mum", "cyanocobalamin", "1 mg", "at home", "Berlin", "loading", "mon wed fri", "tomorrow",
        "6 injections", "every 3 months", "stay the same", "half past 7 in the evening", start=begin(None),
    )  # fmt: skip
    made = state.draft.plan()
    assert made.label == "Mum"
    assert made.loading == Loading(OnWeekdays((0, 2, 4)), AfterInjections(6))
    assert made.maintenance == Every(3, "months")
    assert made.once == date(2026, 5, 5)  # a Tuesday, none of the days: the first one all the same
    assert (made.zone, made.at, made.count_from) == ("Europe/Berlin", time(19, 30), "fixed")


def test_the_last_injection_gives_the_next_date() -> None:
    state = through(*LONDON, "1 mg", "home", "maintenance", "12 weeks", "I only know the last one", "27 April")
    made = through("fixed", "9am", start=state).draft.plan()
    assert (made.last_given, made.settled, made.anchor) == (date(2026, 4, 27),) * 3
    assert state.draft.start == date(2026, 7, 20)


def test_a_date_that_has_passed_sends_to_the_clinic_and_asks_for_a_new_one() -> None:
    state = through(*LONDON, "1 mg", "home", "maintenance", "4 weeks", "I only know the last one")
    outcome = said(state, "2 March", scene())
    assert isinstance(outcome, Overdue)
    assert (outcome.day, outcome.state.step) == (date(2026, 3, 30), "first")
    made = through("next Monday", "actual", "9", start=outcome.state).draft.plan()
    assert (made.anchor, made.last_given) == (date(2026, 5, 11), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1000 IU", "iu"),
        ("1 ml", "volume"),
        ("2 x 500 mcg", "sum"),
        ("1 tablet", "not_injection"),
        ("hello", "no_number"),
    ],
)
def test_doses_that_cannot_be_used(text: str, reason: str) -> None:
    assert said(through(*LONDON), text, scene()) == Unusable(reason)  # type: ignore[arg-type]


def test_an_unusual_dose_is_asked_about_and_a_usual_one_is_not() -> None:
    unusual = through(*LONDON, "5 mg")
    assert unusual.step == "dose_check"
    assert isinstance(said(unusual, "yes but not that dose", scene()), Unusable)
    assert through("yes", start=unusual).step == "place"
    assert back(unusual).step == "dose"
    assert through(*LONDON, "1 mg").step == "place"


def test_a_number_alone_asks_for_its_unit() -> None:
    outcome = said(through(*LONDON), "1000", scene())
    assert isinstance(outcome, Which)
    assert [choice.label for choice in outcome.options] == [
        "1 mg (1,000 micrograms)",
        "1,000 mg (1,000,000 micrograms)",
    ]


def test_12_3_asks_which_unless_the_country_settles_it() -> None:
    state = through(*LONDON, "1 mg", "home", "maintenance", "4 weeks")
    now = datetime(2026, 2, 20, tzinfo=UTC)
    outcome = said(state, "12/3", scene(now, country=None))
    assert isinstance(outcome, Which)
    assert [choice.code for choice in outcome.options] == ["2026-03-12", "2026-12-03"]
    assert follow(state, said(state, "12/3", scene(now, country="GB"))).draft.get("first") == "2026-03-12"
    assert follow(state, said(state, "12/3", scene(now, country="US"))).draft.get("first") == "2026-12-03"


def test_loading_that_ends_before_it_begins_is_asked_again() -> None:
    state = through(*LONDON, "1 mg", "home", "loading", "daily", "tomorrow", "until 20 May", "monthly", "fixed", "9")
    state = go(state, "first") or state
    state = through("1 June", start=state)
    assert state.step == "ends"
    assert state.draft.ends is None
    state = through("3 injections", start=state)
    assert (state.step, state.draft.ends) == ("confirm", AfterInjections(3))


def test_a_country_with_one_zone_is_one_tap() -> None:
    state = Setup(step="zone")
    assert [choice.code for choice in offered(state, scene(country="GB"))] == ["Europe.London"]
    assert offered(state, scene(country="US")) == ()
    assert offered(state, scene(country=None)) == ()


def test_yes_days_later_asks_for_a_new_date() -> None:
    state = through(*LONDON, "1 mg", "home", "maintenance", "4 weeks", "tomorrow", "fixed", "9")
    later = scene(MONDAY + timedelta(days=3))
    outcome = tapped(state, "yes", later)
    assert isinstance(outcome, Overdue)
    assert outcome.state.step == "first"
    assert isinstance(tapped(state, "yes", scene()), Agreed)


def test_every_plan_can_be_changed_and_an_untouched_one_stays_what_it_was() -> None:
    kept = plan(loading=Loading(Every(2, "days"), AfterInjections(6)), given=2, maintenance=Every(8, "weeks"))
    state = change(draft_of(kept, MONDAY), 7, 3)
    assert (state.step, state.editing) == ("confirm", (7, 3))
    assert state.draft.plan().loading == Loading(Every(2, "days"), AfterInjections(4))
    assert state.draft == state.origin


@given(plans())
@settings(max_examples=200, deadline=None)
def test_a_plan_makes_a_draft_that_makes_the_plan(made: object) -> None:
    from bot.plans.plan import Plan

    assert isinstance(made, Plan)
    draft = draft_of(made, datetime(2026, 5, 4, tzinfo=UTC))
    if draft.next_unanswered() != "confirm":
        assert draft.next_unanswered() == "ends"
        return
    again = draft.plan()
    assert (again.dose, again.zone, again.at, again.place, again.label) == (
        made.dose, made.zone, made.at, made.place, made.label
    )  # fmt: skip
    assert again.maintenance == made.maintenance


taps = st.integers(0, 30)


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[str, int]]:
    return draw(st.lists(st.tuples(st.sampled_from(["tap", "type", "back", "go", "agree"]), taps), max_size=40))


def step_on(state: Setup, move: tuple[str, int], now: datetime = MONDAY) -> Setup:
    kind, number = move
    here = scene(now)
    if kind == "back":
        return back(state)
    if kind == "tap" and (choices := offered(state, here)):
        outcome = tapped(state, choices[number % len(choices)].code, here)
        assert outcome is not None
        assert not isinstance(outcome, Which | Unusable)
        return follow(state, outcome)
    if kind == "type" and state.step in ANSWERS:
        texts = ANSWERS[state.step]
        return follow(state, said(state, texts[number % len(texts)], here))
    if kind == "go":
        steps = list(ANSWERS)
        return go(state, steps[number % len(steps)]) or state
    return state


def buttons_of(reply: Reply) -> list[str]:
    return [encode(one.action) for row in reply.buttons for one in row]


@given(walks(), st.sampled_from([None, "Europe/London"]))
@settings(max_examples=400, deadline=None)
def test_no_state_is_a_dead_end(walk: list[tuple[str, int]], zone: str | None) -> None:
    """From wherever a walk leads, giving valid answers leads to the preview and to a plan."""
    state = begin(zone)
    for move in walk:
        state = step_on(state, move)
        shown = questions.question(state, scene(), 2**31)
        assert "{" not in shown.plain
        data = buttons_of(shown)
        assert all(decode(one) is not None for one in data)
        assert any(one.endswith(":cancel") for one in data)
        assert any(one.endswith(":back") for one in data) == bool(state.trail)
        assert from_json(json.loads(json.dumps(to_json(state)))) == state
    for _ in range(40):
        if state.step == "confirm":
            break
        choices = [c for c in offered(state, scene()) if c.code != "last"]
        state = (
            follow(state, tapped(state, choices[0].code, scene()) or Unusable("empty"))
            if choices
            else type_in(state, ANSWERS[state.step][0])
        )
    assert state.step == "confirm"
    assert isinstance(tapped(state, "yes", scene()), Agreed)
    assert state.draft.plan().status == "active"


@given(walks(), taps)
@settings(max_examples=400, deadline=None)
def test_back_then_the_same_answer_returns(walk: list[tuple[str, int]], number: int) -> None:
    state = begin(None)
    for move in walk:
        state = step_on(state, move)
    if state.step == "confirm":
        there = go(state, "at")
        assert there is not None
        assert back(there) == state
        return
    texts = ANSWERS[state.step]
    outcome = said(state, texts[number % len(texts)], scene())
    if isinstance(outcome, Moved) and state.step != outcome.state.step:
        forward = outcome.state
        returned = back(forward)
        if forward.step == "confirm" and state.before is not None:
            return  # a change from the preview is taken back as a whole
        assert returned.step == state.step
        assert returned.trail == state.trail
        again = said(returned, texts[number % len(texts)], scene())
        assert isinstance(again, Moved)
        assert again.state == forward


@given(st.text(max_size=60), st.sampled_from(sorted(ANSWERS)))
@settings(max_examples=400, deadline=None)
def test_nothing_typed_breaks_a_step(text: str, step: str) -> None:
    state = Setup(step=step, draft=Draft({"phase": "loading", "often": "2_days", "first": "2026-05-05"}))  # type: ignore[arg-type]
    assert isinstance(said(state, text, scene()), Moved | Which | Unusable | Overdue | Agreed)


@given(st.text(alphabet="abcdefgh0123456789_.-+? ", max_size=30), st.sampled_from([*ANSWERS, "confirm"]))
@settings(max_examples=400, deadline=None)
def test_a_forged_button_is_none_or_a_valid_answer(code: str, step: str) -> None:
    state = Setup(step=step, draft=Draft({"phase": "loading", "often": "2_days", "first": "2026-05-05"}))  # type: ignore[arg-type]
    outcome = tapped(state, code, scene())
    if isinstance(outcome, Moved):
        questions.question(outcome.state, scene(), 1)


@pytest.mark.parametrize("ends", [AfterInjections(6), UntilDate(date(2026, 6, 1)), Open()])
def test_the_preview_shows_the_two_numbers_and_five_dates(ends: object) -> None:
    words = {AfterInjections: "6 injections", UntilDate: "until 1 June 2026", Open: "until my clinic says"}[type(ends)]
    state = through(*LONDON, "1 mg", "home", "loading", "every 2 days", "tomorrow", words, "8 weeks", "actual", "9 am")
    shown = questions.question(state, scene(), 5)
    assert "1. Dose: 1 mg (1,000 micrograms)" in shown.text
    assert "2. How often: every 2 days" in shown.text
    assert "every 8 weeks" in shown.text
    dates = [line for line in shown.text.splitlines() if line.startswith("• ")]
    assert dates == ["• Tue 5 May", "• Thu 7 May", "• Sat 9 May", "• Mon 11 May", "• Wed 13 May"]


@pytest.mark.parametrize("answer", ["My clinic has not said", "I don't know", "they haven't said"])
def test_nobody_is_stuck_whose_clinic_has_not_said_what_a_late_one_means(answer: str) -> None:
    start = through(*LONDON, "1000mcg", "at the clinic", "maintenance", "every 8 weeks", "next Monday")
    assert start.step == "count"
    made = through(answer, "9am", start=start).draft.plan()
    assert made.count_from == "fixed"  # the bot moves nothing by itself
