"""Every command, thin: read the arguments, call the house, print.

Invariant: nothing is decided here that another room should decide; heavy rooms are imported by the command that needs
them.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot import __version__
from bot.settings import CONTENT_DIR, Settings, SettingsError, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

Content = Annotated[Path, typer.Option("--content", help="A content folder to use instead of the shipped one.")]
Language = Annotated[str, typer.Option("--lang", help="Language to answer in.")]


def main() -> None:
    """Run the command line; every error in the settings is shown at once, without a traceback."""
    try:
        app()
    except SettingsError as error:
        for problem in error.problems:
            _err.print(f"[red]settings:[/red] {problem}", markup=True)
        raise SystemExit(2) from None


def _read_and_write_utf8() -> None:
    """Whatever the locale says; bytes that are no UTF-8 are read as U+FFFD, so that what is printed is UTF-8 again."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _settings(**overrides: object) -> Settings:
    return read_settings(**overrides)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False) -> None:
    """A Telegram companion for people who live with vitamin B12 injections."""
    if version:
        _out.print(__version__)
        raise typer.Exit


@app.command()
def ask(
    text: Annotated[list[str] | None, typer.Argument(help="The text; without it, each line of standard input.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    lang: Language = "en",
    content: Content = CONTENT_DIR,
    country: Annotated[str | None, typer.Option(help="Two-letter country, for the emergency number.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why.")] = False,
) -> None:
    """Answer one text, or each line of standard input."""
    from bot.workbench import answer_lines

    _read_and_write_utf8()
    lines = [" ".join(text)] if text else (line.rstrip("\n") for line in sys.stdin)
    answer_lines(lines, _settings(), content, lang, country, as_json=as_json, explain=explain, out=_out)


@app.command(name="eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(help='JSON lines of {"text","entry"} or {"text","level"}.')],
    lang: Language = "en",
    content: Content = CONTENT_DIR,
    changed: Annotated[bool, typer.Option("--changed", help="Compare with the figures of the last commit.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Write the figures beside the first file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Score labelled phrases."""
    from bot.scoring import evaluate_files

    well = evaluate_files(files, _settings(), content, lang, changed=changed, save=save, as_json=as_json, out=_out)
    raise typer.Exit(0 if well else 1)


@app.command()
def check(content: Content = CONTENT_DIR) -> None:
    """Validate the content: every complaint with file and line; exit 1 on an error."""
    from bot.workbench import check_content

    raise typer.Exit(0 if check_content(content, _settings(), _out) else 1)


@app.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write the JSON Schemas.")] = Path("content/schemas"),
) -> None:
    """Write JSON Schemas of the content files, for editors' completion."""
    from bot.knowledge.schemas import write_schemas

    for path in write_schemas(folder):
        _out.print(str(path))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the chat page on 127.0.0.1; 0 takes a free one.")] = 8765,
) -> None:
    """Sandbox, bot and chat page on this machine; needs no token, no account, no network."""
    from bot.demo import run_demo

    raise typer.Exit(run_demo(port, lambda url: _out.print(f"Chat: {url}")))


@app.command()
def run() -> None:
    """Polling and reminders in one process."""
    from bot.running import run_all

    raise typer.Exit(run_all(_settings()))


@app.command()
def web() -> None:
    """Receive updates by webhook and answer them."""
    from bot.running import run_web

    raise typer.Exit(run_web(_settings()))


@app.command()
def worker() -> None:
    """Plan and deliver reminders, check-ins and alerts."""
    from bot.running import run_worker

    raise typer.Exit(run_worker(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    from bot.running import run_migrate

    raise typer.Exit(run_migrate(_settings()))


@app.command()
def doctor(
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Send a test message to the care team's chats.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Say what is configured, reachable and missing; exit 1 when something keeps the bot from working."""
    from bot.maintenance import run_doctor

    raise typer.Exit(run_doctor(_settings(), _out, send_test=send_test, as_json=as_json))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write the copy.")]) -> None:
    """Copy an SQLite database while the bot runs. (PostgreSQL: pg_dump, see docs/deploy.md.)"""
    from bot.maintenance import run_backup

    raise typer.Exit(run_backup(_settings(), file, _out, _err))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A copy made by `backup`.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the database that is there; it is kept beside.")
    ] = False,
) -> None:
    """Put a backup in the database's place; the bot must not run."""
    from bot.maintenance import run_restore

    raise typer.Exit(run_restore(_settings(), file, _out, _err, force=force))


@app.command(name="rotate-keys")
def rotate_keys() -> None:
    """Encrypt all personal text anew with the first of ENCRYPTION_KEYS; also turns encryption on."""
    from bot.maintenance import run_rotate_keys

    raise typer.Exit(run_rotate_keys(_settings(), _out, _err))


if __name__ == "__main__":
    main()
