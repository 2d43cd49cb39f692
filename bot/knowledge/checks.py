"""What `b12bot check` looks for beyond the schema.

Invariant: a check only reads. Everything it complains of carries the file and line an editor can open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from bot.knowledge.content import Library
from bot.knowledge.entries import Entry
from bot.knowledge.messages import Messages, fields
from bot.knowledge.problems import ContentError, Problem, shown
from bot.knowledge.reading_age import reading_age
from bot.knowledge.strict_yaml import Lines, read

PHRASINGS = 25
KEYWORDS = (5, 15)
ANSWER_WORDS = 90
TITLE_LENGTH = 32
READING_AGE = 12.0
PLACEHOLDERS = frozenset({"emergency_number"})


def check(library: Library, root: Path, today: date, fold: Callable[[str], str]) -> list[Problem]:
    """All complaints about a loaded library.

    `fold` brings a phrasing to the form the matcher compares, so that two ways of writing one question are seen to be
    the same. `today` decides which reviews are overdue.
    """
    problems: list[Problem] = []
    known = {entry.id for content in library.contents.values() for entry in content.entries}
    for language, content in library.contents.items():
        seen: dict[str, tuple[str, str]] = {}
        for topic in content.topics:
            path = root / language / "faq" / f"{topic.name}.yaml"
            if not path.exists():
                continue
            name = shown(path, root)
            tree, lines = read(path, name)
            for i, entry in enumerate(topic.entries):
                problems += _entry(entry, i, name, lines, today, known, language)
                problems += _phrasings(entry, i, name, lines, seen, fold)
            del tree
        problems += _negatives(content.negatives, root / language / "negatives.yaml", root, seen, fold)
        problems += _messages(content.messages, library, language, root)
    return sorted(problems)


def _entry(
    entry: Entry, i: int, name: str, lines: Lines, today: date, known: set[str], language: str
) -> Iterator[Problem]:
    def at(field: str) -> int:
        return lines.get(("entries", i, field), lines.get(("entries", i), 1))

    def wrong(field: str, message: str) -> Problem:
        return Problem(name, at(field), f"{entry.id}: {message}")

    def weak(field: str, message: str) -> Problem:
        return Problem(name, at(field), f"{entry.id}: {message}", "warning")

    if not entry.sources:
        yield wrong("sources", "has no sources; every answer names where its claims come from")
    if entry.review is None:
        yield wrong("review", "has no review record")
    elif entry.overdue(today):
        yield wrong(
            "review", f"its review was due on {entry.review.due}; a dose answer is withheld until it is reviewed"
        )
    if len(entry.phrasings) < PHRASINGS:
        yield weak("phrasings", f"has {len(entry.phrasings)} phrasings; {PHRASINGS} or more are asked for")
    if not KEYWORDS[0] <= len(entry.keywords) <= KEYWORDS[1]:
        yield weak("keywords", f"has {len(entry.keywords)} keywords; {KEYWORDS[0]} to {KEYWORDS[1]} are asked for")
    if len(entry.title) > TITLE_LENGTH:
        yield weak("title", f"is {len(entry.title)} characters long; a button shows about {TITLE_LENGTH}")
    for field in ("answer", "more"):
        text = getattr(entry, field)
        if text is None:
            continue
        for unknown in sorted(fields(text) - PLACEHOLDERS):
            yield wrong(field, f"{{{unknown}}} is not a placeholder we can fill")
        age = reading_age(text, language)
        if language == "en" and age > READING_AGE:
            yield weak(field, f"{field} needs a reading age of about {age:.0f}; aim for 10, at most {READING_AGE:.0f}")
    if len(entry.answer.split()) > ANSWER_WORDS:
        yield weak("answer", f"has {len(entry.answer.split())} words; move some to `more` (aim for 60 to 80)")
    for other in entry.see_also:
        if other not in known:
            yield wrong("see_also", f"points to {other!r}, which is no entry")


def _phrasings(
    entry: Entry, i: int, name: str, lines: Lines, seen: dict[str, tuple[str, str]], fold: Callable[[str], str]
) -> Iterator[Problem]:
    for j, phrasing in enumerate(entry.phrasings):
        line = lines.get(("entries", i, "phrasings", j), 1)
        folded = fold(phrasing)
        earlier = seen.get(folded)
        if earlier is None:
            seen[folded] = (entry.id, f"{name}:{line}")
        elif earlier[0] == entry.id:
            yield Problem(name, line, f"{entry.id}: {phrasing!r} says the same as {earlier[1]}", "warning")
        else:
            yield Problem(name, line, f"{entry.id}: {phrasing!r} also leads to {earlier[0]!r} at {earlier[1]}")


def _negatives(
    negatives: tuple[str, ...], path: Path, root: Path, seen: dict[str, tuple[str, str]], fold: Callable[[str], str]
) -> Iterator[Problem]:
    if not path.exists():
        return
    name = shown(path, root)
    _, lines = read(path, name)
    for i, phrase in enumerate(negatives):
        earlier = seen.get(fold(phrase))
        if earlier is not None:
            line = lines.get(("negatives", i), 1)
            yield Problem(name, line, f"{phrase!r} is refused here but answered by {earlier[0]!r} at {earlier[1]}")


def _messages(messages: Messages, library: Library, language: str, root: Path) -> Iterator[Problem]:
    path = root / language / "messages.yaml"
    if not path.exists():
        return
    name = shown(path, root)
    _, lines = read(path, name)
    english = dict(library.contents["en"].messages.own()) if "en" in library.contents else {}
    for key, text in messages.own():
        line = lines.get(tuple(key.split(".")), 1)
        if key not in english:
            yield Problem(name, line, f"{key}: English has no such message")
        elif fields(text) != fields(english[key]):
            names = ", ".join(sorted(fields(english[key]))) or "none"
            yield Problem(name, line, f"{key}: must use the fields of the English text ({names})")


def check_folder(
    load: Callable[[], Library], root: Path, today: date, fold: Callable[[str], str]
) -> tuple[Library | None, list[Problem]]:
    """Load and check; loading errors come back as problems instead of being raised."""
    try:
        library = load()
    except ContentError as error:
        return None, error.problems
    return library, check(library, root, today, fold)
