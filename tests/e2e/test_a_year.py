"""A loading phase, the switch and more than a year of maintenance in one conversation with a real process.

The demo runs as anybody would start it; a person talks to it over HTTP and pushes its clock forward. Every reminder of
the story comes once, at nine o'clock in London whatever the season, and none comes besides.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.care.planning.story import LONDON, Scene, a_year, local

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CHAT = 77
TITLES = {
    "prepare": "Coming up", "main": "Today: B12", "nudge": "Did you have", "overdue": "Nothing recorded",
    "snooze": "You asked me to remind you",
}  # fmt: skip
LATE = timedelta(minutes=10)
Message = dict[str, Any]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of the demo, from a process with nothing of ours in its environment but the way to the code."""
    surroundings = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    environment = {**surroundings, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            url = next(line for line in lines if line.startswith("Chat: ")).removeprefix("Chat: ").strip()
            with httpx.Client(base_url=url, timeout=60) as http:
                yield http
        finally:
            process.terminate()
            process.wait(30)


class Person:
    """One side of the chat, and the hand on the clock."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def messages(self, after: int = 0) -> list[Message]:
        found: list[Message] = self.http.get(
            f"/sandbox/chats/{CHAT}/messages", params={"after": after, "from": "bot"}
        ).json()
        return found

    def last(self) -> int:
        return max((one["message_id"] for one in self.messages()), default=0)

    def until(self, words: str, after: int = 0, message_id: int | None = None, seconds: float = 90) -> Message:
        """The bot's first message (or one message, once it was edited) that holds these words."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for one in self.messages(after):
                if words in one["text"] and message_id in (None, one["message_id"]):
                    return one
            time.sleep(0.02)
        raise AssertionError(f"{words!r} did not come; there is {[one['text'] for one in self.messages()[-3:]]}")

    def say(self, text: str, becomes: str) -> Message:
        said = self.http.post(f"/sandbox/chats/{CHAT}/messages", json={"text": text}).json()
        return self.until(becomes, said["message_id"])

    def tap(self, message: Message, label: str, becomes: str) -> Message:
        """Press a button; the message once it reads otherwise."""
        rows = message["reply_markup"]["inline_keyboard"]
        data = [one["callback_data"] for row in rows for one in row if one["text"].startswith(label)]
        assert data, (label, rows)
        body = {"message_id": message["message_id"], "data": data[0]}
        assert self.http.post(f"/sandbox/chats/{CHAT}/callbacks", json=body).status_code == 200
        return self.until(becomes, message_id=message["message_id"])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.http.get("/sandbox/clock").json()["timestamp"], UTC)

    def travel(self, to: datetime) -> None:
        seconds = (to - self.now()).total_seconds()
        if seconds > 0:
            assert self.http.post("/sandbox/clock", json={"advance": seconds}).status_code == 200


def set_up(person: Person) -> date:
    """The plan of the story, by buttons and words; its first date."""
    asked = person.say("/start", "Which ")
    if "language" in asked["text"]:
        asked = person.tap(asked, "English", "Which country")
    person.tap(asked, "United Kingdom", "999")
    asked = person.say("/remind", "Who is this plan for")
    asked = person.tap(asked, "For me", "Which medicine")
    person.tap(asked, "Hydroxocobalamin", "What is the dose")
    asked = person.say("1000mcg", "Where do you have")
    asked = person.tap(asked, "At home", "Which town")
    asked = person.tap(asked, "United Kingdom", "loading")
    person.tap(asked, "Loading", "right now")
    person.say("every other day", "When is the next")
    first = person.now().astimezone(LONDON).date() + timedelta(days=1)
    person.say("tomorrow", "How long")
    person.say("6 injections", "after that")
    asked = person.say("every 8 weeks", "some days late")
    person.tap(asked, "Count from", "What time")
    preview = person.say("9", "Please check")
    assert "1 mg (1,000 micrograms)" in preview["text"]
    assert preview["text"].count("• ") == 5
    person.tap(preview, "✅ Yes", "All set")
    return first


def answer(person: Person, scene: Scene, shown: Message) -> None:
    """Do with a reminder what the story says."""
    before = person.last()
    match scene.answer:
        case "nothing":
            return
        case "later":
            asked = person.tap(shown, "⏰ Later", "remind you again")
            person.tap(asked, "In 1 hour", "I will remind you at")
        case "left out":
            asked = person.tap(shown, "Skip", "Before you leave out")
            person.tap(asked, "I was away", "Noted: no injection")
        case "moved two days on":
            asked = person.tap(shown, "📅 Another day", "To which day")
            person.say((scene.day + timedelta(days=2)).strftime("%d %B %Y"), "Moved from")
        case "had on the planned day":
            asked = person.tap(shown, "✅", "When was the injection")
            number = scene.day.strftime("%-d %b")
            [label] = [
                one["text"] for row in asked["reply_markup"]["inline_keyboard"] for one in row if number in one["text"]
            ]
            person.tap(asked, label, "Recorded")
        case "paused until after it":
            person.tap(person.say("/plan", "Your injection plan"), "Pause", "reminders are paused")
            person.travel(scene.at + timedelta(days=10))
            resumed = person.say("/resume", "reminders are on again")
            assert "rebook" in resumed["text"]
        case _:
            asked = person.tap(shown, "✅", "When was the injection")
            recorded = person.tap(asked, "Today", "Recorded")
            if scene.answer == "done, undone and done":
                undone = person.tap(recorded, "↩️ Undo", "Taken back")
                person.tap(person.tap(undone, "✅", "When was"), "Today", "Recorded")
    if scene.switches:
        announced = person.until("Loading is done", before)
        dates = re.findall(r"• (.*)", announced["text"])
        assert len(dates) == 3
        person.tap(announced, "✅ Yes", "I keep it like this")


def reminders_sent(http: httpx.Client) -> list[str]:
    """The kind of every reminder that reached the person, in order, edits and answers aside."""
    query: dict[str, str | int] = {"limit": 100_000, "chat_id": str(CHAT), "method": "sendMessage"}
    titles = []
    for call in http.get("/sandbox/transcript", params=query).json():
        if call["effective"]:
            titles.append(re.sub(r"<[^>]+>", "", str(call["params"]["text"])).splitlines()[0])
    return [kind for title in titles for kind, start in TITLES.items() if title.startswith(start)]


def test_a_loading_phase_the_switch_and_a_year_of_maintenance(demo: httpx.Client) -> None:
    person = Person(demo)
    soon = person.now().astimezone(LONDON)
    person.travel(local(soon.date() + timedelta(days=1), 10))
    story = a_year(set_up(person))
    seen = person.last()
    for scene in story:
        person.travel(scene.at)
        shown = person.until(TITLES[scene.kind], seen)
        seen = shown["message_id"]
        at = datetime.fromtimestamp(shown["date"], UTC)
        assert timedelta() <= at - scene.at + timedelta(seconds=1) < LATE, (scene, at)
        assert at.astimezone(LONDON).hour == scene.at.hour
        answer(person, scene, shown)
    person.travel(story[-1].at + timedelta(days=20))
    person.say("/plan", "Last injection")
    assert reminders_sent(demo) == [scene.kind for scene in story]
    assert story[-1].day - story[9].day > timedelta(days=365)
