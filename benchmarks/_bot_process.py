"""The whole bot as processes of their own, as a deployer starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil
import yaml

SECRET = "a-secret-of-a-bench"


class BotProcess:
    """`python -m bot COMMAND` against a stub; its log is kept."""

    def __init__(self, command: str, url: str, database: str, at_port: int | None = None, **settings: str) -> None:
        self.port = at_port or free_port()
        self._words = ""
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "XDG_CACHE_HOME") if name in os.environ}
        environment = kept | {
            "TELEGRAM_BOT_TOKEN": "1:x",
            "TELEGRAM_API_URL": url,
            "DATABASE_URL": database,
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "json",
            "PORT": str(self.port),
            "PYTHONPATH": os.getcwd(),
        }
        if command == "web":
            environment |= {"WEBHOOK_URL": self.webhook, "WEBHOOK_SECRET": SECRET}
        arguments = [sys.executable, "-m", "bot", command]
        self._process = subprocess.Popen(
            arguments, env=environment | settings, stdout=self.log, stderr=self.log, cwd=tempfile.gettempdir()
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.port}/telegram"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """As the kernel does when memory is out: without a word."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def end(self) -> int:
        """As a host does: SIGTERM, then wait. Gives the exit code."""
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.kill()
        self._close()
        return self._process.returncode

    def usage(self) -> tuple[float, float]:
        """Seconds of processor and megabytes resident, by now."""
        process = psutil.Process(self._process.pid)
        times = process.cpu_times()
        return times.user + times.system, process.memory_info().rss / 1e6

    def words(self) -> str:
        """Everything it logged."""
        if not self.log.closed:
            self.log.seek(0)
            self._words = self.log.read().decode("utf-8", "replace")
        return self._words

    def _close(self) -> None:
        self.words()
        self.log.close()

    def until_ready(self, seconds: float = 60.0) -> None:
        """Wait until its web side answers. Raises TimeoutError."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(self.words()[-2000:])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@cache
def questions(most: int = 200) -> Sequence[str]:
    """Real questions from the content, the same at each run, spread over all entries."""
    folder = Path(__file__).parent.parent / "content" / "en" / "faq"
    found = [
        phrasing
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]
        for phrasing in entry["phrasings"]
    ]
    return found[:: max(1, len(found) // most)][:most]
