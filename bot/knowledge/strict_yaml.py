"""YAML as editors mean it, with the line of everything.

Invariant: what loads is what was written. Duplicate keys are refused, and plain scalars that YAML 1.1 would turn into
something else (no, on, 12:30) are refused with the advice to quote them, instead of becoming False or 750.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge.problems import ContentError, Problem

Line = int
Lines = dict[tuple[str | int, ...], Line]

_SURPRISING = re.compile(
    r"^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?|0[0-7_]+|[-+]?\d[\d_]*_[\d_]*)$"
)


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """A safe loader whose construction we drive ourselves."""


def read(path: Path, name: str) -> tuple[Any, Lines]:
    """Load one file.

    Returns the plain value and a map from each path of keys and indexes to its line number (from 1).
    Raises ContentError naming `name` and the lines for syntax errors, duplicate keys and surprising scalars.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(name, 1, f"cannot be read: {error}")]) from error
    return parse(text, name)


def parse(text: str, name: str) -> tuple[Any, Lines]:
    """Like `read`, for a text already in hand."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        problems: list[Problem] = []
        lines: Lines = {(): 1}
        value = None if node is None else _build(loader, node, (), lines, problems, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(
            [Problem(name, mark.line + 1 if mark else 1, f"not valid YAML: {error.problem or error}")]
        ) from error
    except yaml.YAMLError as error:
        raise ContentError([Problem(name, 1, f"not valid YAML: {error}")]) from error
    finally:
        loader.dispose()
    if problems:
        raise ContentError(problems)
    return value, lines


def _build(
    loader: Any, node: yaml.Node, path: tuple[str | int, ...], lines: Lines, problems: list[Problem], name: str
) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, child, (*path, i), lines, problems, name) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                problems.append(Problem(name, key_line, "a key must be a single word"))
                continue
            key = str(key_node.value)  # as written: `on:` is the word on, not True
            if key in result:
                problems.append(Problem(name, key_line, f"the key {key!r} stands twice"))
            result[key] = _build(loader, value_node, (*path, key), lines, problems, name)
            lines[(*path, key)] = key_line
        return result
    if isinstance(node, yaml.ScalarNode) and not node.style and _SURPRISING.match(node.value):
        problems.append(
            Problem(
                name,
                line,
                f"{node.value!r} without quotes would be read as {loader.construct_object(node)!r}; quote it",
            )
        )
        return node.value
    return loader.construct_object(node, deep=True)
