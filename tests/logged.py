"""The program's own log, caught; afterwards logging is as it was."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import structlog

from bot.logs import configure_logs


@contextmanager
def logged(
    level: str = "DEBUG", *, secrets: tuple[str, ...] = (), form: Literal["console", "json"] = "json"
) -> Iterator[io.StringIO]:
    """What is logged inside the block, as the running bot would write it."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("telegram", "httpx", "aiohttp", "asyncio", "sqlalchemy")}
    stream = io.StringIO()
    configure_logs(form, level, secrets=secrets, stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        structlog.reset_defaults()
        root.handlers[:], root.level = handlers, before
        for name, old in levels.items():
            logging.getLogger(name).setLevel(old)
