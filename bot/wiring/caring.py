"""The services around a patient's safety, put together: alerts, the care team's side, check-ins, the diary.

Invariant: the care team's chats, the staffed hours and the clinic's zone are read from the settings here and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.care.advancing import AlertSteps
from bot.care.alert_post import AlertPost
from bot.care.alert_words import AlertWords
from bot.care.attending import CareTeam
from bot.care.check_ins import AfterInjection
from bot.care.contacts import Contacts, contacts_of
from bot.care.diary import Diary
from bot.care.escalation import Escalations
from bot.care.reader import Readers
from bot.care.team_status import CareTeamStatus, care_team_status
from bot.care.thread import Threads
from bot.chat import alert_thread, care_team, check_ins
from bot.chat.rendering import payloads
from bot.chat.services import Feature
from bot.clock import Clock
from bot.delivery.ticks import Tick
from bot.knowledge.content import Library
from bot.records.database import Database
from bot.settings import Settings

#: Seconds between two looks for alerts and questions whose next step is due.
ALERTS_EVERY = 1.0
CHECK_INS_EVERY = 30.0


@dataclass(frozen=True)
class Caring:
    """`before_screen`, `after_screen` and `features` go into chat Services, `ticks` into the Worker."""

    database: Database
    clock: Clock
    contacts: Contacts
    escalations: Escalations
    steps: AlertSteps
    team: CareTeam
    threads: Threads
    after_injection: AfterInjection
    diary: Diary

    @property
    def before_screen(self) -> tuple[Feature, ...]:
        return (care_team.feature(self.team),)

    @property
    def after_screen(self) -> tuple[Feature, ...]:
        return (alert_thread.feature(self.threads),)

    @property
    def features(self) -> tuple[Feature, ...]:
        return (check_ins.feature(self.after_injection, self.diary),)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """What a worker does besides sending: the next steps of alerts, and questions that stayed without an answer."""

        async def advance_alerts() -> int:
            return await self.steps.advance_alerts(self.clock.now())

        async def advance_check_ins() -> int:
            return await self.after_injection.advance_check_ins(self.clock.now())

        return (
            Tick("alerts", ALERTS_EVERY, advance_alerts, progress=lambda: self.steps.alive_at),
            Tick("check_ins", CHECK_INS_EVERY, advance_check_ins),
        )

    async def status(self) -> CareTeamStatus:
        """Whether the care team can be reached, for /readyz and `doctor`."""
        return await care_team_status(self.database, self.clock, self.contacts)


def build_caring(settings: Settings, clock: Clock, database: Database, library: Library, readers: Readers) -> Caring:
    """Build all of it. Raises SettingsError for staffed hours nobody can read."""
    contacts = contacts_of(settings)
    post = AlertPost(payloads, AlertWords(readers.reader(), contacts.zone), contacts, readers)
    escalations = Escalations(database, clock, post)
    diary = Diary(database, contacts.zone)
    rules = library.content(None).check_ins
    after = AfterInjection(
        database, clock, rules, readers, payloads, escalations, diary, contacts.zone, care_team=contacts.configured
    )
    team, threads = CareTeam(database, clock, post), Threads(database, clock, post)
    return Caring(
        database, clock, contacts, escalations, AlertSteps(database, post), team, threads, after, diary
    )  # fmt: skip
