"""The sandbox as a process of its own, and as a guest in somebody else's event loop."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve
from tests.sandbox.conftest import TOKEN


@pytest.mark.slow
def test_it_runs_as_a_process_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "bot.sandbox", "--token", TOKEN, "--care-chat-id", "-5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("Sandbox: ").strip()
            with httpx.Client(base_url=url, timeout=30) as http, ThreadPoolExecutor(1) as aside:
                assert http.get(f"/bot{TOKEN}/getMe").json()["ok"]
                assert http.get("/sandbox/info").json()["care_chat_id"] == -5
                poll = aside.submit(http.post, f"/bot{TOKEN}/getUpdates", json={"timeout": 50})
                http.get("/sandbox/transcript", params={"wait": 10, "method": "getUpdates"})
                process.send_signal(signal.SIGTERM)
                assert poll.result(20).json()["result"] == []
            assert process.wait(20) == 0
        finally:
            process.kill()


async def test_two_sandboxes_share_nothing_and_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    one, two = (create_app(clock=TravelClock(), token=TOKEN) for _ in range(2))
    async with serve(one) as first, serve(two) as second, httpx.AsyncClient() as http:
        assert signal.getsignal(signal.SIGINT) is before
        await http.post(f"{first}/sandbox/chats/7/messages", json={"text": "x"})
        assert len((await http.get(f"{first}/sandbox/chats/7/messages")).json()) == 1
        assert (await http.get(f"{second}/sandbox/chats/7/messages")).json() == []


async def test_a_taken_port_is_an_error_of_the_caller() -> None:
    async with serve(create_app(clock=TravelClock(), token=TOKEN)) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            async with serve(create_app(clock=TravelClock(), token=TOKEN), port=port):
                pass


async def test_open_polls_and_streams_end_when_the_server_does() -> None:
    async with asyncio.timeout(20), httpx.AsyncClient(timeout=20) as http:
        async with serve(create_app(clock=TravelClock(), token=TOKEN)) as url:
            poll = asyncio.create_task(http.post(f"{url}/bot{TOKEN}/getUpdates", json={"timeout": 50}))
            wait = asyncio.create_task(http.get(f"{url}/sandbox/chats/7/messages", params={"wait": 50}))
            stream = asyncio.create_task(http.get(f"{url}/sandbox/events"))
            await http.get(f"{url}/sandbox/transcript", params={"method": "getUpdates", "wait": 5})
        assert (await poll).json()["result"] == []
        assert (await wait).json() == []
        assert "event: hello" in (await stream).text
