"""How the Bot API says no.

Invariant: every refusal carries the code and the words Telegram uses, so a client cannot tell the two apart.
Sources: https://core.telegram.org/bots/api#making-requests and the behaviour of tdlib/telegram-bot-api 10.0.
"""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """A refused Bot API call: HTTP status, Telegram's sentence and, for 429 and migrations, its parameters."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = dict(parameters or {})

    def payload(self) -> dict[str, object]:
        """The JSON body that goes with the status."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """400, for a call that can never succeed as it stands."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """403, for a chat the bot may not write to."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """409, for two ways of fetching updates at once."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """429; `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})
