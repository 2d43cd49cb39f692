"""Every command, thin: read the arguments, call the house, print.

Invariant: nothing is decided here that another room should decide; heavy rooms are imported by the command that needs them.
"""

from __future__ import annotations

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

    lines = [" ".join(text)] if text else (line.rstrip("\n") for line in sys.stdin)
    answer_lines(lines, _settings(), content, lang, country, as_json=as_json, explain=explain, out=_out)


@app.command(name="eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(help='JSON lines of {"text","entry"} or {"text","level"}.')],
    lang: Language = "en",
    content: Content = CONTENT_DIR,
    changed: Annotated[bool, typer.Option("--changed", help="Compare with the figures of the last commit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Score labelled phrases."""
    from bot.workbench import evaluate_files

    raise typer.Exit(
        0 if evaluate_files(files, _settings(), content, lang, changed=changed, as_json=as_json, out=_out) else 1
    )


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

    run_migrate(_settings())


if __name__ == "__main__":
    main()
