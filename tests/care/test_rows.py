"""Buttons side by side only where a phone shows all their words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.care.menus import topic, topics
from bot.care.reader import Clinic, Readers
from bot.care.reply import ROOM, Rows, button, in_rows
from tests.chat.telegram_making import library


def labels(rows: Rows) -> list[list[str]]:
    return [[one.label for one in row] for row in rows]


def test_a_long_button_has_a_row_of_its_own() -> None:
    found = in_rows(
        [button(name, "x") for name in ("Topics", "Units, labels and products", "Safety", "Dose", "Food")], 2
    )
    assert labels(found) == [["Topics"], ["Units, labels and products"], ["Safety", "Dose"], ["Food"]]


@given(names=st.lists(st.text(min_size=1, max_size=60), max_size=30), width=st.integers(1, 4))
def test_in_order_none_lost_and_none_cut_off(names: list[str], width: int) -> None:
    rows = labels(in_rows([button(name, "x") for name in names], width))
    assert [name for row in rows for name in row] == names
    for row in rows:
        assert 1 <= len(row) <= width
        assert len(row) == 1 or all(len(name) * len(row) < ROOM for name in row)


def test_in_the_menus() -> None:
    reader = Readers(library(), Clinic("the clinic")).reader()
    for reply in (topics(reader), *(topic(reader, one.name) for one in reader.content.topics)):
        assert reply is not None
        assert all(len(row) == 1 or all(len(name) < ROOM // len(row) for name in row) for row in labels(reply.buttons))
