"""What is written to the log, and what never is.

Invariant: logs carry ids, counts and kinds; never what a person wrote, a name, a clinic code, the bot's token or a
password. What other libraries say is cut down to its fixed words, because they put their arguments, which may be
anything, into the rest. Exceptions are shown by kind and place, without their message.
"""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_OURS: Final = "bot"
_QUIET: Final = (
    "httpx",
    "httpcore",
    "aiohttp",
    "telegram",
    "uvicorn",
    "apscheduler",
    "alembic",
    "sqlalchemy",
    "asyncio",
    "fontTools",
    "fpdf",
)
#: Keys whose values are sentences of ours.
_SENTENCES: Final = frozenset({"event", "hint", "failing", "timestamp", "logger", "level", "exception"})
_FRAMES: Final = 6
_LONGEST: Final = 200


def configure_logs(
    form: Literal["console", "json"], level: str, *, secrets: tuple[str, ...] = (), stream: TextIO | None = None
) -> None:
    """Send the program's and its libraries' logs to `stream` (standard error), one line each.

    `secrets` are replaced by `***` wherever they turn up.
    """
    out = stream or sys.stderr
    hidden = tuple(sorted((secret for secret in secrets if len(secret) >= 4), key=len, reverse=True))
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_of_exception,
        _only_ids,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.addFilter(_fixed_words)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _hide(hidden)],
        )
    )
    root = logging.getLogger()
    for old in tuple(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _fixed_words(record: logging.LogRecord) -> bool:
    """Of another library's record only the first line of its template stays."""
    if record.name.partition(".")[0] != _OURS and not isinstance(record.msg, dict):
        record.msg = str(record.msg).partition("\n")[0][:_LONGEST]
        record.args = None
        record.exc_text = record.stack_info = None
    return True


def _place_of_exception(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Kind and place of an exception and of what caused it; its message may hold anything."""
    given = event.pop("exc_info", None)
    record = event.get("_record")
    if given is None and record is not None:
        given, record.exc_info = record.exc_info, None
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = exception_place(error)
    return event


def exception_place(error: BaseException) -> str:
    """`KeyError in bot/care/x.py:12 f < … (from OSError in …)`: everything about an exception but its words."""
    found = f"{type(error).__name__} in {_frames(error.__traceback__)}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        found += f" (from {type(cause).__name__} in {_frames(cause.__traceback__)})"
    if isinstance(error, BaseExceptionGroup):
        found += " [" + "; ".join(exception_place(one) for one in error.exceptions[:3]) + "]"
    return found


def _frames(traceback: TracebackType | None) -> str:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{'/'.join(code.co_filename.split('/')[-3:])}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return " < ".join(reversed(frames[-_FRAMES:])) or "?"


def _only_ids(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """A value with spaces in it is a sentence, and a sentence may be a patient's: its first word stays."""
    for key, value in event.items():
        if not key.startswith("_") and key not in _SENTENCES:
            event[key] = _tame(value)
    return event


def _tame(value: Any) -> Any:
    match value:
        case bool() | int() | float() | None:
            return value
        case list() | tuple() | set() | frozenset():
            return [_tame(one) for one in list(value)[:20]]
        case dict():
            return f"({len(value)} items)"
        case _:
            words = str(value).split()
            return words[0][:64] + (" …" if len(words) > 1 else "") if words else ""


def _hide(secrets: tuple[str, ...]) -> Processor:
    def hide(_logger: WrappedLogger, _name: str, text: Any) -> Any:
        if isinstance(text, str):
            for secret in secrets:
                text = text.replace(secret, "***")
        return text

    return hide
