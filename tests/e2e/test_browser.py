"""The whole demo as a person meets it: one command, a page, a question, a button, and the emergency card."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from tests.sandbox.browser import PHONE, WIDE, open_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The demo's address, from a process with nothing of ours in its environment but the way to the code."""
    surroundings = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    environment = {**surroundings, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            yield next(line for line in lines if line.startswith("Chat: ")).removeprefix("Chat: ").strip()
        finally:
            process.terminate()
            process.wait(30)


def test_a_person_asks_presses_a_button_and_gets_the_emergency_card(demo: str, tmp_path: Path) -> None:
    with open_browser(tmp_path / "profile") as browser:
        browser.look_like(WIDE)
        browser.driver.get(demo)

        def write(text: str) -> None:
            browser.find("#patient-field").send_keys(text, Keys.ENTER)

        browser.find("#patient .welcome button", "Start").click()
        browser.find("#patient button.inline", "English").click()
        browser.find("#patient button.inline", "United Kingdom").click()
        browser.find("#patient .theirs .bubble", "999")
        write("how much b12 is in one shot?")
        browser.find("#patient .theirs .bubble", "1,000 micrograms")
        browser.picture("demo-answer")
        browser.find("#patient button.inline", "More").click()
        browser.until(lambda _: not browser.visible("#patient .inline.waiting"), "the answer to the button")
        write("my lips are swollen and i can't breathe")
        card = browser.find("#patient .theirs:last-of-type .bubble", "999")
        top = """
            const [card] = arguments;
            return card.getBoundingClientRect().top - card.closest('.scroller').getBoundingClientRect().top"""
        browser.until(lambda _: browser.driver.execute_script(top, card) >= 0, "the card's first line")
        browser.picture("demo-emergency")
        for size, name in ((WIDE, "wide"), (PHONE, "phone")):
            for dark in (False, True):
                browser.look_like(size, dark=dark)
                browser.picture(f"demo-{name}-{'dark' if dark else 'light'}")
        assert browser.complaints() == []
    refused = [call for call in httpx.get(f"{demo}/sandbox/transcript").json() if call["status"] >= 400]
    assert refused == []
