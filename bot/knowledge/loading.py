"""From a folder of YAML to a Library.

Invariant: content loads whole or not at all, and every complaint about it is collected before any is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.knowledge.check_ins import CheckIns
from bot.knowledge.content import Content, Library, Matching, Topic
from bot.knowledge.emergency import EmergencyNumbers
from bot.knowledge.entries import FaqFile
from bot.knowledge.messages import Messages, flatten
from bot.knowledge.problems import ContentError, Problem, shown
from bot.knowledge.red_flags import RedFlags
from bot.knowledge.strict_yaml import Lines, read

Model = TypeVar("Model", bound=BaseModel)


def load_library(root: Path, shipped: Path, default: str = "en") -> Library:
    """Load every language under `root`.

    A folder given with `--content` may hold FAQ files only: what it lacks (messages, red flags, emergency numbers) is
    taken from the `shipped` content, so that a half-written folder still has an emergency card.
    Raises ContentError with every problem found.
    """
    problems: list[Problem] = []
    emergency_file = root / "emergency.yaml" if (root / "emergency.yaml").exists() else shipped / "emergency.yaml"
    emergency = _load_model(emergency_file, root, EmergencyNumbers, problems)
    languages = _languages(root, shipped)
    if not languages:
        problems.append(Problem(shown(root, root), 1, "has no language folder such as en/ with FAQ files in it"))
    if default not in languages and languages:
        default = "en" if "en" in languages else languages[0]
    english = _load_messages([root / "en", shipped / "en"], "en", root, None, problems)
    contents: dict[str, Content] = {}
    for language in sorted(languages, key=lambda code: (code != default, code)):
        contents[language] = _load_language(root, shipped, language, english, contents.get(default), problems)
    if any(problem.level == "error" for problem in problems) or emergency is None:
        raise ContentError(problems)
    return Library(contents, emergency, default)


def _languages(root: Path, shipped: Path) -> list[str]:
    """Languages of the folder, and those of the shipped content that add red flags to it; none without FAQ files."""
    if not root.is_dir():
        raise ContentError([Problem(str(root), 1, "is not a folder")])
    own = {path.name for path in root.iterdir() if (path / "faq").is_dir()}
    watched = {path.parent.name for folder in (root, shipped) for path in folder.glob("*/red_flags.yaml")}
    return sorted(own | watched) if own else []


def _load_language(
    root: Path, shipped: Path, language: str, english: Messages, default: Content | None, problems: list[Problem]
) -> Content:
    """One language; without FAQ files of its own it answers with the default language's entries."""
    folder, own = root / language, shipped / language
    topics = _load_topics(folder, root, problems)
    messages = english if language == "en" else _load_messages([folder, own], language, root, english, problems)
    negatives = _load_negatives(folder, own, root, problems)
    matching = _first(folder, own, "matching.yaml", root, Matching, problems) or Matching()
    red_flags = _first(folder, own, "red_flags.yaml", root, RedFlags, problems)
    if not topics and default is not None:
        topics, negatives, matching = default.topics, default.negatives, default.matching
        return Content(language, topics, messages, negatives, matching, red_flags, borrowed=True)
    check_ins = _first(folder, own, "check_ins.yaml", root, CheckIns, problems)
    return Content(language, topics, messages, negatives, matching, red_flags, check_ins)


def _load_topics(folder: Path, root: Path, problems: list[Problem]) -> tuple[Topic, ...]:
    topics: list[Topic] = []
    seen: dict[str, str] = {}
    for path in sorted((folder / "faq").glob("*.yaml")):
        name = shown(path, root)
        try:
            tree, lines = read(path, name)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        faq = _validated(tree, lines, name, FaqFile, problems)
        if faq is None:
            continue
        for i, entry in enumerate(faq.entries):
            line = lines.get(("entries", i, "id"), 1)
            if entry.id in seen:
                problems.append(Problem(name, line, f"the id {entry.id!r} already stands at {seen[entry.id]}"))
            seen[entry.id] = f"{name}:{line}"
        topics.append(Topic(path.stem, faq.topic, faq.entries))
    return tuple(topics)


def _load_messages(
    folders: list[Path], language: str, root: Path, fallback: Messages | None, problems: list[Problem]
) -> Messages:
    texts: dict[str, str] = {}
    for folder in reversed(folders):
        path = folder / "messages.yaml"
        if not path.exists():
            continue
        name = shown(path, root)
        try:
            tree, _ = read(path, name)
            if not isinstance(tree, Mapping):
                raise ValueError("the file must hold sections of messages")
            texts.update(flatten(tree))
        except ContentError as error:
            problems.extend(error.problems)
        except ValueError as error:
            problems.append(Problem(name, 1, str(error)))
    return Messages(language, texts, fallback)


def _load_negatives(folder: Path, own: Path, root: Path, problems: list[Problem]) -> tuple[str, ...]:
    path = next((f / "negatives.yaml" for f in (folder, own) if (f / "negatives.yaml").exists()), None)
    if path is None:
        return ()
    name = shown(path, root)
    try:
        tree, lines = read(path, name)
    except ContentError as error:
        problems.extend(error.problems)
        return ()
    found = tree.get("negatives") if isinstance(tree, Mapping) else tree
    if not isinstance(found, list):
        problems.append(Problem(name, 1, "must be a list of phrases under `negatives:`"))
        return ()
    for i, phrase in enumerate(found):
        if not isinstance(phrase, str) or not phrase.strip():
            at = lines.get(("negatives", i), lines.get((i,), 1))
            problems.append(Problem(name, at, f"{phrase!r} is not a phrase; put it in quotes"))
    return tuple(phrase for phrase in found if isinstance(phrase, str))


def _first(folder: Path, own: Path, file: str, root: Path, model: type[Model], problems: list[Problem]) -> Model | None:
    for place in (folder, own):
        if (place / file).exists():
            return _load_model(place / file, root, model, problems)
    return None


def _load_model(path: Path, root: Path, model: type[Model], problems: list[Problem]) -> Model | None:
    name = shown(path, root)
    try:
        tree, lines = read(path, name)
    except ContentError as error:
        problems.extend(error.problems)
        return None
    return _validated(tree, lines, name, model, problems)


def _validated(tree: object, lines: Lines, name: str, model: type[Model], problems: list[Problem]) -> Model | None:
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        for item in error.errors():
            problems.append(
                Problem(name, _line(lines, item["loc"]), f"{_place(item['loc'])}{_plain(item['type'], item['msg'])}")
            )
        return None


def _line(lines: Lines, where: tuple[str | int, ...]) -> int:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


def _place(where: tuple[str | int, ...]) -> str:
    words = [str(part) for part in where if isinstance(part, str) and part != "entries"]
    return f"{'.'.join(words)}: " if words else ""


def _plain(kind: str, message: str) -> str:
    return {
        "missing": "is required",
        "extra_forbidden": "is not a field we know; is it misspelt?",
        "too_short": "must not be empty",
        "string_too_short": "must not be empty",
    }.get(kind, message.removeprefix("Value error, "))
