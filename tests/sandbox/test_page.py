"""The chat page in a real browser, with a small bot behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve
from tests.sandbox.browser import PHONE, WIDE, Browser, open_browser
from tests.sandbox.conftest import CARE, TOKEN

pytestmark = pytest.mark.browser
BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Tell me more", callback_data="more")]])


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message
    await update.effective_message.reply_html("<b>Hello!</b> Ask me something.", reply_markup=BUTTONS)


async def keys(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message
    keyboard = ReplyKeyboardMarkup(
        [["Done", "Not yet"]], one_time_keyboard=True, input_field_placeholder="How did it go?"
    )
    await update.effective_message.reply_text("Did you have your injection?", reply_markup=keyboard)


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    assert message
    await message.reply_text(f"I heard: {message.text}", do_quote=True)
    if message.chat_id != CARE:
        await context.bot.send_message(CARE, f"Somebody wrote: {message.text}", reply_markup=BUTTONS)


async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query
    await update.callback_query.answer("Here you are")
    await update.callback_query.edit_message_text("There is more to say. Try /help")


@dataclass
class Stage:
    """A sandbox with a bot, running in a thread of their own."""

    url: str = ""
    problem: BaseException | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._play())
        except BaseException as problem:  # noqa: BLE001 - handed to the test, which raises it
            self.problem = problem
            self.ready.set()

    async def _play(self) -> None:
        self.loop = asyncio.get_running_loop()
        clock = TravelClock(datetime(2026, 5, 4, 8, 0, tzinfo=UTC))
        async with serve(create_app(clock=clock, token=TOKEN, care_chat_id=CARE)) as url:
            builder = Application.builder().token(TOKEN).base_url(f"{url}/bot")
            application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
            application.add_handlers(
                [CommandHandler("start", start), CommandHandler("help", keys), CallbackQueryHandler(more)]
            )
            application.add_handler(MessageHandler(filters.TEXT, echo))
            async with application:
                assert application.updater
                await application.bot.set_my_commands(
                    [BotCommand("start", "Begin"), BotCommand("help", "What I can do")]
                )
                await application.start()
                await application.updater.start_polling(timeout=10)
                self.url = url
                self.ready.set()
                await self.over.wait()
                await application.updater.stop()
                await application.stop()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    thread = threading.Thread(target=made.run)
    thread.start()
    made.ready.wait(20)
    if made.problem is not None:
        raise made.problem
    yield made
    assert made.loop is not None
    made.loop.call_soon_threadsafe(made.over.set)
    thread.join(20)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with open_browser(tmp_path / "profile") as made:
        yield made


def write(browser: Browser, pane: str, text: str) -> None:
    browser.find(f"#{pane}-field").send_keys(text, Keys.ENTER)


def test_a_conversation_on_the_page(stage: Stage, browser: Browser) -> None:
    browser.look_like(WIDE)
    browser.driver.get(stage.url)
    browser.find("#patient .welcome button", "Start").click()
    browser.find("#patient .theirs .bubble", "Hello! Ask me")
    browser.find("#patient .theirs .bubble strong", "Hello!")

    write(browser, "patient", "<b>does it hurt?</b> 💉")
    browser.find("#patient .theirs .bubble", "I heard: <b>does it hurt?</b> 💉")
    browser.find("#patient .theirs .quoted strong", "Sam")
    browser.find("#care .theirs .bubble", "Somebody wrote: <b>does it hurt?</b> 💉")

    browser.find("#patient button.inline", "Tell me more").click()
    browser.find("#patient .theirs .bubble", "There is more to say.")
    browser.find(".toast", "Here you are")
    browser.find("#patient .theirs .bubble .meta", "edited")

    browser.find("#care .theirs .bubble", "Somebody wrote").click()
    browser.find("#care .picked .tool").click()
    browser.find("#care .context", "Reply to B12 companion")
    write(browser, "care", "I will call")
    browser.find("#care .mine .quoted", "Somebody wrote")

    browser.find("button.command", "/help").click()
    browser.find("#patient .key", "Not yet")
    assert browser.find("#patient-field").get_attribute("placeholder") == "How did it go?"
    browser.find("[data-step='86400']").click()
    browser.find("#patient .passed", "1 day later")
    browser.find("#clock-now[datetime^='2026-05-05']", "5 May 2026")
    for size, name in ((WIDE, "wide"), (PHONE, "phone")):
        for dark in (False, True):
            browser.look_like(size, dark=dark)
            browser.picture(f"page-{name}-{'dark' if dark else 'light'}")
    browser.look_like(WIDE)
    browser.find("#patient .key", "Not yet").click()
    browser.find("#patient .theirs .bubble", "I heard: Not yet")
    browser.until(lambda _: not browser.visible("#patient .key"), "the keyboard put away")
    assert browser.complaints() == []


def test_the_page_needs_only_a_keyboard(stage: Stage, browser: Browser) -> None:
    browser.look_like(PHONE)
    browser.driver.get(stage.url)
    browser.find("#patient .commands-toggle")
    browser.look_like(WIDE)

    def press(*keys: str) -> None:
        ActionChains(browser.driver).send_keys(*keys).perform()

    press(Keys.TAB)
    browser.find("a.skip:focus")
    press(Keys.ENTER, "/he")
    browser.find("#patient .commands", "/help")
    press(Keys.ARROW_DOWN, Keys.ENTER)
    browser.find("#patient .mine .bubble", "/help")
    browser.find("#patient .key", "Done")
    press("good morning", Keys.ENTER)
    browser.find("#patient .theirs .bubble", "I heard: good morning")
    press(Keys.ARROW_UP)
    browser.find("#patient .context", "Edit message")
    press("!", Keys.ENTER)
    browser.find("#patient .mine .bubble", "good morning!")
    browser.find("#patient .theirs .bubble", "I heard: good morning!")
    press(Keys.ARROW_UP, Keys.ESCAPE)
    browser.until(lambda _: browser.find("#patient-field").get_attribute("value") == "", "an empty field")


def test_one_chat_at_a_time_on_a_phone(stage: Stage, browser: Browser) -> None:
    browser.look_like(PHONE)
    browser.driver.get(f"{stage.url}/?chat=1005")
    write(browser, "patient", "hello")
    browser.find("#tab-care .badge", "1")
    assert not browser.visible("#care-field")
    browser.find("#tab-care").click()
    browser.find("#care .theirs .bubble", "Somebody wrote: hello")
    assert not browser.visible("#patient-field")
    browser.find("#clock-toggle").click()
    browser.find("#clock-other").click()
    browser.find("#skip[open] button", "Skip ahead").click()
    browser.find("#care .passed", "3 days later")
    width = browser.driver.execute_script("return document.documentElement.scrollWidth")
    assert width == PHONE[0]


def test_a_person_can_block_become_another_and_share_a_place(stage: Stage, browser: Browser) -> None:
    browser.look_like(WIDE)
    browser.driver.get(stage.url)
    write(browser, "patient", "hello")
    browser.find("#patient .theirs .bubble", "I heard: hello")
    browser.find("#patient .more").click()
    browser.find("#patient .more-menu button", "Block the bot").click()
    browser.find("#patient .closed button", "Unblock the bot").click()
    browser.find("#patient .attach").click()
    browser.find("#patient .attachments button", "Location").click()
    browser.find("#place[open] button", "Nairobi").click()
    browser.find("#patient .mine .map", "-1.29, 36.82")
    browser.find("#patient .more").click()
    browser.find("#patient .more-menu button", "Who is writing").click()
    browser.find("#person[open] button", "Someone new").click()
    browser.find("#patient .welcome button", "Start").click()
    browser.find("#patient .theirs .bubble", "Hello!")
    chats = httpx.get(f"{stage.url}/sandbox/chats").json()
    assert [chat["first_name"] for chat in chats if chat["type"] == "private"] == ["Sam", "Amina"]
    browser.driver.refresh()
    browser.find("#patient .theirs .bubble", "Hello!")


def test_the_page_loads_nothing_from_elsewhere(stage: Stage, browser: Browser) -> None:
    policy = httpx.get(stage.url).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    browser.driver.get(stage.url)
    browser.find("#patient .welcome")
    loaded = browser.driver.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(loaded) > 10
    assert all(address.startswith(stage.url) for address in loaded)
    assert browser.complaints() == []


def test_a_long_answer_is_read_from_its_first_line(stage: Stage, browser: Browser) -> None:
    browser.look_like(PHONE)
    browser.driver.get(stage.url)
    write(browser, "patient", "hello")
    browser.find("#patient .theirs .bubble", "I heard: hello")
    long = "".join(f"line {number}\n" for number in range(60))
    httpx.post(f"{stage.url}/sandbox/chats/1001/messages", json={"text": long})
    browser.find("#patient .theirs .bubble", "line 59")
    where = """
        const [card] = [...document.querySelectorAll('#patient .theirs')].slice(-1);
        return card.getBoundingClientRect().top - card.closest('.scroller').getBoundingClientRect().top"""
    browser.until(lambda _: 0 <= browser.driver.execute_script(where) < 40, "the first line of the long answer")

    browser.driver.execute_script(
        "document.querySelector('#patient .scroller').scrollTo({top: 0, behavior: 'instant'})"
    )
    httpx.post(f"{stage.url}/sandbox/chats/1001/messages", json={"text": "/start"})
    browser.find("#patient .theirs .bubble", "Hello!")
    browser.find("#patient .jump").click()
    browser.until(lambda _: not browser.visible("#patient .jump"), "the newest message")
