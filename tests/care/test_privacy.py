"""/privacy tells the truth, /export gives everything, /forget leaves nothing, in any table."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import func, select

from bot.care import export
from bot.care.document import Document, Grid, Pairs
from bot.care.document_pdf import as_pdf
from bot.care.privacy import ANSWER_WITHIN, Keeping, Privacy
from bot.care.reader import Clinic, Reader, Readers
from bot.care.retention import Retention
from bot.clock import FixedClock
from bot.records import alerts, chats, people
from bot.records.database import Connection, Database
from bot.records.keeping import everything_about
from bot.records.people import Person
from bot.records.tables import metadata
from bot.records.upkeep import settle_file
from tests.care.somebody import LABEL, NURSE, WORDS, somebody
from tests.chat.telegram_making import library

CHAT, OTHER = 700_000_001, 700_000_002
KEPT = Keeping(days=365, blocked_months=6, encrypted=False, zone="Europe/London")
#: Tables that hold nothing about one person: counts, questions sent without a name, the machine room.
IMPERSONAL = {"feedback", "unanswered", "shared_questions", "budgets", "heartbeats", "facts"}


@pytest.fixture
def reader() -> Reader:
    return Readers(library(), Clinic("the clinic", "0123 456")).reader("en", "GB")


def privacy(database: Database, clock: FixedClock) -> Privacy:
    return Privacy(database, clock, KEPT)


async def everything(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    return {
        table.name: [repr(tuple(row)) for row in await connection.execute(select(table))]
        for table in metadata.sorted_tables
    }


async def both(database: Database, clock: FixedClock) -> tuple[Person, Person]:
    async with database.write() as connection:
        return (
            await somebody(connection, CHAT, clock.now()),
            await somebody(connection, OTHER, clock.now()),
        )


async def test_the_test_has_a_row_in_every_table(database: Database, clock: FixedClock) -> None:
    """A table added later must be added to `somebody`, or be listed as impersonal."""
    person, _ = await both(database, clock)
    async with database.read() as connection:
        held = await everything_about(connection, person)
        for table in metadata.sorted_tables:
            if table.name not in IMPERSONAL:
                assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() > 0, table.name
                assert held[table.name], table.name


async def test_forget_leaves_nothing_of_one_and_everything_of_the_other(
    database: Database, clock: FixedClock, reader: Reader
) -> None:
    person, other = await both(database, clock)
    async with database.read() as connection:
        before = await everything_about(connection, other)
    asked = privacy(database, clock).ask(reader)
    answer = await privacy(database, clock).answer(person, reader, asked.buttons[0][0].action.args)
    assert "deleted" in answer.text
    async with database.read() as connection:
        left = await everything(connection)
        assert await everything_about(connection, other) == before
        assert all(found == [] for found in (await everything_about(connection, person)).values())
    marks = (str(CHAT), person.code)
    for table, rows in left.items():
        for row in rows:
            assert not any(mark in row for mark in marks), (table, row)
    async with database.read() as connection:
        for column in (column for found in metadata.sorted_tables for column in found.c):
            if column.name == "person_id":
                assert person.id not in set((await connection.execute(select(column))).scalars()), column


async def test_forget_is_one_transaction(database: Database, clock: FixedClock) -> None:
    person, _ = await both(database, clock)
    async with database.read() as connection:
        before = await everything(connection)

    async def cut_off() -> None:
        async with database.write() as connection:
            await people.forget(connection, person)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await cut_off()
    async with database.read() as connection:
        assert await everything(connection) == before


async def test_after_forget_not_even_the_file_has_it(
    sqlite_database: Database, clock: FixedClock, reader: Reader
) -> None:
    person, other = await both(sqlite_database, clock)
    file = sqlite_database.file
    assert file is not None

    def found_in_files(mark: str) -> bool:
        return any(mark.encode() in path.read_bytes() for path in file.parent.glob(file.name + "*"))

    assert found_in_files(WORDS)
    for one in (person, other):
        asked = privacy(sqlite_database, clock).ask(reader)
        await privacy(sqlite_database, clock).answer(one, reader, asked.buttons[0][0].action.args)
    assert await settle_file(sqlite_database)
    for mark in (WORDS, LABEL, NURSE, person.code, other.code):
        assert not found_in_files(mark), mark


async def test_the_question_is_good_for_an_hour(database: Database, clock: FixedClock, reader: Reader) -> None:
    person, _ = await both(database, clock)
    room = privacy(database, clock)
    yes, no = (row[0].action.args for row in room.ask(reader).buttons)
    assert "Nothing" in (await room.answer(person, reader, no)).text
    clock.advance(ANSWER_WITHIN + timedelta(seconds=1))
    assert "more than an hour" in (await room.answer(person, reader, yes)).text
    for forged in ((), ("yes",), ("yes", "x"), ("yes", "99999999999"), ("yes", "9" * 40), ("maybe", yes[1])):
        assert "Shall I delete" in (await room.answer(person, reader, forged)).text
    async with database.read() as connection:
        assert await people.find(connection, CHAT) is not None


async def test_what_is_told_is_counted(database: Database, clock: FixedClock, reader: Reader) -> None:
    person, _ = await both(database, clock)
    told = await privacy(database, clock).tell(person, reader)
    for words in (person.code, "plans: 1, injections: 3", "365 days", "6 months", "It is not stored encrypted."):
        assert words in told.text
    assert "{" not in told.plain


async def test_the_export_has_everything(database: Database, clock: FixedClock, reader: Reader) -> None:
    person, other = await both(database, clock)
    made = await privacy(database, clock).export(person, reader)
    data = json.loads(made.json)
    async with database.read() as connection:
        held = await everything_about(connection, person)
    assert data["held"] == json.loads(json.dumps(held))
    assert set(data["held"]) == {table.name for table in metadata.sorted_tables} - IMPERSONAL
    pages = PdfReader(io.BytesIO(made.pdf))
    text = "\n".join(page.extract_text() for page in pages.pages)
    for words in (
        person.code,
        LABEL,
        "1 mg (1,000 micrograms)",
        "every 2 days",
        WORDS,
        "left arm",
        "Sore",
        "Page 1 of",
    ):
        assert words in text, words
    assert "{" not in text.replace("{'", "")
    for private in (other.code, str(OTHER)):
        assert private not in text
        assert private.encode() not in made.json
    assert person.code not in made.name
    assert not pages.metadata or not pages.metadata.author


def test_an_export_is_not_asked_for_all_the_time(clock: FixedClock) -> None:
    room = Privacy(None, clock, KEPT)  # type: ignore[arg-type]
    someone = Person(1, 7, "AAA-AAA", None, None, None, False, clock.now(), None, clock.now(), 1)
    assert [room.too_soon(someone) for _ in range(3)] == [False, True, True]
    clock.advance(timedelta(seconds=61))
    assert room.too_soon(someone) is False


@settings(max_examples=25, deadline=None)
@given(words=st.lists(st.text(max_size=300), min_size=3, max_size=6))
def test_no_text_makes_the_pdf_fail(words: list[str]) -> None:
    from bot.clock import SystemClock

    pairs = Pairs(words[0], ((words[1], words[2]),), words[1])
    grid = Grid("h", ("a", "b"), tuple((each, each) for each in words), (1, 2), "none")
    document = Document(words[0], words[1], words[2], (pairs, grid), "Page {page} of {pages}", "en")
    assert as_pdf(document, SystemClock().now()).startswith(b"%PDF")


async def test_a_thousand_injections_print(clock: FixedClock, reader: Reader, sqlite_database: Database) -> None:
    person, _ = await both(sqlite_database, clock)
    async with sqlite_database.read() as connection:
        held = await export.read(connection, person, clock.now())
    held.injections.extend(held.injections[:1] * 997)
    pages = PdfReader(io.BytesIO(as_pdf(export.as_document(held, reader, "Europe/London"), clock.now()))).pages
    assert len(pages) > 20
    assert pages[5].extract_text().count("Planned for") == 1  # the headings again on each page


async def test_the_nightly_clearing_once_a_night(database: Database, clock: FixedClock) -> None:
    job = Retention(database, clock, days=30, blocked_months=6, zone="Europe/London")
    person, other = await both(database, clock)
    async with database.write() as connection:
        for alert in await alerts.unclosed(connection):
            await alerts.close(connection, alert.id, clock.now(), by="nurse")
        await chats.lose(connection, CHAT, "blocked", clock.now())
    clock.advance(timedelta(days=31) - timedelta(hours=8))  # one in the morning in London
    assert await job.nightly() is None
    clock.advance(timedelta(hours=3))
    gone = await job.nightly()
    assert gone is not None
    assert gone["alerts"] == 2
    assert gone["diary"] == 2
    assert gone["people"] == 0
    assert await job.nightly() is None
    clock.advance(timedelta(days=150))
    gone = await job.nightly()
    assert gone is not None
    assert gone["people"] == 1
    async with database.read() as connection:
        assert await people.find(connection, CHAT) is None
        assert await people.find(connection, OTHER) is not None
        assert all(rows == [] for rows in (await everything_about(connection, person)).values())
        assert len(rows_left := (await everything_about(connection, other))["injections"]) == 3, rows_left
