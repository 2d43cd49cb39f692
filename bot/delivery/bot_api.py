"""One call to the Bot API, as an outbox row describes it."""

from __future__ import annotations

from typing import Protocol

from telegram.request import BaseRequest, RequestData

# python-telegram-bot offers no public way to build RequestData; its Bot does it with the same class
from telegram.request._requestparameter import RequestParameter

from bot.records.outbox import Delivery


class Transport(Protocol):
    """Sends one row; gives Telegram's message id, if the method has one. Raises what python-telegram-bot raises."""

    async def send(self, delivery: Delivery) -> int | None: ...


class BotApi:
    """The Bot API at `base_url` (such as `https://api.telegram.org/bot123:abc`), without retries and without a limiter.

    `paid` adds `allow_paid_broadcast` to messages: Telegram then takes up to 1,000 a second and charges for them.
    """

    def __init__(self, request: BaseRequest, base_url: str, *, paid: bool = False) -> None:
        self._request = request
        self._base_url = base_url
        self._paid = paid

    async def send(self, delivery: Delivery) -> int | None:
        values: dict[str, object] = {"chat_id": delivery.chat_id, **delivery.payload}
        if self._paid and delivery.method.startswith("send"):
            values["allow_paid_broadcast"] = True
        parameters = [RequestParameter(name, value, None) for name, value in values.items() if value is not None]
        answer = await self._request.post(f"{self._base_url}/{delivery.method}", RequestData(parameters))
        if isinstance(answer, dict):
            found = answer.get("message_id")
            return found if isinstance(found, int) else None
        return None
