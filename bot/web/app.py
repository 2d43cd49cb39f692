"""The web application: the webhook, health, and figures for the operator.

Invariant: nothing here shows a person, a chat or a word; what is not listed here does not exist.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import __version__
from bot.care.health import Health
from bot.clock import Clock, SystemClock
from bot.metrics import Metrics
from bot.records import figures
from bot.records.database import Database
from bot.records.trouble import DATABASE_TROUBLE
from bot.web.gauges import exposition
from bot.web.webhook import Webhook

DEFAULT_PATH: Final = "/telegram"
_PATIENCE: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Site:
    """What the web process shows. Without `webhook` (polling) only health and figures; with `metrics_token`, figures
    only to who sends it as a bearer token."""

    health: Health
    metrics: Metrics
    database: Database
    clock: Clock
    webhook: Webhook | None = None
    webhook_path: str = DEFAULT_PATH
    metrics_token: str | None = None

    def app(self) -> Starlette:
        """The application, to be served."""
        routes = [
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
            Route("/metrics", self.figures, methods=["GET"]),
        ]
        if self.webhook is not None:
            routes.append(Route(self.webhook_path, self.webhook.__call__, methods=["POST"]))
        return Starlette(routes=routes)

    async def alive(self, _request: Request) -> Response:
        """200 while the process serves at all: for whoever restarts it."""
        return JSONResponse({"ok": True, "version": __version__})

    async def ready(self, _request: Request) -> Response:
        """200 when everything a patient needs works, else 503; each check with a word on why."""
        checks = await self.health.look()
        ok = all(check.ok for check in checks)
        if not ok:
            _log.warning("not_ready", failing=[check.name for check in checks if not check.ok])
        shown = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
        return JSONResponse({"ok": ok, "checks": shown}, 200 if ok else 503)

    async def figures(self, request: Request) -> Response:
        """Prometheus' text format."""
        if self.metrics_token is not None:
            given = request.headers.get("authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(given, f"Bearer {self.metrics_token}".encode()):
                return PlainTextResponse("", 401)
        found = None
        try:
            async with asyncio.timeout(_PATIENCE), self.database.read() as connection:
                found = await figures.read(connection, self.clock.now(), SystemClock().now())
        except (*DATABASE_TROUBLE, TimeoutError) as error:
            _log.warning("figures_not_read", error=type(error).__name__)
        return Response(exposition(self.metrics.registry, found), headers={"Content-Type": CONTENT_TYPE_LATEST})


def webhook_path(url: str) -> str:
    """Where the webhook is on this server: the path of WEBHOOK_URL, or /telegram when it names none."""
    path = urlsplit(url).path
    return DEFAULT_PATH if path in {"", "/"} else path


def webhook_address(url: str) -> str:
    """The full address to give Telegram for WEBHOOK_URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{webhook_path(url)}"
