"""The safety services on a database of the test's own, without a network: what they wrote is read from the outbox."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.care.reader import Clinic, Reader, Readers
from bot.clock import FixedClock
from bot.knowledge.content import Library
from bot.knowledge.loading import load_library
from bot.records import alerts, claims, injections, outbox, people, plans
from bot.records.alerts import Alert
from bot.records.database import Database
from bot.records.injections import Injection
from bot.records.outbox import Delivery
from bot.records.people import Person
from bot.records.tables import outbox as table
from bot.settings import CONTENT_DIR, Settings, read_settings
from bot.understanding.verdict import Verdict
from bot.wiring.caring import Caring, build_caring

TEAM, BACKUP, PATIENT = -42, -43, 7
THROAT = Verdict("emergency", "throat", "allergy", "emergency_allergy", ("en: throat: my throat",))
RASH = Verdict("urgent", "widespread_rash", "rash", "itch_rash")


@functools.cache
def library() -> Library:
    return load_library(CONTENT_DIR, CONTENT_DIR, "en")


def settings_of(**more: Any) -> Settings:
    values: dict[str, object] = {
        "care_team_chat_id": TEAM, "care_team_backup_chat_id": BACKUP, "clinic_name": "Riverside",
        "clinic_phone": "0123", "default_timezone": "Europe/London",
    }  # fmt: skip
    return read_settings(_env_file=None, **(values | more))


@dataclass
class Ward:
    """A clinic with one patient."""

    database: Database
    clock: FixedClock
    caring: Caring
    readers: Readers

    async def person(self, chat_id: int = PATIENT, **changes: Any) -> Person:
        """The patient, who shares their words unless told otherwise."""
        async with self.database.write() as connection:
            person = await people.arrive(connection, chat_id, self.clock.now())
            wanted: dict[str, Any] = {"share_text": True, "country": "GB"} | changes
            return await people.save(connection, replace(person, **wanted))

    def reader(self, person: Person) -> Reader:
        return self.readers.reader(person.language, person.country)

    async def raise_alert(self, person: Person, verdict: Verdict = THROAT, text: str | None = "my throat") -> str:
        return await self.caring.escalations.raise_alert(person, self.reader(person), verdict, text)

    async def alerts(self, person: Person) -> list[Alert]:
        async with self.database.read() as connection:
            return await alerts.of_person(connection, person.id)

    async def newest(self, person: Person) -> int:
        """The id of the newest alert."""
        return (await self.alerts(person))[0].id

    async def written(self) -> list[Delivery]:
        """Everything in the outbox, oldest first."""
        async with self.database.read() as connection:
            rows = await connection.execute(table.select().order_by(table.c.id))
            return [outbox.delivery(row) for row in rows.mappings()]

    async def said(self, chat_id: int, since: int = 0) -> list[str]:
        """What was written to a chat, from row `since` on."""
        return [str(row.payload["text"]) for row in (await self.written())[since:] if row.chat_id == chat_id]

    async def send_all(self, *, fail: int | None = None) -> None:
        """Stand in for delivery: everything due is sent at once; to the chat `fail` it is refused."""
        token = "t" * 32
        for _ in range(20):
            async with self.database.write() as connection:
                rows = await claims.claim(
                    connection, limit=50, token=token, lease_seconds=60, now=self.clock.now(),
                    database_now=datetime(2099, 1, 1, tzinfo=self.clock.now().tzinfo),
                )  # fmt: skip
                await claims.start(connection, [row.id for row in rows], token, 60)
                lost = [row for row in rows if row.chat_id == fail]
                now = self.clock.now()
                await claims.settle_failed(connection, [claims.Settled(row, "Forbidden") for row in lost], token, now)
                sent = [claims.Sent(row, 1000 + row.id) for row in rows if row.chat_id != fail]
                await claims.settle_sent(connection, sent, token, now)
            if not rows:
                return

    async def tick(self, minutes: float = 0.0, **how: Any) -> int:
        """Let time pass, everything be sent, and the alerts take their steps."""
        self.clock.advance(timedelta(minutes=minutes))
        taken = await self.caring.steps.advance_alerts(self.clock.now())
        await self.send_all(**how)
        return taken

    async def inject(self, person: Person, at: datetime | None = None, *, phase: str = "maintenance") -> Injection:
        """Record an injection with its check-ins; the person's only plan is made when there is none."""
        now = self.clock.now()
        async with self.database.write() as connection:
            found = await plans.of_person(connection, person.id)
            plan = found[0] if found else await plans.create(
                connection, person.id, prescription={"dose": "1 mg"}, phase=phase, next_due_at=None, now=now
            )  # fmt: skip
            injection, _ = await injections.record(
                connection, plan_id=plan.id, person_id=person.id, local_date=(at or now).date(), at=at or now,
                slot_date=None, source="button", now=now,
            )  # fmt: skip
            await self.caring.after_injection.schedule_check_ins(connection, person, injection)
        return injection


def ward(database: Database, clock: FixedClock, **settings: Any) -> Ward:
    """A clinic; `settings` change those of `settings_of`."""
    made = settings_of(**settings)
    readers = Readers(library(), Clinic(made.clinic_name, made.clinic_phone, made.emergency_number))
    return Ward(database, clock, build_caring(made, clock, database, library(), readers), readers)
