"""The parameters of one Bot API call, however they were sent: query, form, JSON or multipart.

Invariant: a parameter of the wrong form is a Bad Request in Telegram's words, never an exception of another kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from bot.sandbox.errors import ApiError, bad_request

BODY_LIMIT = 64 * 1024 * 1024
_JSON_LIMIT = 4 * 1024 * 1024


@dataclass(slots=True, frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    content: bytes
    content_type: str


class Params:
    """What the bot sent along with one call."""

    __slots__ = ("files", "values")

    def __init__(self, values: dict[str, Any], files: dict[str, Upload] | None = None) -> None:
        self.values = values
        self.files = files or {}

    def text(self, name: str, default: str = "") -> str:
        """The parameter as a string; numbers are taken as their digits, as Telegram does."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        return str(value).lower() if isinstance(value, bool) else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """The parameter as a whole number; what is not one counts as `default`, as Telegram does."""
        value = self.values.get(name)
        if isinstance(value, bool) or value is None:
            return default
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            return default

    def flag(self, name: str) -> bool:
        """Whether the parameter says yes ("true", "yes", "1")."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def number(self, name: str) -> float:
        """The parameter as a number. Raises ApiError when it is missing or is none."""
        try:
            return float(self.text(name))
        except ValueError:
            raise bad_request(f"{name} is empty" if not self.text(name) else f"invalid {name} specified") from None

    def json(self, name: str, kind: type[Any]) -> Any:
        """The parameter as JSON of the given kind (list or dict), or None when it is absent.

        Raises ApiError when it is something else.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise bad_request(f"can't parse {name} JSON object") from None
        if not isinstance(value, kind):
            raise bad_request(f"{'array' if kind is list else 'object'} expected as {name}")
        return value


async def read_params(scope: Scope, receive: Receive) -> Params:
    """Read a call's parameters from its query and its body. Raises ApiError (400, 413) for what cannot be read."""
    content_type = next((value for key, value in scope["headers"] if key == b"content-type"), b"").lower()
    raw_query = scope["query_string"]
    query = dict(parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True)) if raw_query else {}
    if content_type.startswith(b"multipart/form-data"):
        return await _multipart(scope, receive, query)
    body = await _body(receive)
    if not body:
        return Params(query)
    if content_type.startswith(b"application/json"):
        return Params({**query, **_json_object(body)})
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        raise bad_request("strings must be encoded in UTF-8") from None
    return Params({**query, **form} if query else form)


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object")
    return value


async def _body(receive: Receive) -> bytes:
    message: Message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _JSON_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
    return b"".join(parts)


async def _multipart(scope: Scope, receive: Receive, query: dict[str, Any]) -> Params:
    length = next((int(value) for key, value in scope["headers"] if key == b"content-length" and value.isdigit()), 0)
    if length > BODY_LIMIT:
        raise ApiError(413, "Request Entity Too Large")
    values, files = query, {}
    request = Request(scope, receive)
    try:
        async with request.form(max_part_size=_JSON_LIMIT) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    files[name] = Upload(value.filename or name, content, value.content_type or "")
                else:
                    values[name] = value
    except HTTPException as error:
        raise bad_request(str(error.detail)) from None
    return Params(values, files)
