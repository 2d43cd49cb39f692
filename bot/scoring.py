"""`b12bot eval`: labelled phrases against the whole way a text takes, screen and matcher together.

Invariant: the texts of an evaluation set are never printed; what is kept of a run is figures only.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import track

from bot.care.asking import Asked
from bot.settings import Settings
from bot.understanding import evaluation, screen_evaluation
from bot.understanding.evaluation import Found, Question
from bot.understanding.screen_evaluation import Labelled
from bot.wiring.mind import Mind
from bot.workbench import open_mind

FIGURES: Final = "figures.json"
_LEVELS: Final = ("emergency", "urgent", "none")
Figures = dict[str, dict[str, float]]


def evaluate_files(
    files: Sequence[Path],
    settings: Settings,
    content: Path,
    language: str,
    *,
    changed: bool = False,
    save: bool = False,
    as_json: bool = False,
    out: Console,
) -> bool:
    """Score labelled files, all questions together and all red-flag messages together, and print the tables.

    `changed` sets each figure beside the one in `figures.json` as it was last committed; `save` writes that file anew.
    False when a line cannot be used; each such line is named.
    """
    questions, messages, problems = _read(files)
    for problem in problems:
        out.print(problem, markup=False, style="red")
    if problems:
        return False
    mind = open_mind(settings, content, out)
    figures: Figures = {}
    texts: list[str] = []
    if questions:
        asked = _ask(mind, language, [one.text for one in questions], "questions", as_json)
        report = evaluation.evaluate(questions, lambda text: _found(asked[text]))
        figures["questions"] = {name: share.value for name, share in report.shares().items() if share.of}
        texts.append(f"{len(questions)} questions\n{evaluation.table(report)}")
    if messages:
        asked = _ask(mind, language, [one.text for one in messages], "red flags", as_json)
        judged = screen_evaluation.evaluate(messages, lambda text: asked[text].level)
        figures["red flags"] = {name: share.value for name, share in judged.rows() if share.of}
        texts.append(f"{len(messages)} messages for the screen\n{screen_evaluation.table(judged)}")
    if as_json:
        print(json.dumps(figures, indent=2), file=out.file)
    else:
        out.print("\n\n".join(texts), markup=False)
    store = files[0].parent / FIGURES
    if changed:
        _compare(figures, _committed(store), out)
    if save:
        store.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return True


def _ask(mind: Mind, language: str, texts: list[str], name: str, quiet: bool) -> dict[str, Asked]:
    reader = mind.readers.reader(language)
    unique = list(dict.fromkeys(texts))
    shown = unique if quiet else track(unique, description=f"Asking {name}", transient=True)
    return {text: mind.asking.ask(text, reader) for text in shown}


def _found(asked: Asked) -> Found:
    return Found(asked.action, asked.entry, [one.entry for one in asked.candidates])


def _read(files: Sequence[Path]) -> tuple[list[Question], list[Labelled], list[str]]:
    questions: list[Question] = []
    messages: list[Labelled] = []
    problems: list[str] = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: cannot be read: {error}")
            continue
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            made = _labelled(line)
            if isinstance(made, Question):
                questions.append(made)
            elif isinstance(made, Labelled):
                messages.append(made)
            else:
                problems.append(f"{path}:{number}: {made}")
    return questions, messages, problems


def _labelled(line: str) -> Question | Labelled | str:
    """One line as a labelled text, or what is wrong with it."""
    try:
        found: Any = json.loads(line)
    except ValueError as error:
        return f"is not JSON: {error}"
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        return 'must be an object with "text"'
    entry, level = found.get("entry"), found.get("level")
    if isinstance(entry, str):
        return Question(found["text"], entry)
    if level in _LEVELS:
        return Labelled(found["text"], level, str(found.get("kind", "")), str(found.get("lang", "en")))
    return 'needs "entry" (an id, smalltalk or none) or "level" (emergency, urgent or none)'


def _committed(store: Path) -> Mapping[str, Mapping[str, float]]:
    done = subprocess.run(  # noqa: S603 - a fixed command
        ["git", "show", f"HEAD:./{store.name}"],  # noqa: S607
        cwd=store.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    found: Mapping[str, Mapping[str, float]] = json.loads(done.stdout) if done.returncode == 0 else {}
    return found


def _compare(now: Figures, before: Mapping[str, Mapping[str, float]], out: Console) -> None:
    if not before:
        out.print("no figures in the last commit to compare with (b12bot eval --save makes them)", style="yellow")
        return
    out.print("\nagainst the last commit")
    for group, shares in now.items():
        for name, value in shares.items():
            old = before.get(group, {}).get(name)
            step = 0.0 if old is None else value - old
            mark = "new" if old is None else f"{100 * step:+.1f} points"
            out.print(f"{name:<36} {value:6.1%}  {mark}", markup=False, style="red" if step < -0.005 else "")
