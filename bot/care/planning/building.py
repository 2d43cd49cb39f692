"""Everything about plans that the chat uses, built together.

Invariant: one Planning for one database; it holds no state of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.care.planning.changing import Changing
from bot.care.planning.date_dialog import DateDialog
from bot.care.planning.desk import CheckIns, Desk
from bot.care.planning.dialog import Answers, SettingUp
from bot.care.planning.moving import Moving
from bot.care.planning.recording import Recording
from bot.care.planning.reminding import Render
from bot.clock import Clock
from bot.plans.cities import Cities
from bot.records.database import Database


@dataclass(frozen=True)
class Planning:
    """Setting up, recording, moving and changing plans."""

    setting_up: SettingUp
    recording: Recording
    moving: Moving
    changing: Changing
    dates: DateDialog


def build_planning(
    database: Database,
    clock: Clock,
    asking: Answers,
    check_ins: CheckIns,
    render: Render,
    default_zone: str,
    load_cities: Callable[[], Cities] = Cities.load,
) -> Planning:
    """`default_zone` is the clinic's, until a person names theirs; the list of towns is read when first asked for."""
    desk = Desk(database, clock, check_ins, render)
    setting_up = SettingUp(database, clock, asking, default_zone, load_cities)
    recording, moving = Recording(desk), Moving(desk)
    changing = Changing(desk, setting_up, recording)
    return Planning(setting_up, recording, moving, changing, DateDialog(desk, recording, moving, changing))
