"""A headless Chromium for the page's tests, and pictures of what it shows."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PICTURES = Path(__file__).resolve().parents[2] / "build" / "screenshots"
WIDE, PHONE = (1360, 900), (390, 844)
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Browser:
    """One window."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
        driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Europe/London"})

    def find(self, selector: str, text: str = "") -> WebElement:
        """The first visible element that fits and has this text in it; waits for it."""
        element: WebElement = self.until(lambda _: self._seen(selector, text), f"{selector} with {text!r}")
        return element

    def visible(self, selector: str) -> bool:
        """Whether an element that fits can be seen now."""
        return self._seen(selector, "") is not None

    def _seen(self, selector: str, text: str) -> WebElement | None:
        script = """
            return [...document.querySelectorAll(arguments[0])].find(
                (node) => node.checkVisibility() && node.textContent.includes(arguments[1])) ?? null"""
        element: WebElement | None = self.driver.execute_script(script, selector, text)
        return element

    def until(self, look: Callable[[Chrome], object], what: str) -> Any:
        """Wait until `look` finds something."""
        return WebDriverWait(self.driver, 15, poll_frequency=0.05).until(look, f"the page never showed {what}")

    def look_like(self, size: tuple[int, int], *, dark: bool = False) -> None:
        """Pretend to be a screen of this size, with this colour scheme."""
        width, height = size
        phone = width < 600
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def picture(self, name: str) -> Path:
        """Save what is seen now, once nothing moves any more."""
        done = """
            const [done] = arguments;
            const moving = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity);
            Promise.allSettled(moving.map((one) => one.finished))
                .then(() => requestAnimationFrame(() => requestAnimationFrame(done)));"""
        self.driver.execute_async_script(done)
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        path.write_bytes(base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"]))
        return path

    def complaints(self) -> list[str]:
        """What the browser's console holds against the page."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [str(entry["message"]) for entry in entries]


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile; skips the test, saying why, where there is none."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no browser: chromium and chromedriver are not installed (Debian: chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = Chrome(options=options, service=Service(driver))
    try:
        yield Browser(window)
    finally:
        window.quit()
