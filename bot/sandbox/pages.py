"""The chat page's files.

Invariant: the page loads nothing from anywhere else; the browser is told so and would refuse.
"""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_SCRIPTS = ("main", "clock", "composer", "dom", "door", "message", "pane", "person", "text")
_STYLES = ("theme", "layout", "chat")
_FILES = {
    "/": ("index.html", "text/html"),
    "/page/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/page/{name}.js": (f"{name}.js", "text/javascript") for name in _SCRIPTS},
    **{f"/page/{name}.css": (f"{name}.css", "text/css") for name in _STYLES},
}


def page_routes() -> list[Route]:
    """One route a file; each is read anew so that editing the page needs no restart."""
    return [_route(path, name, kind) for path, (name, kind) in _FILES.items()]


def _route(path: str, name: str, kind: str) -> Route:
    async def answer(_request: Request) -> Response:
        content = files("bot.sandbox").joinpath("page", name).read_bytes()
        return Response(content, media_type=kind, headers=_HEADERS)

    return Route(path, answer, methods=["GET"])
