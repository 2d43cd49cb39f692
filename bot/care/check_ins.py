"""Asking after an injection, and what follows from an answer.

Invariant: the questions are planned with the injection, in its transaction, and go when it is taken back; a dangerous
answer shows its card every time it is given, also on an old message; the first answer is the one that is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog

from bot.care import check_in_words
from bot.care.alert_post import Render
from bot.care.check_in_times import Asking, askings
from bot.care.diary import Diary, Felt
from bot.care.escalation import Escalations
from bot.care.reader import Reader, Readers
from bot.care.reply import Reply
from bot.care.trend import worsening
from bot.clock import Clock
from bot.knowledge.check_ins import CheckIns
from bot.records import check_ins, injections, outbox, people, plans
from bot.records.check_ins import CheckIn
from bot.records.database import Connection, Database
from bot.records.injections import Injection
from bot.records.outbox import NewDelivery, Priority
from bot.records.people import Person
from bot.records.plans import Plan
from bot.records.types import JsonObject
from bot.understanding.verdict import Verdict

_log = structlog.get_logger(__name__)
_AGAIN = ":again"
_COUNTED = 400


@dataclass(frozen=True)
class Answered:
    """What the question's message turns into, and the card that follows, if one does."""

    said: Reply
    card: Reply | None = None


@dataclass(frozen=True)
class AfterInjection:
    """The check-ins. `rules` None (a content folder without them): nothing is asked.

    `zone` is the clinic's, for people who chose none; `care_team` says whether there is one, with a list.
    """

    database: Database
    clock: Clock
    rules: CheckIns | None
    readers: Readers
    render: Render
    escalations: Escalations
    diary: Diary
    zone: str
    care_team: bool

    async def schedule_check_ins(self, connection: Connection, person: Person, injection: Injection) -> int:
        """Plan the questions after an injection, in the transaction that records it; gives how many.

        Doing it twice plans them once.
        """
        if self.rules is None:
            return 0
        now = self.clock.now()
        number = await self._number(connection, injection)
        plan = await plans.get(connection, injection.plan_id)
        planned = askings(self.rules, injection.at, number, now, self._zone_of(plan, person))
        rows: list[NewDelivery] = []
        for asking in planned:
            row = await check_ins.plan(
                connection, injection_id=injection.id, person_id=person.id, kind=asking.kind, due_at=asking.due_at
            )
            rows += self._questions(self.rules, person, row, asking, plan.label if plan is not None else None)
        await outbox.add(connection, rows, now)
        return len(planned)

    async def cancel_check_ins(self, connection: Connection, injection_id: int) -> int:
        """Ask nothing more about an injection; call it before the injection is removed. Gives how many were waiting."""
        return await check_ins.cancel_messages(connection, _key(injection_id), self.clock.now())

    async def answer(self, person: Person, reader: Reader, check_in_id: int, answer_id: str) -> Answered | None:
        """Take an answer; None when there is no such question of this person's, or no such answer."""
        rules = self.rules
        given = None if rules is None else rules.answer(answer_id)
        if rules is None or given is None:
            return None
        now = self.clock.now()
        async with self.database.write() as connection:
            asked = await check_ins.get(connection, check_in_id)
            if asked is None or asked.person_id != person.id:
                return None
            current = await people.get(connection, person.id) or person
            await check_ins.answer(connection, asked.id, given.id, now)
            await check_ins.cancel_messages(connection, f"{_key(asked.injection_id)}{asked.kind}{_AGAIN}", now)
            noted = await self.diary.note(connection, current, asked.kind, Felt(asked.id, given.id, given.score), now)
            injection = await injections.get(connection, asked.injection_id)
            said, verdict = f"said_{given.id}", check_in_words.meaning(given, injection, now)
            if verdict is None and noted and await self._got_worse(connection, rules, current, now):
                said, verdict = "said_trend", Verdict("urgent", sign="trend", card=rules.trend.card)
            card = None
            if verdict is not None:
                watching = await self.escalations.raise_in(
                    connection, current, reader, verdict, None, source="trend" if said == "said_trend" else "check_in"
                )
                card = check_in_words.card(reader, verdict, watching)
        words = check_in_words.answered(rules, reader, asked, given, said, carded=card is not None)
        return Answered(words, card)

    def card(self, reader: Reader, answer_id: str) -> Reply | None:
        """The card of a dangerous answer that cannot be written down just now; None for any other answer."""
        given = None if self.rules is None else self.rules.answer(answer_id)
        verdict = None if given is None else check_in_words.meaning(given, None, self.clock.now())
        if verdict is None:
            return None
        return check_in_words.card(reader, verdict, reader.say(f"alert.unreachable_{verdict.level}"))

    async def advance_check_ins(self, now: datetime) -> int:
        """Let go of questions that stayed without an answer; gives how many came on the care team's list.

        Any number of workers may call it: each question is let go once.
        """
        listed = 0
        for moment in self.rules.moments if self.rules is not None else ():
            if moment.list_after_minutes is None:
                continue
            before = now - timedelta(minutes=moment.list_after_minutes)
            async with self.database.read() as connection:
                silent = await check_ins.silent(connection, kind=moment.kind, before=before)
            for one in silent:
                async with self.database.write() as connection:
                    listed += await self._let_go(connection, one)
        return listed

    async def _let_go(self, connection: Connection, silent: CheckIn) -> bool:
        injection = await injections.get(connection, silent.injection_id)
        person = await people.get(connection, silent.person_id)
        if injection is None or person is None:
            return False
        listed = self.care_team and await self._number(connection, injection) == 1
        if not await check_ins.let_go(connection, silent.id, "listed" if listed else "no_answer"):
            return False
        if listed:
            await self.escalations.open_in(connection, person, "list", "no_answer", None, "silence")
            _log.info("check_in_unanswered", check_in=silent.id)
        return listed

    async def _number(self, connection: Connection, injection: Injection) -> int:
        """The how-manieth recorded injection of its plan this is."""
        found = await injections.of_plan(connection, injection.plan_id, limit=_COUNTED)
        return sum((one.at, one.id) <= (injection.at, injection.id) for one in found) or 1

    def _zone_of(self, plan: Plan | None, person: Person) -> str:
        """The plan's own zone, which follows its person when they move."""
        zone = plan.prescription.get("zone") if plan is not None else None
        return zone if isinstance(zone, str) else person.zone or self.zone

    async def _got_worse(self, connection: Connection, rules: CheckIns, person: Person, now: datetime) -> bool:
        scores = await self.diary.scores(connection, person, now, rules.trend.within_days)
        return worsening(scores, rules.trend.rises)

    def _questions(
        self, rules: CheckIns, person: Person, row: CheckIn, asking: Asking, label: str | None
    ) -> list[NewDelivery]:
        reader = self.readers.reader(person.language, person.country)
        found = [self._row(person, row, check_in_words.question(rules, reader, row, label), asking.due_at, asking, "")]
        if asking.again_at is not None:
            again = check_in_words.question_again(rules, reader, row, label, listed=self.care_team)
            found.append(self._row(person, row, again, asking.again_at, asking, _AGAIN))
        return found

    def _row(
        self, person: Person, row: CheckIn, reply: Reply, not_before: datetime, asking: Asking, suffix: str
    ) -> NewDelivery:
        [payload] = self.render(reply)[-1:]
        return NewDelivery(
            dedupe_key=f"{_key(row.injection_id)}{row.kind}{suffix}", kind="check_in", policy="again",
            priority=Priority.ANSWER, chat_id=person.chat_id, payload=cast(JsonObject, payload), not_before=not_before,
            expires_at=asking.expires_at, person_id=person.id, slot=row.kind,
        )  # fmt: skip


def _key(injection_id: int) -> str:
    return f"check_in:{injection_id}:"
