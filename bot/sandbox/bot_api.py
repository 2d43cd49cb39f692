"""The bot's door: `/bot<token>/<method>` and `/file/bot<token>/<path>`.

Invariant: every call to a known method stands in the transcript with how it ended; an unknown method is 404 and a wrong
token 401, so that a bot which calls what Telegram does not know fails its tests loudly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive, Scope, Send

from bot.clock import monotonic
from bot.sandbox.editing import Editing
from bot.sandbox.errors import ApiError, too_many_requests
from bot.sandbox.faults import Fault
from bot.sandbox.identity import Identity
from bot.sandbox.params import Params, read_params
from bot.sandbox.sending import Sending, as_json
from bot.sandbox.state import Sandbox
from bot.sandbox.transcript import Call

Method = Callable[[Params], Awaitable[Any]]
_COUNTED = frozenset({"sendmessage", "sendphoto", "senddocument", "sendlocation"})
_HANG_SECONDS = 3600.0
_UNAUTHORIZED = ApiError(401, "Unauthorized")
_NOT_FOUND = ApiError(404, "Not Found")


class BotApi:
    """The ASGI application behind the bot's door."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        sending, editing, me = Sending(sandbox), Editing(sandbox), Identity(sandbox)
        methods: dict[str, Method] = {
            "getMe": me.get_me, "logOut": me.yes, "close": me.yes, "getChat": me.get_chat, "getFile": me.get_file,
            "getChatMember": me.get_chat_member, "setMyCommands": me.set_commands, "getMyCommands": me.get_commands,
            "deleteMyCommands": me.delete_commands, "setWebhook": me.set_webhook, "deleteWebhook": me.delete_webhook,
            "getWebhookInfo": me.get_webhook_info, "sendMessage": sending.send_message, "sendPhoto": sending.send_photo,
            "sendDocument": sending.send_document, "sendLocation": sending.send_location,
            "sendChatAction": sending.send_chat_action, "editMessageText": editing.edit_text,
            "editMessageCaption": editing.edit_caption, "editMessageReplyMarkup": editing.edit_markup,
            "deleteMessage": editing.delete_message, "deleteMessages": editing.delete_messages,
            "answerCallbackQuery": editing.answer_query,
        }  # fmt: skip
        for part, name in (("Name", "name"), ("Description", "description"), ("ShortDescription", "short_description")):
            methods[f"setMy{part}"] = me.setter(name)
            methods[f"getMy{part}"] = me.getter(name)
        self._methods = {name.lower(): (name, method) for name, method in methods.items()}
        self._methods["getupdates"] = ("getUpdates", me.yes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        path = scope["path_params"]
        if path["token"] != self._sandbox.token:
            return await _answer(send, _UNAUTHORIZED.code, _UNAUTHORIZED.payload())
        name, method = self._methods.get(path["method"].lower(), ("", None))
        if method is None:
            return await _answer(send, _NOT_FOUND.code, _NOT_FOUND.payload())
        try:
            params = await read_params(scope, receive)
        except ApiError as error:
            return await _answer(send, error.code, error.payload())
        call = self._sandbox.transcript.begin(name, params.values, self._sandbox.clock.now())
        faults = self._sandbox.faults
        fault = faults.take(name.lower(), params.integer("chat_id")) if faults.script else None
        try:
            if fault is None:
                answer = await self._run(call, name, method, params, receive)
            else:
                call.fault = fault.kind
                answer = await self._run_with(fault, call, name, method, params, receive)
            if answer is None:
                await _hang_up(scope, receive, send)
            else:
                call.status = answer[0]
                await _answer(send, *answer)
        finally:
            self._sandbox.transcript.end(call)

    async def _run(
        self, call: Call, name: str, method: Method, params: Params, receive: Receive
    ) -> tuple[int, dict[str, object]] | None:
        try:
            if name == "getUpdates":
                result: Any = await self._get_updates(params, receive)
            else:
                if self._sandbox.limits.enabled and name.lower() in _COUNTED:
                    paid = params.flag("allow_paid_broadcast")
                    wait = self._sandbox.limits.refuse(params.integer("chat_id"), monotonic(), paid=paid)
                    if wait:
                        raise too_many_requests(wait)
                result = await method(params)
        except ApiError as error:
            call.description = error.description
            return error.code, error.payload()
        call.effective = True
        if type(result) is dict:
            call.message_id = result.get("message_id")
        elif type(result) is tuple:
            return 200, {"ok": True, "result": result[0], "description": result[1]}
        return 200, {"ok": True, "result": result}

    async def _run_with(
        self, fault: Fault, call: Call, name: str, method: Method, params: Params, receive: Receive
    ) -> tuple[int, dict[str, object]] | None:
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        answer = await self._run(call, name, method, params, receive) if fault.delivers else None
        refusal = fault.refusal()
        if refusal is not None:
            call.description = refusal.description
            return refusal.code, refusal.payload()
        if fault.ending == "hang":
            await self._until_gone(receive, fault.seconds or _HANG_SECONDS)
            return None
        return None if fault.ending == "drop" else answer

    async def _get_updates(self, params: Params, receive: Receive) -> list[dict[str, Any]]:
        feed = self._sandbox.feed
        feed.allow(params.json("allowed_updates", list))
        limit = params.integer("limit", 100)
        gone = asyncio.Event()
        watch = asyncio.create_task(self._watch(receive, gone))
        try:
            return await feed.poll(
                params.integer("offset"), limit if 1 <= limit <= 100 else 100, max(0, params.integer("timeout")), gone
            )
        finally:
            watch.cancel()

    async def _watch(self, receive: Receive, gone: asyncio.Event) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()
        self._sandbox.feed.bell.ring()

    async def _until_gone(self, receive: Receive, seconds: float) -> None:
        """Wait until the caller hangs up, the sandbox closes or the time is over."""
        gone = asyncio.Event()
        watch = asyncio.create_task(self._watch(receive, gone))
        ends = monotonic() + seconds
        try:
            while not gone.is_set() and not self._sandbox.feed.closed and ends > monotonic():
                await self._sandbox.feed.bell.wait(ends - monotonic())
        finally:
            watch.cancel()


class BotFiles:
    """The ASGI application behind `/file/bot<token>/<path>`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """One download."""
        path = scope["path_params"]
        stored = self._sandbox.world.file_at(path["path"])
        if path["token"] != self._sandbox.token:
            await _answer(send, _UNAUTHORIZED.code, _UNAUTHORIZED.payload())
        elif stored is None:
            await _answer(send, _NOT_FOUND.code, _NOT_FOUND.payload())
        else:
            await _send(send, 200, stored.content, b"application/octet-stream")


async def _answer(send: Send, status: int, body: dict[str, object]) -> None:
    await _send(send, status, as_json(body), b"application/json")


async def _send(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _hang_up(scope: Scope, receive: Receive, send: Send) -> None:
    """End the connection without a word; where the server gives no hold of it, break off in the middle of an answer."""
    transport = scope.get("sandbox.transport")
    if transport is None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
