"""A Document as PDF, with a font of its own for every script a label may be written in.

Invariant: no character and no length makes it fail, and nothing is lost in silence: what cannot be printed rightly
stands as an empty box, and the first page says so. The file names no author, and nothing in it loads anything from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Final
from unicodedata import bidirectional

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from bot.care.document import Document, Grid, Pairs

_FONTS: Final = Path(__file__).parent / "fonts"
_FAMILY: Final = "DejaVu"
_INK, _SOFT, _LINE = (33, 37, 41), (96, 104, 112), (214, 219, 224)
_BOX: Final = "\u25a1"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
"""Letters that must be joined and set from right to left, which needs more than a font."""
_TOGETHER: Final = 10
"""A list of so few pairs is not broken over two pages."""
_ROW: Final = 8.0
"""Millimetres of a row of one line, and some to spare."""
_LINE_HEIGHT: Final = 5.2
_PADDING: Final = (1.2, 1.5)
_MOST_LINES: Final = 36
"""Of one row: with more it would not fit on a page, so it goes on in the next."""


class _Page(FPDF):
    """A4 pages with a footer."""

    footer_words = ""

    def prepare(self) -> None:
        """Load the fonts and learn what both of them can print."""
        self.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
        cmaps = [set(font.cmap) for font in self.fonts.values() if isinstance(font, TTFFont)]
        known = {chr(code) for code in set.intersection(*cmaps)} | {"\n"}
        self._known = {one for one in known if bidirectional(one) not in _RIGHT_TO_LEFT}

    def printable(self, text: str) -> str:
        """The text with an empty box for each character no font here has, or that this writer would set backwards."""
        visible = (one for one in text if one >= " " or one == "\n")
        return "".join(one if one in self._known else " " if one.isspace() else _BOX for one in visible)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(_FAMILY, size=8)
        self.set_text_color(*_SOFT)
        words = self.footer_words.replace("{page}", str(self.page_no())).replace("{pages}", "{nb}")
        self.cell(0, 8, words, align="R")


def as_pdf(document: Document, made_at: datetime) -> bytes:
    """The document as a PDF file; the same document and moment give the same pages."""
    pdf = _Page(format="A4")
    pdf.set_creation_date(made_at)
    pdf.prepare()
    pdf.set_title(pdf.printable(document.title))
    pdf.set_lang(document.language)
    pdf.footer_words = pdf.printable(document.page)
    pdf.set_margins(18, 18, 18)
    pdf.set_auto_page_break(auto=True, margin=20)
    pdf.add_page()
    _line(pdf, document.title, size=20, bold=True)
    _line(pdf, document.made, size=9, soft=True)
    pdf.ln(2)
    _line(pdf, document.intro, size=10)
    if document.boxes and any(_BOX in pdf.printable(words) for words in document.words()):
        pdf.ln(2)
        _line(pdf, document.boxes, size=10)
    for part in document.parts:
        _part(pdf, part)
    return bytes(pdf.output())


def _part(pdf: _Page, part: Pairs | Grid) -> None:
    whole = isinstance(part, Pairs) and len(part.rows) <= _TOGETHER
    if pdf.will_page_break(16 + _ROW * len(part.rows) if whole else 34):  # no heading alone at the foot of a page
        pdf.add_page()
    pdf.ln(6)
    _line(pdf, part.heading, size=13, bold=True)
    pdf.ln(1)
    if isinstance(part, Pairs):
        if part.note:
            _line(pdf, part.note, size=9, soft=True)
        _table(pdf, None, part.rows, (30, 70), bold_first=True)
    elif part.rows:
        _table(pdf, part.columns, part.rows, part.widths)
    else:
        _line(pdf, part.empty, size=10, soft=True)


def _table(
    pdf: _Page,
    columns: tuple[str, ...] | None,
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[int, ...],
    *,
    bold_first: bool = False,
) -> None:
    pdf.set_font(_FAMILY, size=9)
    pdf.set_text_color(*_INK)
    pdf.set_draw_color(*_LINE)
    with pdf.table(
        col_widths=widths,
        line_height=_LINE_HEIGHT,
        padding=_PADDING,
        text_align="LEFT",
        v_align="TOP",
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        first_row_as_headings=columns is not None,
        headings_style=FontFace(emphasis="BOLD", color=_INK),
    ) as table:
        for cells in (columns, *rows) if columns is not None else rows:
            for pieces in _short_enough(pdf, cells, widths):
                row = table.row()
                for number, piece in enumerate(pieces):
                    style = FontFace(emphasis="BOLD") if bold_first and number == 0 else None
                    row.cell(piece or " ", style=style)


def _short_enough(pdf: _Page, cells: tuple[str, ...], widths: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """A row as one or more that each fit on a page."""
    pdf.set_font(_FAMILY, "B", 9)  # the wider one; the table sets what each cell is printed in
    columns: list[list[str]] = []
    for cell, width in zip(cells, widths, strict=True):
        words = pdf.printable(cell)
        if len(words) <= _MOST_LINES:  # of letters even
            columns.append([words])
            continue
        room = pdf.epw * width / sum(widths) - 2 * _PADDING[1]
        found = pdf.multi_cell(
            room, _LINE_HEIGHT, words, align="L", dry_run=True, output=MethodReturnValue.LINES
        )  # fmt: skip
        lines = found if isinstance(found, list) else []
        starts = range(0, max(1, len(lines)), _MOST_LINES)
        columns.append(
            [words] if len(starts) == 1 else ["\n".join(lines[start : start + _MOST_LINES]) for start in starts]
        )
    pdf.set_font(_FAMILY, size=9)
    yield from zip_longest(*columns, fillvalue="")


def _line(pdf: _Page, text: str, *, size: float, bold: bool = False, soft: bool = False) -> None:
    pdf.set_font(_FAMILY, "B" if bold else "", size)
    pdf.set_text_color(*(_SOFT if soft else _INK))
    pdf.multi_cell(0, size * 0.52, pdf.printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
