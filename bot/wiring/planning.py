"""People's plans, put together for the chat.

Invariant: check-ins are planned and taken back with the injections they ask about; a typed answer goes to the set-up
before it goes to a button's question about a date.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.care.check_ins import AfterInjection
from bot.care.planning.building import Planning, build_planning
from bot.chat import plan_buttons, plan_commands, plan_setup
from bot.chat.rendering import payloads
from bot.chat.services import Feature, TextRoute
from bot.clock import Clock
from bot.records.database import Database
from bot.settings import Settings
from bot.wiring.mind import Mind


@dataclass(frozen=True)
class Plans:
    """`features` and `text_routes` go into chat Services."""

    planning: Planning

    @property
    def features(self) -> tuple[Feature, ...]:
        return (
            plan_setup.feature(self.planning.setting_up),
            plan_buttons.feature(self.planning),
            plan_commands.feature(self.planning),
        )

    @property
    def text_routes(self) -> tuple[TextRoute, ...]:
        return (plan_setup.text_route(self.planning.setting_up), plan_buttons.text_route(self.planning))


def build_plans(settings: Settings, clock: Clock, database: Database, mind: Mind, check_ins: AfterInjection) -> Plans:
    """Build it all."""
    return Plans(build_planning(database, clock, mind.asking, check_ins, payloads, settings.default_timezone))
