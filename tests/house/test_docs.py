"""The documents say what the code does."""

import re
from pathlib import Path

import typer.main

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[2]


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Commands", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`(?:b12bot )?([a-z][a-z-]*)(?: [^`]*)?`(?=[^|]*\|)", table))
    assert commands() <= named


def test_the_procfile_and_the_makefile_call_commands_that_exist() -> None:
    used = re.findall(r"-m bot ([a-z]+)", (ROOT / "Procfile").read_text() + (ROOT / "Makefile").read_text())
    assert used
    assert set(used) <= commands()


def test_the_design_names_every_room() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    files = {path.name for path in (ROOT / "bot").glob("*.py")} - {"__init__.py"}
    assert [room for room in rooms if f"  {room}/" not in design] == []
    assert [name for name in files if name not in design] == []


def test_example_environment_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.M))
    assert names == {name.upper() for name in Settings.model_fields}


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(((?!https?://|#|mailto:)[^)#\s]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / link).exists():
                broken.append(f"{path.relative_to(ROOT)}: {link}")
    assert broken == []


def test_requirement_files_are_hashed_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "http" not in re.sub(r"^http\S*==|^[a-z-]*http[a-z0-9-]*==.*$", "", text, flags=re.M).replace(
            "--hash", ""
        )
        pins = re.findall(r"^[a-z0-9.\[\]_-]+==\S+.*$", text, re.M | re.I)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
