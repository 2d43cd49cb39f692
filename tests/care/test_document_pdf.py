"""The export as somebody holds it in their hands: nothing lost in silence, nothing torn apart."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from bot.care.document import Document, Grid, Pairs
from bot.care.document_pdf import as_pdf

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
NOTE = "An empty box stands for a letter."


def pages(*parts: Pairs | Grid, title: str = "Your data") -> list[str]:
    document = Document(title, "Made today", "This is everything.", parts, "Page {page} of {pages}", "en", NOTE)
    return [page.extract_text() for page in PdfReader(io.BytesIO(as_pdf(document, AT))).pages]


@pytest.mark.parametrize("name", ["Großmütterchen", "Łucja Świętosławska", "Бабушка", "Ελένη", "Zoë & <b>Łukasz</b>"])
def test_names_that_can_be_printed(name: str) -> None:
    (page,) = pages(Pairs(f"Plan 1, for {name}", (("Who", name),)))
    assert page.count(name) == 2
    assert NOTE not in page


@pytest.mark.parametrize("name", ["दादी जी", "王奶奶", "ยาย", "👵🏽 Gran", "أمي فاطمة", "סבתא"])
@pytest.mark.parametrize("where", ["heading", "pairs", "grid", "title"])
def test_what_cannot_be_printed_rightly_is_said(name: str, where: str) -> None:
    (page,) = {
        "heading": lambda: pages(Pairs(f"Plan 1, for {name}", ())),
        "pairs": lambda: pages(Pairs("Plan 1", (("Who", name),))),
        "grid": lambda: pages(Grid("Words", ("Words",), ((name,),), (100,), "None.")),
        "title": lambda: pages(title=name),
    }[where]()
    assert NOTE in page
    assert "□" in page


def test_a_plan_is_never_torn_apart() -> None:
    plans = [Pairs(f"Plan {n}", (("First", f"one {n}"), *(("Row", "x"),) * 4, ("Last", f"six {n}"))) for n in range(30)]
    found = pages(*plans)
    assert len(found) > 3
    for n in range(30):
        assert any(f"one {n}\n" in page and f"six {n}" in page for page in found), n


@pytest.mark.parametrize("text", ["word " * 1600, "a\n" * 2000, "x" * 9000, "\n" * 4096, "W" * 35 + "\n"])
@pytest.mark.parametrize("where", ["pairs", "first", "grid"])
def test_whatever_somebody_wrote_fits_on_pages_and_nothing_of_it_is_lost(text: str, where: str) -> None:
    parts: dict[str, Pairs | Grid] = {
        "pairs": Pairs("Words", (("Who", text),)),
        "first": Pairs("Words", ((text, "here"),)),
        "grid": Grid("Words", ("When", "Words"), (("today", text), ("later", "short")), (70, 30), "None."),
    }
    found = "\n".join(pages(parts[where]))
    for letter in set(text) - set(" \nordW") | ({"W"} if "W" * 3 in text else set()):
        assert found.count(letter) >= text.count(letter)
    assert found.count("word") >= text.count("word")
