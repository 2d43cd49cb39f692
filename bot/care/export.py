"""Everything held about a person: for a computer as JSON, for people as a document.

Invariant: the JSON has every row that names the person or their chat, which is also what /forget deletes; the document
shows the parts a person knows in their own words, the rest as it is stored, and says where it leaves something out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from typing import Final

from bot.care.document import Document, Grid, Pairs
from bot.care.moments import local, locale_of
from bot.care.planning import keeping as plan_keeping
from bot.care.planning.keeping import Kept
from bot.care.planning.wording import say_date, say_dose, say_often, say_product, say_time, say_zone
from bot.care.reader import Reader
from bot.care.sign_words import sign_words
from bot.records import alerts, diary, injections, keeping
from bot.records.alerts import Alert
from bot.records.database import Connection
from bot.records.diary import DiaryEntry
from bot.records.injections import Injection
from bot.records.people import Person
from bot.records.types import JsonObject

FORMAT: Final = "b12bot-export"
VERSION: Final = 1
_ALL: Final = 100_000
_SHOWN: Final = 300
_SOME: Final = 10
"""Rows of a table nobody knows by name; the file for computers has every one."""
_LEADING_PICTURE: Final = re.compile(r"^\W+")
_TAG: Final = re.compile(r"</?[a-z]+>")
_TOLD: Final = frozenset({"people", "plans", "injections", "diary", "alerts", "outbox"})
_SENT: Final = {
    "sent": "sent",
    "failed": "not_sent",
    "expired": "not_sent",
    "cancelled": "not_sent",
    "unsure": "unknown",
}


@dataclass(frozen=True)
class Held:
    """What was read about a person, at one moment."""

    person: Person
    at: datetime
    tables: Mapping[str, list[JsonObject]]
    plans: list[Kept]
    injections: list[Injection]
    diary: list[DiaryEntry]
    alerts: list[Alert]


async def read(connection: Connection, person: Person, now: datetime) -> Held:
    """Read everything in one transaction."""
    return Held(
        person,
        now,
        await keeping.everything_about(connection, person),
        await plan_keeping.of_person(connection, person, ended=True),
        await injections.of_person(connection, person.id, limit=_ALL),
        await diary.of_person(connection, person.id, limit=_ALL),
        await alerts.of_person(connection, person.id),
    )


def as_json(held: Held) -> bytes:
    """All rows by table, for a computer; moments as ISO 8601 in UTC."""
    whole = {"format": FORMAT, "version": VERSION, "made_at": held.at.isoformat(), "held": held.tables}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def as_document(held: Held, reader: Reader, zone: str) -> Document:
    """All of it to read. `zone` is the clinic's, for people who chose none."""
    return _Writer(held, reader, held.person.zone or zone).document()


def _plain(payload: Mapping[str, object]) -> str:
    """A message as it was read, without its marks for bold."""
    text = str(payload.get("text") or "")
    return unescape(_TAG.sub("", text)) if payload.get("parse_mode") == "HTML" else text


class _Writer:
    def __init__(self, held: Held, reader: Reader, zone: str) -> None:
        self._held = held
        self._reader = reader
        self._zone = zone
        self._numbers = {kept.id: str(number) for number, kept in enumerate(held.plans, 1)}

    def document(self) -> Document:
        held = self._held
        made = self._say("made", date=self._day(held.at), time=self._time(held.at), zone=self._zone)
        plans: list[Pairs | Grid] = [self._plan(kept) for kept in held.plans]
        parts: tuple[Pairs | Grid, ...] = (
            self._about(),
            *(plans or [self._grid("plans", (), (), ())]),
            self._injections(),
            self._diary(),
            self._alerts(),
            self._messages(),
            self._rest(),
        )
        language = self._reader.content.language
        say = self._say
        return Document(say("title"), made, say("intro"), parts, say("page"), language, boxes=say("boxes"))

    def _say(self, key: str, **values: object) -> str:
        return self._reader.say(f"export.{key}", **values)

    def _day(self, at: datetime | date) -> str:
        return say_date(self._reader, local(at, self._zone).date() if isinstance(at, datetime) else at)

    def _time(self, at: datetime) -> str:
        return say_time(self._reader, at, self._zone)

    def _moment(self, at: datetime) -> str:
        return f"{self._day(at)}, {self._time(at)}"

    def _pairs(self, heading: str, rows: Iterable[tuple[str, str]]) -> Pairs:
        return Pairs(heading, tuple((self._say(key), value) for key, value in rows))

    def _about(self) -> Pairs:
        person, none = self._held.person, self._say("not_given")
        share = self._reader.say("privacy.share_yes" if person.share_text else "privacy.share_no")
        country = self._reader.numbers.countries.get(person.country or "")
        return self._pairs(
            self._say("about"),
            [
                ("code", person.code),
                ("language", self._language(person.language) if person.language else none),
                ("country", country.name if country is not None else person.country or none),
                ("time_zone", person.zone or none),
                ("since", self._moment(person.started_at)),
                ("last_seen", self._moment(person.last_seen_at)),
                ("share", share),
            ],
        )

    def _language(self, code: str) -> str:
        return locale_of(code).get_language_name(self._reader.sentences) or code

    def _plan(self, kept: Kept) -> Pairs:
        plan, number = kept.plan, self._numbers[kept.id]
        heading = (
            self._say("plan_for", number=number, label=plan.label) if plan.label else self._say("plan", number=number)
        )
        last = self._day(plan.last_given) if plan.last_given is not None else self._say("not_given")
        return self._pairs(
            heading,
            [
                ("product", say_product(self._reader, plan.product)),
                ("dose", say_dose(self._reader, plan.dose)),
                ("often", say_often(self._reader, plan)),
                (
                    "reminder",
                    self._say(
                        "reminder_at", time=say_time(self._reader, plan.at), zone=say_zone(self._reader, plan.zone)
                    ),
                ),
                ("status", self._say(f"status_{plan.status}")),
                ("last_injection", last),
            ],
        )

    def _grid(
        self, heading: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]
    ) -> Grid:
        names = tuple(self._say(column) for column in columns)
        return Grid(self._say(heading), names, tuple(rows), widths, self._say("none"))

    def _injections(self) -> Grid:
        rows = (
            (
                self._day(one.local_date),
                self._numbers.get(one.plan_id, "?"),
                self._day(one.slot_date) if one.slot_date is not None else "–",
                " ".join(part for part in (one.side, one.site) if part) or "–",
            )
            for one in self._held.injections
        )
        return self._grid("injections", ("date", "plan_column", "planned_for", "site"), rows, (30, 12, 30, 28))

    def _diary(self) -> Grid:
        rows = ((self._moment(one.at), self._felt(one)) for one in self._held.diary)
        return self._grid("diary", ("date", "answer"), rows, (35, 65))

    def _felt(self, entry: DiaryEntry) -> str:
        answer = entry.value.get("answer") if isinstance(entry.value, Mapping) else None
        key = f"check_in.answer_{answer}"
        if key in self._reader.content.messages:
            return _LEADING_PICTURE.sub("", self._reader.say(key))
        return json.dumps(entry.value, ensure_ascii=False)

    def _alerts(self) -> Grid:
        rows = (
            (
                self._moment(one.opened_at),
                f"{sign_words(self._reader, one.sign, one.level)} ({self._level(one.level)})",
                self._say(f"state_{one.state}"),
                one.text or self._say("words_kept_out"),
            )
            for one in self._held.alerts
        )
        return self._grid("warnings", ("date", "sign", "state", "words"), rows, (26, 28, 16, 30))

    def _level(self, level: str) -> str:
        key = f"level_{level}"
        return self._say(key if f"export.{key}" in self._reader.content.messages else "level_other")

    def _messages(self) -> Grid:
        rows = []
        for row in self._held.tables.get("outbox", []):
            if row["chat_id"] != self._held.person.chat_id:
                continue  # what went to the care team stands under the warnings
            state = self._say(_SENT.get(str(row["state"]), "waiting"))
            at = datetime.fromisoformat(str(row["settled_at"] or row["not_before"]))
            payload = row["payload"]
            text = _plain(payload) if isinstance(payload, Mapping) else ""
            text = text or str(row["kind"])
            rows.append((self._moment(at), text if len(text) <= _SHOWN else text[:_SHOWN] + " …", state))
        return self._grid("messages", ("date", "message", "state"), rows, (26, 58, 16))

    def _rest(self) -> Pairs:
        """Rows of tables nobody knows by name; of a long table some, and how many more there are."""
        rows: list[tuple[str, str]] = []
        for table, found in self._held.tables.items():
            if table in _TOLD or not found:
                continue
            for row in found[:_SOME]:
                shown = "; ".join(f"{key} {value}" for key, value in row.items() if value is not None and value != {})
                rows.append((table.replace("_", " "), shown))
            if len(found) > _SOME:
                rows.append((table.replace("_", " "), self._say("more_rows", count=len(found) - _SOME)))
        return Pairs(self._say("rest"), tuple(rows), self._say("rest_intro"))
