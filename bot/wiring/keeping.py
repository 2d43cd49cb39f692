"""The services around people's data and the care team's overview, put together.

Invariant: how long things are kept is read from the settings here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.care.attending import CareTeam
from bot.care.day_sheet import DaySheets
from bot.care.privacy import Keeping, Privacy
from bot.care.retention import LOOK_EVERY, Retention
from bot.chat import day_sheet, membership, privacy
from bot.chat.services import Feature
from bot.clock import Clock
from bot.delivery.ticks import Tick
from bot.records.database import Database
from bot.settings import Settings


@dataclass(frozen=True)
class Upkeep:
    """`before_screen` and `features` go into chat Services, `ticks` into the Worker."""

    before_screen: tuple[Feature, ...]
    features: tuple[Feature, ...]
    ticks: tuple[Tick, ...]


def build_upkeep(settings: Settings, clock: Clock, database: Database, team: CareTeam) -> Upkeep:
    """Build it all."""
    kept = Keeping(
        settings.retention_days,
        settings.blocked_retention_months,
        bool(settings.encryption_keys),
        settings.default_timezone,
    )
    sheets = DaySheets(database, clock, settings.default_timezone)
    clearing = Retention(
        database,
        clock,
        days=settings.retention_days,
        blocked_months=settings.blocked_retention_months,
        zone=settings.default_timezone,
    )
    return Upkeep(
        before_screen=(day_sheet.feature(sheets, team.knows), membership.feature(database, clock)),
        features=(privacy.feature(Privacy(database, clock, kept)),),
        ticks=(Tick("retention", LOOK_EVERY, clearing.nightly),),
    )
