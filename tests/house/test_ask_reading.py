"""`b12bot ask` reads whatever bytes come, and what it prints is UTF-8."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app


def test_bytes_that_are_no_utf8_cost_only_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def answer_lines(lines: list[str], *args: object, **kwargs: object) -> None:
        for line in lines:
            seen.append(line)
            print(json.dumps(line, ensure_ascii=False))

    monkeypatch.setattr("bot.workbench.answer_lines", answer_lines)
    result = CliRunner(charset="ascii").invoke(app, ["ask"], input=b"caf\xe9\n\xff\xfe\n\ncaf\xc3\xa9\n")
    assert result.exit_code == 0, result.exception
    assert seen == ["caf\ufffd", "\ufffd\ufffd", "", "café"]
    assert [json.loads(line) for line in result.stdout_bytes.decode().splitlines()] == seen
