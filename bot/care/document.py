"""A document to read: headings, pairs and tables, free of how it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """A heading over lines of "name: value"; `note` stands between them."""

    heading: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A heading over a table; `empty` is said when it has no rows. `widths` are shares of the page's width."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    empty: str


@dataclass(frozen=True)
class Document:
    """`page` is the footer, with {page} and {pages} still to be filled in. `boxes` says what an empty box stands for,
    and is printed when there is one."""

    title: str
    made: str
    intro: str
    parts: tuple[Pairs | Grid, ...]
    page: str
    language: str
    boxes: str = ""

    def words(self) -> Iterator[str]:
        """Every text in it, in no order."""
        yield from (self.title, self.made, self.intro, self.page)
        for part in self.parts:
            yield part.heading
            yield from (part.note,) if isinstance(part, Pairs) else (part.empty, *part.columns)
            for row in part.rows:
                yield from row
