"""The editors' workbench: try a phrase and check the content, without Telegram.

Invariant: what it answers comes from the same services that answer in the chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from bot.care.asking import Asked
from bot.clock import SystemClock
from bot.knowledge.checks import check_folder
from bot.knowledge.loading import load_library
from bot.knowledge.problems import ContentError
from bot.settings import CONTENT_DIR, Settings
from bot.understanding.normalise import normalise
from bot.wiring.mind import Mind, build_mind


def answer_lines(
    lines: Iterable[str],
    settings: Settings,
    content: Path,
    language: str,
    country: str | None,
    *,
    as_json: bool,
    explain: bool,
    out: Console,
) -> None:
    """Answer each line as it comes: one JSON object a line, or the reply as a patient would read it."""
    mind = open_mind(settings, content, out)
    reader = mind.readers.reader(language, country.upper() if country else None)
    for line in lines:
        asked = mind.asking.ask(line, reader)
        if as_json:
            print(json.dumps(as_object(asked), ensure_ascii=False), flush=True, file=out.file)
            continue
        out.print("\n\n".join(reply.plain for reply in asked.replies), markup=False)
        for reply in asked.replies:
            for row in reply.buttons:
                out.print("  ".join(f"[{one.label}]" for one in row), style="dim", markup=False)
        if explain:
            out.print(explanation(mind, language, asked), markup=False, style="cyan")


def as_object(asked: Asked) -> dict[str, object]:
    """The JSON contract of `ask --json`; the reply is all messages a patient would get, in order."""
    return {
        "text": asked.text,
        "level": asked.level,
        "sign": asked.verdict.sign,
        "action": asked.action,
        "entry": asked.entry,
        "candidates": [{"entry": one.entry, "p": round(one.p, 4)} for one in asked.candidates],
        "reply": "\n\n".join(reply.plain for reply in asked.replies),
    }


def explanation(mind: Mind, language: str, asked: Asked) -> str:
    """Why a text was answered as it was: repaired words, nearest phrasings, probabilities, the screen's reasons."""
    understanding = mind.understandings.get(language) or next(iter(mind.understandings.values()))
    lines = [f"level {asked.level}" + (f" (sign {asked.verdict.sign})" if asked.verdict.sign else "")]
    lines += [f"  screen: {reason}" for reason in mind.screen.reasons(asked.text)]
    lines += [f"  {line}" for line in understanding.explain(asked.text).lines()]
    return "\n".join(lines)


def check_content(content: Path, settings: Settings, out: Console) -> bool:
    """Print every complaint about a content folder; True when none is an error."""
    library, problems = check_folder(
        lambda: load_library(content, CONTENT_DIR, settings.default_language),
        content,
        SystemClock().now().date(),
        normalise,
    )
    for problem in problems:
        out.print(str(problem), markup=False, style="red" if problem.level == "error" else "yellow")
    errors = sum(problem.level == "error" for problem in problems)
    if library is not None:
        for code, found in library.contents.items():
            drafts = sum(1 for one in found.entries if one.review is None or one.review.status == "draft")
            phrasings = sum(len(one.phrasings) for one in found.entries)
            borrowed = " (the default language's)" if found.borrowed else ""
            out.print(
                f"{code}: {len(found.entries)} entries{borrowed}, {phrasings} phrasings, "
                f"{drafts} drafts no clinician has approved"
            )
    out.print(f"{errors} errors, {len(problems) - errors} warnings")
    return errors == 0


def open_mind(settings: Settings, content: Path, out: Console) -> Mind:
    """Build the mind of a content folder; content that does not load is printed, and ends the command."""
    try:
        return build_mind(settings, SystemClock(), content=content)
    except ContentError as error:
        for problem in error.problems:
            out.print(str(problem), markup=False, style="red")
        raise SystemExit(1) from None
