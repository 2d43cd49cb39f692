"""Imports point one way: what stands left of another room may not be imported by it."""

import ast
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"
#: a room and the rooms it may import from
ALLOWED = {
    "clock": set(),
    "settings": set(),
    "knowledge": {"clock", "settings"},
    "understanding": {"knowledge", "clock", "settings"},
    "plans": {"clock", "settings"},
    "records": {"plans", "understanding", "knowledge", "clock", "settings"},
    "care": {"records", "plans", "understanding", "knowledge", "clock", "settings"},
    "delivery": {"records", "plans", "understanding", "knowledge", "clock", "settings"},
    "chat": {"care", "delivery", "records", "plans", "understanding", "knowledge", "clock", "settings"},
    "web": {"care", "delivery", "records", "plans", "understanding", "knowledge", "clock", "settings"},
    "sandbox": {"clock", "settings"},
}
#: a library and the rooms that may import it (a file for the scheduler)
LIBRARIES = {
    "telegram": {"chat", "delivery", "wiring"},
    "sqlalchemy": {"records"},
    "alembic": {"records"},
    "apscheduler": {"delivery"},
    "starlette": {"web", "sandbox"},
    "uvicorn": {"web", "sandbox"},
}


def modules() -> list[Path]:
    return sorted(BOT.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def room(path: Path) -> str:
    return path.relative_to(BOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(BOT)))
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here in ALLOWED:
        rooms = {name.split(".")[1] for name in imported(path) if name.startswith("bot.")}
        assert rooms & set(ALLOWED) - {here} <= ALLOWED[here]
        assert not rooms & {"wiring", "cli", "workbench"}
    for library, homes in LIBRARIES.items():
        if any(name == library or name.startswith(f"{library}.") for name in imported(path)):
            assert here in homes, f"{library} does not belong into {here}"


def test_the_scheduler_lives_in_one_module() -> None:
    users = [path for path in modules() if any(name.split(".")[0] == "apscheduler" for name in imported(path))]
    assert len(users) <= 1


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(BOT))
        for path in modules()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_nobody_asks_the_machine_for_the_time() -> None:
    asking = [
        str(path.relative_to(BOT))
        for path in modules()
        if path.name != "clock.py"
        and any(f"{call}(" in path.read_text() for call in ("datetime.now", "datetime.utcnow", "date.today"))
    ]
    assert asking == []
