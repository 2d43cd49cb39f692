"""Which proxy a call goes through: the one that was given, else the environment's, as httpx and curl read it."""

from __future__ import annotations

import urllib.request

from yarl import URL


def http_proxy(address: str) -> URL:
    """Raises ValueError for a proxy of another kind than http."""
    url = URL(address)
    if url.scheme not in {"http", "https"}:
        raise ValueError(f"proxies of the kind {url.scheme}:// are not supported; use http://")
    return url


def proxy_from_environment(scheme: str, host: str) -> URL | None:
    """What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say about this host."""
    if urllib.request.proxy_bypass(host):
        return None
    found = urllib.request.getproxies()
    address = found.get(scheme) or found.get("all")
    return None if address is None else http_proxy(address if "://" in address else f"http://{address}")
