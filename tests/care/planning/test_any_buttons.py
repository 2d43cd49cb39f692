"""Any button at any time: old ones, days later, in any order. Nothing breaks and nothing doubles."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from bot.care.planning import keeping
from bot.care.planning.desk import Tapped
from bot.care.planning.keeping import SLOTS, Kept
from bot.care.planning.plan_view import KIND
from bot.care.planning.questions import KIND as SETUP
from bot.care.planning.reminder import reminder
from bot.care.reply import Action, Reply
from bot.chat.codec import decode, encode
from bot.chat.plan_buttons import KINDS, decide
from bot.plans.agenda import next_slot
from bot.plans.cadence import Every, OnWeekdays
from bot.plans.plan import AfterInjections, Loading, Open, Plan, UntilDate
from bot.understanding.verdict import NOTHING
from tests.care.planning.test_recording import GB, Ward, ward
from tests.plans.making import plan

__all__ = ["ward"]

PLANS = [
    plan(place="home"),
    plan(loading=Loading(Every(2, "days"), AfterInjections(3)), maintenance=Every(1, "weeks")),
    plan(loading=Loading(Every(1, "days"), UntilDate(date(2026, 5, 9))), maintenance=Every(10, "days")),
    plan(loading=Loading(OnWeekdays((0, 3)), Open()), maintenance=Every(2, "weeks"), count_from="fixed"),
    plan(maintenance=Every(4, "weeks"), count_from="fixed", label="Mum"),
    plan(loading=Loading(Every(3, "days"), AfterInjections(2))),
]
TEXTS = ["yesterday", "next Monday", "1 June", "9am", "1 mg", "back", "every 3 weeks", "for me", "?", "cancel"]


def shown_in(payload: Any) -> list[Action]:
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return [action for row in rows for one in row if (action := decode(one["callback_data"])) is not None]


def buttons(reply: Reply | None) -> list[Action]:
    return [one.action for row in reply.buttons for one in row] if reply else []


async def tap(ward: Ward, action: Action, number: int) -> Tapped | None:
    match action.kind:
        case kind if kind in KINDS:
            return await decide(ward.planning, ward.person, GB, action, number)
        case kind if kind == KIND:
            plan_id, verb, argument = (*action.args, "", "", "")[:3]
            return await ward.planning.changing.press(ward.person, GB, plan_id, verb, argument)
        case kind if kind == SETUP:
            found = await ward.planning.setting_up.pressed(ward.person, GB, action.args, number)
            return Tapped(found.reply, found.note)
        case _:
            return None


async def sound(ward: Ward) -> Kept:
    """What must hold whatever was tapped."""
    kept = await ward.kept()
    given = Counter(one.slot_date for one in await ward.injections() if one.slot_date is not None)
    assert max(given.values(), default=1) == 1
    async with ward.database.read() as connection:
        all_of_them = await keeping.of_person(connection, ward.person, ended=True)
    for one in all_of_them:
        comes = next_slot(one.plan, ward.clock.now())
        if one.plan.status == "active":
            assert comes is None or one.row.next_due_at is not None
        else:
            assert one.row.next_due_at is None
    waiting = [
        row for row in await ward.rows() if row.state == "pending" and row.slot in SLOTS and row.kind != "snooze"
    ]
    for row in waiting:
        settled = next(one.plan.settled for one in all_of_them if one.id == row.plan_id)
        assert row.local_date is not None
        assert settled is None or row.local_date > settled, row.dedupe_key
    return kept


@pytest.mark.parametrize("seed", range(6))
async def test_any_button_at_any_time(ward: Ward, seed: int) -> None:
    choose = random.Random(seed)
    first: Plan = PLANS[seed % len(PLANS)]
    await ward.begin(first)
    known: list[Action] = []
    kept = await ward.kept()
    for kind in ("prepare", "main", "overdue"):
        known += buttons(reminder(GB, kept.plan, kept.id, kind, first.anchor))
    for reply in await ward.planning.changing.show(ward.person, GB):
        known += buttons(reply)
    for number in range(120):
        if choose.random() < 0.2:
            ward.clock.advance(timedelta(hours=choose.choice([1, 5, 24, 70])))
            for row in await ward.plan_ahead():
                known += shown_in(row.payload)
        if choose.random() < 0.1:
            typed = await ward.planning.setting_up.typed(
                ward.person, GB, choose.choice(TEXTS), NOTHING, 10_000 + number
            )
            known += [action for reply in typed or [] for action in buttons(reply)]
            dated = await ward.planning.dates.typed(ward.person, GB, choose.choice(TEXTS))
            known += buttons(dated.reply) if dated else []
        recent = known[-25:] if choose.random() < 0.7 else known
        action = choose.choice(recent)
        assert decode(encode(action)) == action
        found = await tap(ward, action, number)
        if found is None:
            continue
        assert found.reply is not None or found.note, action
        if found.reply is not None:
            assert "{" not in found.reply.plain
            assert found.reply.buttons or action.kind == SETUP, (action, found.reply)
        known += buttons(found.reply)
        if number % 10 == 0:
            await sound(ward)
    await sound(ward)
