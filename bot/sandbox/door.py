"""The people's door as HTTP: `/sandbox/…`.

Invariant: every answer is JSON; what cannot be done is said in one plain sentence under "error".
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.clock import monotonic
from bot.sandbox.bell import Bell
from bot.sandbox.faults import read_fault
from bot.sandbox.people import People, PersonError
from bot.sandbox.sending import as_json
from bot.sandbox.state import Sandbox

_LONGEST_WAIT_SECONDS = 60.0
Endpoint = Callable[[Request], Awaitable[Response]]


def _json(body: object, status: int = 200) -> Response:
    return Response(as_json(body), status, media_type="application/json")


def _polite(endpoint: Endpoint) -> Endpoint:
    """Answer what cannot be done with a sentence, and refuse posts another site's page makes."""

    async def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        if request.method != "GET" and origin and urlsplit(origin).netloc != request.headers.get("host"):
            return _json({"ok": False, "error": "this door is for the sandbox's own page"}, 403)
        try:
            return await endpoint(request)
        except PersonError as error:
            return _json({"ok": False, "error": str(error)}, error.status)
        except (ValueError, TypeError, OverflowError) as error:
            return _json({"ok": False, "error": str(error)}, 400)

    return answer


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")
    return body


class Door:
    """The HTTP endpoints for whoever plays the people."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._people = People(sandbox)

    def routes(self) -> list[Route]:
        """Every endpoint, below `/sandbox`."""
        chat = "/sandbox/chats/{chat_id:str}"
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", chat + "/messages", self.say),
            ("GET", chat + "/messages", self.messages),
            ("POST", chat + "/callbacks", self.press),
            ("POST", chat + "/block", self.block),
            ("POST", chat + "/unblock", self.unblock),
            ("POST", chat + "/migrate", self.migrate),
            ("GET", chat + "/commands", self.commands),
            ("POST", "/sandbox/chats", self.open_chats),
            ("GET", "/sandbox/chats", self.chats),
            ("GET", "/sandbox/callbacks/{query_id:str}", self.query),
            ("GET", "/sandbox/faults", self.faults),
            ("POST", "/sandbox/faults", self.add_faults),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("GET", "/sandbox/clock", self.clock),
            ("POST", "/sandbox/clock", self.advance),
            ("GET", "/sandbox/transcript", self.transcript),
            ("GET", "/sandbox/stats", self.stats),
            ("GET", "/sandbox/files/{file_id:str}", self.file),
            ("GET", "/sandbox/info", self.info),
        ]
        routes = [Route(path, _polite(endpoint), methods=[method]) for method, path, endpoint in table]
        return [*routes, Route("/sandbox/events", self.events, methods=["GET"])]

    def _chat_id(self, request: Request) -> int:
        chat_id = int(request.path_params["chat_id"])
        if chat_id == 0 or abs(chat_id) >= 1 << 52:
            raise ValueError("a chat id is a number: above zero for a person, below zero for a group")
        return chat_id

    async def say(self, request: Request) -> Response:
        """A person sends something."""
        return _json(self._people.say(self._chat_id(request), await _body(request)).shown())

    async def messages(self, request: Request) -> Response:
        """A chat's messages, newest last. `after` a message id; `from=bot|person`; `wait` seconds for the first one."""
        chat_id, query = self._chat_id(request), request.query_params
        after, who = int(query.get("after", 0)), query.get("from", "")

        def look() -> list[dict[str, Any]]:
            chat = self._sandbox.world.chats.get(chat_id)
            if chat is None:
                return []
            newer = [message for number, message in chat.messages.items() if number > after]
            return [message.shown() for message in newer if not who or message.from_bot == (who == "bot")]

        return _json(await self._look(look, self._sandbox.chat_bell, float(query.get("wait", 0))))

    async def press(self, request: Request) -> Response:
        """A person presses a button."""
        return _json(self._people.press(self._chat_id(request), await _body(request)))

    async def query(self, request: Request) -> Response:
        """What the bot answered to a pressed button. `wait` seconds for the answer."""
        query_id = request.path_params["query_id"]

        def look() -> dict[str, Any] | None:
            found = self._sandbox.queries.get(query_id)
            return found if found and found["answered"] else None

        waited = await self._look(look, self._sandbox.chat_bell, float(request.query_params.get("wait", 0)))
        return _json(waited or self._sandbox.queries.get(query_id) or {"answered": False})

    async def block(self, request: Request) -> Response:
        """A person blocks the bot, or a group removes it."""
        return _json(self._people.block(self._chat_id(request), blocked=True))

    async def unblock(self, request: Request) -> Response:
        """The way back."""
        return _json(self._people.block(self._chat_id(request), blocked=False))

    async def migrate(self, request: Request) -> Response:
        """A group becomes a supergroup; `to` names its new id."""
        to = (await _body(request)).get("to")
        return _json(self._people.migrate(self._chat_id(request), None if to is None else int(to)))

    async def commands(self, request: Request) -> Response:
        """The commands a person sees in this chat, and the words on its empty page."""
        language = request.query_params.get("language", "en")
        profile = self._sandbox.profile
        described = profile.get(("description", language)) or profile.get(("description", ""), "")
        seen = self._sandbox.commands.seen_in(self._chat_id(request), language)
        return _json({"commands": seen, "description": described})

    async def open_chats(self, request: Request) -> Response:
        """Let the bot know many people at once: `ids`, or `first` and `count`."""
        body = await _body(request)
        ids = [int(number) for number in body.get("ids", [])]
        first, count = int(body.get("first", 1)), int(body.get("count", 0))
        if count > 1_000_000:
            raise ValueError("a million chats at most")
        for chat_id in (*ids, *range(first, first + count)):
            self._sandbox.world.open(chat_id)
        return _json({"ok": True, "chats": len(self._sandbox.world.chats)})

    async def chats(self, _request: Request) -> Response:
        """Every chat there is, the first thousand of them."""
        chats = list(self._sandbox.world.chats.values())[:1000]
        shown = [{**chat.api(), "blocked": chat.blocked, "migrated_to": chat.migrated_to} for chat in chats]
        return _json(shown)

    async def faults(self, _request: Request) -> Response:
        """The faults still to come."""
        return _json([fault.shown() for fault in self._sandbox.faults.script])

    async def add_faults(self, request: Request) -> Response:
        """Script one fault, or several under "script"."""
        body = await _body(request)
        added = [read_fault(raw) for raw in body.get("script", [body])]
        self._sandbox.faults.script.extend(added)
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        """No more trouble."""
        self._sandbox.faults.script.clear()
        return await self.faults(request)

    async def clock(self, _request: Request) -> Response:
        """The demo's present."""
        now = self._sandbox.clock.now()
        return _json({"now": now.isoformat(), "timestamp": now.timestamp()})

    async def advance(self, request: Request) -> Response:
        """Move the demo's time forward by so many seconds."""
        seconds = (await _body(request)).get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError("advance is a number of seconds")
        now = self._sandbox.clock.advance(timedelta(seconds=seconds))
        self._sandbox.events.tell("clock", {"now": now.isoformat(), "timestamp": now.timestamp()})
        return await self.clock(request)

    async def transcript(self, request: Request) -> Response:
        """The Bot API calls received. `after` a seq, `method`, `chat_id`, `limit`; `wait` seconds for the first one."""
        query = request.query_params
        after, limit = int(query.get("after", 0)), int(query.get("limit", 1000))

        def look() -> list[dict[str, Any]]:
            calls = self._sandbox.transcript.since(after, query.get("method", ""), query.get("chat_id", ""))
            return [call.shown() for call in calls[-limit:]]

        return _json(await self._look(look, self._sandbox.transcript.bell, float(query.get("wait", 0))))

    async def stats(self, _request: Request) -> Response:
        """How many calls of each method ended with each status (0: no answer), and what waits."""
        sandbox = self._sandbox
        counts = {
            "chats": len(sandbox.world.chats), "updates_waiting": len(sandbox.feed.queue),
            "webhook_deliveries": sandbox.courier.deliveries,
        }  # fmt: skip
        return _json({"calls": dict(sandbox.transcript.totals), **counts})

    async def file(self, request: Request) -> Response:
        """A photo or document, for the page."""
        stored = self._sandbox.world.files.get(request.path_params["file_id"])
        if stored is None:
            return _json({"ok": False, "error": "this file is not kept any more"}, 404)
        kind = stored.content_type if stored.content_type.startswith("image/") else "application/octet-stream"
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(stored.content, media_type=kind, headers=headers)

    async def info(self, _request: Request) -> Response:
        """What the page needs to know to begin."""
        now = self._sandbox.clock.now()
        name = self._sandbox.profile.get(("name", "")) or self._sandbox.bot["first_name"]
        return _json(
            {"bot": {**self._sandbox.bot, "first_name": name}, "care_chat_id": self._sandbox.care_chat_id,
             "now": now.isoformat(), "timestamp": now.timestamp()}
        )  # fmt: skip

    async def events(self, _request: Request) -> Response:
        """What happens, as server-sent events: message, edit, delete, action, answer, clock, chat, commands."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._sandbox.events.stream(), media_type="text/event-stream", headers=headers)

    async def _look(self, look: Callable[[], Any], bell: Bell, wait: float) -> Any:
        ends = monotonic() + min(wait, _LONGEST_WAIT_SECONDS)
        while not (found := look()) and not self._sandbox.feed.closed and ends > monotonic():
            await bell.wait(ends - monotonic())
        return found
