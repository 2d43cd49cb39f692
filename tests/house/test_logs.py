"""The log holds ids and kinds; never words, names or the token, whoever writes it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.logged import logged

PRIVATE = ("my throat", "Sam Secret", "123456:TOKEN", "hunter2")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """A log in JSON at its most talkative; afterwards everything is as it was."""
    with logged(secrets=("123456:TOKEN", "hunter2")) as stream:
        yield stream


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert not any(private in out.getvalue() for private in PRIVATE)
    return found


def test_ours_in_one_line_with_ids(out: io.StringIO) -> None:
    structlog.get_logger("bot.chat.drain").warning("updates_taken_over", updates=3, failing=["tick plan"])
    [line] = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "updates_taken_over", "updates": 3, "failing": ["tick plan"], "level": "warning",
        "logger": "bot.chat.drain",
    }  # fmt: skip


def test_a_sentence_is_cut_to_its_first_word(out: io.StringIO) -> None:
    log = structlog.get_logger("bot.x")
    log.error("delivery_refused", error="BadRequest: can't parse: my throat", detail="Oops my throat", many=["a b"])
    log.error("item", row={"text": "my throat"})
    first, second = lines(out)
    assert (first["error"], first["detail"], first["many"]) == ("BadRequest: …", "Oops …", ["a …"])
    assert second["row"] == "(1 items)"


def test_an_exception_is_shown_by_kind_and_place(out: io.StringIO) -> None:
    def inner() -> None:
        raise ValueError("my throat")

    try:
        try:
            inner()
        except ValueError as error:
            raise KeyError("Sam Secret") from error
    except KeyError as error:
        structlog.get_logger("bot.x").error("tick_failed", exc_info=error)
        logging.getLogger("telegram.ext").exception("No error handlers are registered: %s", "my throat")
    first, second = lines(out)
    for line in (first, second):
        assert line["exception"].startswith("KeyError in ")
        assert "(from ValueError in " in line["exception"]
        assert "test_logs.py" in line["exception"]
        assert "inner" in line["exception"]
    assert second["event"] == "No error handlers are registered: %s"


@pytest.mark.parametrize(
    "name", ["telegram.ext.Application", "httpx", "aiohttp.client", "asyncio", "sqlalchemy.engine"]
)
def test_other_libraries_say_only_their_fixed_words(out: io.StringIO, name: str) -> None:
    logging.getLogger(name).critical(
        "Error for update %s\nfuture: my throat", {"text": "my throat", "name": "Sam Secret"}
    )
    logging.getLogger(name).info("POST https://api.telegram.org/bot123456:TOKEN/sendMessage")
    logging.getLogger(name).warning("calling hunter2 at 123456:TOKEN")
    first, second = lines(out)
    assert first["event"] == "Error for update %s"
    assert second["event"] == "calling *** at ***"


async def test_a_task_nobody_waited_for(out: io.StringIO) -> None:
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": "Task exception was never retrieved", "exception": ValueError("my throat")})
    [line] = lines(out)
    assert line["event"] == "Task exception was never retrieved"
    assert line["exception"].startswith("ValueError")


def test_for_people() -> None:
    with logged("INFO", form="console") as stream:
        structlog.get_logger("bot.x").info("planned", plans=3)
        structlog.get_logger("bot.x").debug("unseen")
    assert "planned" in stream.getvalue()
    assert "plans=3" in stream.getvalue()
    assert "unseen" not in stream.getvalue()


def test_libraries_that_draw_documents_are_quiet(out: io.StringIO) -> None:
    logging.getLogger("fontTools.subset").info("%s pruned", "GPOS")
    logging.getLogger("fpdf.output").info("closing")
    assert lines(out) == []
