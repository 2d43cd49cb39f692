"""The people who talk to the bot, one for each private chat.

Invariant: a person's `version` goes up with every change, so that of two changes made from one reading only the first
counts.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, case, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.records.database import Connection
from bot.records.stale import StaleError
from bot.records.statements import insert_into
from bot.records.tables import alert_messages, alerts, chats, dialogs, inbox, outbox, people

# no I, L, O, U, 0, 1: a code is read out over the telephone and must not spell a word
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Person:
    """`code` is the name the clinic knows this person by; `zone` an IANA name.

    `unreachable_at` set while they block the bot.
    """

    id: int
    chat_id: int
    code: str
    language: str | None
    country: str | None
    zone: str | None
    share_text: bool
    started_at: datetime
    unreachable_at: datetime | None
    last_seen_at: datetime
    version: int


def _person(row: RowMapping) -> Person:
    return Person(**{field.name: row[field.name] for field in fields(Person)})


# built once: it is asked for with every update
_IN_CHAT = select(people).where(people.c.chat_id == bindparam("chat"))


def new_code() -> str:
    """A short clinic code such as `K7M-2QF`: 29 to the power of 6 of them."""
    letters = [secrets.choice(_LETTERS) for _ in range(6)]
    return "".join(letters[:3]) + "-" + "".join(letters[3:])


async def find(connection: Connection, chat_id: int) -> Person | None:
    """The person in this chat."""
    row = (await connection.execute(_IN_CHAT, {"chat": chat_id})).mappings().first()
    return None if row is None else _person(row)


async def get(connection: Connection, person_id: int) -> Person | None:
    row = (await connection.execute(select(people).where(people.c.id == person_id))).mappings().first()
    return None if row is None else _person(row)


async def by_code(connection: Connection, code: str) -> Person | None:
    """The person with this clinic code, however it was typed: case, spaces and the dash do not matter."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    wanted = f"{plain[:3]}-{plain[3:]}"
    row = (await connection.execute(select(people).where(people.c.code == wanted))).mappings().first()
    return None if row is None else _person(row)


async def arrive(connection: Connection, chat_id: int, now: datetime) -> Person:
    """The person in this chat, new if they never wrote before. Somebody who writes is reachable again."""
    for _ in range(5):
        statement = insert_into(connection, people).values(
            chat_id=chat_id, code=new_code(), share_text=False, started_at=now, last_seen_at=now, version=1
        )
        seen = statement.on_conflict_do_update(
            index_elements=["chat_id"],
            set_={
                "last_seen_at": now,
                "unreachable_at": None,
                # somebody who has a reading of this row must notice that it came back to life
                "version": people.c.version + case((people.c.unreachable_at.is_not(None), 1), else_=0),
            },
        )
        try:
            async with connection.begin_nested():
                row = (await connection.execute(seen.returning(*people.c))).mappings().one()
        except IntegrityError:  # the code is taken
            continue
        return _person(row)
    raise RuntimeError("no free clinic code found in five tries")


async def save(connection: Connection, person: Person) -> Person:
    """Store what people can change: language, country, zone, share_text. Gives the new version back.

    Raises StaleError when the row changed since `person` was read, or is gone.
    """
    statement = (
        update(people)
        .where(people.c.id == person.id, people.c.version == person.version)
        .values(
            language=person.language, country=person.country, zone=person.zone, share_text=person.share_text,
            version=person.version + 1,
        )
        .returning(*people.c)
    )  # fmt: skip
    row = (await connection.execute(statement)).mappings().first()
    if row is None:
        raise StaleError(f"person {person.id} changed meanwhile")
    return _person(row)


async def unreachable(connection: Connection, *, before: datetime | None = None, limit: int = 1000) -> list[Person]:
    """People who block the bot (since before `before`, if given), longest first."""
    statement = (
        select(people).where(people.c.unreachable_at.is_not(None)).order_by(people.c.unreachable_at).limit(limit)
    )
    if before is not None:
        statement = statement.where(people.c.unreachable_at < before)
    return [_person(row) for row in (await connection.execute(statement)).mappings()]


async def forget(connection: Connection, person: Person) -> None:
    """Delete everything held about a person: their rows, and whatever was under way to or from their chat."""
    their_alerts = select(alerts.c.id).where(alerts.c.person_id == person.id)
    await connection.execute(delete(alert_messages).where(alert_messages.c.alert_id.in_(their_alerts)))
    await connection.execute(
        delete(outbox).where(
            or_(
                outbox.c.chat_id == person.chat_id,
                outbox.c.person_id == person.id,
                outbox.c.alert_id.in_(their_alerts),
            )
        )
    )
    for table in (dialogs, inbox, chats):
        await connection.execute(delete(table).where(table.c.chat_id == person.chat_id))
    await connection.execute(delete(people).where(people.c.id == person.id))  # the rest goes with its owner
