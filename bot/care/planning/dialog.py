"""The set-up as a conversation: its state in the database, questions asked in the middle of it, and saving the plan.

Invariant: a step is taken only from the version that was read; an update that is handed in twice is answered twice and
counted once; whatever cannot be understood leaves the state where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bot.care.asking import Asked
from bot.care.planning import keeping, questions
from bot.care.planning.codes import zone_code
from bot.care.planning.draft import draft_of
from bot.care.planning.keeping import Kept
from bot.care.planning.saving import save
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
    said,
    tapped,
    to_json,
)
from bot.care.planning.steps import Choice, Scene, heard_as, words
from bot.care.planning.wording import say_date
from bot.care.reader import Reader
from bot.care.reply import Reply, button
from bot.clock import Clock
from bot.plans.cities import Cities
from bot.plans.reading import Choose, Read
from bot.plans.zone_reading import zone_at
from bot.records import dialogs
from bot.records.database import Database
from bot.records.dialogs import Dialog
from bot.records.people import Person
from bot.records.stale import StaleError
from bot.understanding.verdict import Verdict

STEP: Final = "setup"
"""What the dialog's row is called while a set-up is under way."""

_VAGUE: Final = frozenset({"empty", "not_understood", "no_number", "place_unknown", "day_missing", "too_long"})
"""Refusals that may as well mean "this was a question"."""

_TRIES: Final = 3


class Answers(Protocol):
    """What answers a question asked in the middle of the set-up (bot.care.asking)."""

    def reply_to(self, text: str, verdict: Verdict, reader: Reader) -> Asked: ...


@dataclass(frozen=True)
class Tapped:
    """What becomes of a tap: the message turned into `reply`, or only a short note."""

    reply: Reply | None = None
    note: str | None = None


class SettingUp:
    """Leads people through the set-up of a plan, and through changes of one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        asking: Answers,
        default_zone: str,
        load_cities: Callable[[], Cities] = Cities.load,
    ) -> None:
        self._database = database
        self._clock = clock
        self._asking = asking
        self._default_zone = default_zone
        self._load_cities = load_cities
        self._cities: Cities | None = None

    async def start(self, person: Person, reader: Reader, *, afresh: bool = False) -> Reply:
        """A new set-up; one that was left in the middle is carried on with, unless `afresh`."""
        now = self._clock.now()
        async with self._database.write() as connection:
            found = await dialogs.find(connection, person.chat_id)
            state = _state(found)
            if found is None or state is None or afresh or not questions.unfinished(state.draft):
                count = len(await keeping.of_person(connection, person))
                if count >= keeping.MOST_PLANS:
                    return Reply(reader.say("setup.too_many", count=count))
                state = begin(person.zone)
                found = await dialogs.begin(connection, person.chat_id, STEP, to_json(state), now)
                return questions.question(state, self._scene(person, reader), found.version)
        scene = await self._scene_for(state, person, reader)
        again = button(reader.say("setup.start_again"), questions.KIND, str(found.version), "afresh")
        asked = questions.question(state, scene, found.version).with_buttons((again,))
        return questions.above(reader.say("setup.carry_on"), asked)

    async def edit(self, person: Person, reader: Reader, kept: Kept) -> Reply:
        """The change of a plan, from its preview."""
        now = self._clock.now()
        state = change(draft_of(kept.plan, now), kept.id, kept.revision)
        scene = await self._scene_for(state, person, reader)
        async with self._database.write() as connection:
            found = await dialogs.begin(connection, person.chat_id, STEP, to_json(state), now)
        if state.step == "confirm":
            return questions.to_change(state, scene, found.version)
        return questions.question(state, scene, found.version)

    async def cancel(self, person: Person, reader: Reader) -> Reply:
        """Leave whatever set-up is under way."""
        found = await self._find(person)
        state = _state(found)
        if found is None or state is None:
            return Reply(reader.say("setup.nothing_to_cancel"))
        try:
            return await self._cancel(found, state, reader)
        except StaleError:
            return Reply(reader.say("setup.moved_on"))

    async def typed(
        self, person: Person, reader: Reader, text: str, verdict: Verdict, update_id: int
    ) -> list[Reply] | None:
        """A text that was screened; None when no set-up is waiting for one."""
        for _ in range(_TRIES):
            found = await self._find(person)
            state = _state(found)
            if found is None or state is None:
                return None
            scene = await self._scene_for(state, person, reader)
            if found.payload.get("seen") == update_id:
                return [questions.question(state, scene, found.version)]
            word = " ".join(text.casefold().strip(" .!").split())
            try:
                if word in heard_as(reader, "cancel"):
                    return [await self._cancel(found, state, reader)]
                if word in heard_as(reader, "back"):
                    return [await self._move(person, found, back(state), scene, update_id)]
                return await self._answered(person, found, state, scene, text, verdict, update_id)
            except StaleError:
                continue
        return [Reply(reader.say("setup.moved_on"))]

    async def located(
        self, person: Person, reader: Reader, latitude: float, longitude: float, update_id: int
    ) -> Reply | None:
        """A shared location; None when no set-up asks for the town."""
        found = await self._find(person)
        state = _state(found)
        if found is None or state is None or state.step != "zone":
            return None
        scene = await self._scene_for(state, person, reader)
        match zone_at(latitude, longitude, scene.cities):
            case Read(where):
                outcome = tapped(state, zone_code(where.zone), scene)
            case Choose(places, asked):
                zones = [zone_code(where.zone) for where in places]
                outcome = Which(tuple(Choice(words("zone", zone, state.draft, scene), zone) for zone in zones), asked)
            case _:
                outcome = None
        if outcome is None:
            refused = questions.refusal(reader, "place_unknown")
            return questions.above(refused, questions.question(state, scene, found.version))
        try:
            return await self._take(person, found, outcome, scene, update_id)
        except StaleError:
            return Reply(reader.say("setup.moved_on"))

    async def pressed(self, person: Person, reader: Reader, args: tuple[str, ...], update_id: int) -> Tapped:
        """A button of the set-up."""
        found = await self._find(person)
        state = _state(found)
        if found is None or state is None:
            return Tapped(note=reader.say("button.old"))
        scene = await self._scene_for(state, person, reader)
        if found.payload.get("seen") == update_id:
            return Tapped(questions.question(state, scene, found.version))
        version, verb, code = (*args, "", "", "")[:3]
        if version != str(found.version):
            return Tapped(note=reader.say("setup.moved_on"))
        try:
            match verb:
                case "a":
                    outcome = tapped(state, code, scene)
                    reply = await self._take(person, found, outcome, scene, update_id) if outcome else None
                case "back":
                    reply = await self._move(person, found, back(state), scene, update_id)
                case "go":
                    moved = go(state, code)
                    reply = await self._move(person, found, moved, scene, update_id) if moved else None
                case "cancel":
                    reply = await self._cancel(found, state, reader)
                case "afresh":
                    reply = await self.start(person, reader, afresh=True)
                case "change" if state.step == "confirm":
                    reply = questions.to_change(state, scene, found.version)
                case "again":
                    reply = questions.question(state, scene, found.version)
                case "unsure" if state.step in ("dose", "phase"):
                    told = reader.say(f"setup.unsure_{state.step}")
                    reply = questions.above(told, questions.question(state, scene, found.version))
                case _:
                    reply = None
        except StaleError:
            return Tapped(note=reader.say("setup.moved_on"))
        return Tapped(reply) if reply else Tapped(note=reader.say("button.old"))

    async def _answered(
        self,
        person: Person,
        found: Dialog,
        state: Setup,
        scene: Scene,
        text: str,
        verdict: Verdict,
        update_id: int,
    ) -> list[Reply]:
        outcome = said(state, text, scene)
        vague = isinstance(outcome, Unusable) and outcome.reason in _VAGUE
        free = state.step in ("label", "product_name")
        if vague or "?" in text or (free and len(text.split()) > 3):
            asked = self._asking.reply_to(text, verdict, scene.reader)
            if asked.action == "answer" or (asked.action == "choose" and "?" in text):
                return [*asked.replies, questions.question(state, scene, found.version)]
        return [await self._take(person, found, outcome, scene, update_id)]

    async def _take(self, person: Person, found: Dialog, outcome: Outcome, scene: Scene, update_id: int) -> Reply:
        match outcome:
            case Moved(state):
                reply = await self._move(person, found, state, scene, update_id)
                return questions.above(questions.noted(scene.reader, outcome), reply)
            case Overdue(state, day):
                reply = await self._move(person, found, state, scene, update_id)
                return questions.above(scene.reader.say("setup.overdue", date=say_date(scene.reader, day)), reply)
            case Agreed(state):
                return await self._save(person, found, state, scene)
            case Which():
                return questions.which(_state(found) or Setup(), scene, found.version, outcome)
            case Unusable(reason):
                asked = questions.question(_state(found) or Setup(), scene, found.version)
                return questions.above(questions.refusal(scene.reader, reason), asked)

    async def _move(self, person: Person, found: Dialog, state: Setup, scene: Scene, update_id: int) -> Reply:
        payload = {**to_json(state), "seen": update_id}
        async with self._database.write() as connection:
            stored = await dialogs.advance(connection, found, STEP, payload, self._clock.now())
        scene = await self._scene_for(state, person, scene.reader)
        return questions.question(state, scene, stored.version)

    async def _cancel(self, found: Dialog, state: Setup, reader: Reader) -> Reply:
        async with self._database.write() as connection:
            await dialogs.end(connection, found)
        return Reply(reader.say("setup.cancelled_change" if state.editing else "setup.cancelled"))

    async def _save(self, person: Person, found: Dialog, state: Setup, scene: Scene) -> Reply:
        """Keep the plan and end the dialog, both or neither."""
        async with self._database.write() as connection:
            await dialogs.end(connection, found)
            return await save(connection, person, state, scene)

    async def _find(self, person: Person) -> Dialog | None:
        async with self._database.glance() as connection:
            return await dialogs.find(connection, person.chat_id)

    def _scene(self, person: Person, reader: Reader) -> Scene:
        return Scene(reader, self._clock.now(), person.zone or self._default_zone, self._cities)

    async def _scene_for(self, state: Setup, person: Person, reader: Reader) -> Scene:
        """The scene, with the towns of the world when the step asks for one."""
        if state.step == "zone" and self._cities is None:
            self._cities = await asyncio.to_thread(self._load_cities)
        return self._scene(person, reader)


def _state(found: Dialog | None) -> Setup | None:
    return from_json(found.payload) if found is not None and found.step == STEP else None
