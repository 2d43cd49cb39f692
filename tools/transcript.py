"""Hold a scripted conversation with the demo over real HTTP and write it down as docs/demo.md.

Invariant: what stands in the transcript is what the bot said, word for word; nothing is filled in by hand.

    python tools/transcript.py [--check]      # --check: only compare the levels shown, write nothing
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
QUESTIONS = (
    "how much b12 is in one injecton usualy",
    "what dose should i take",
    "How many mg is 1000 mcg?",
    "how often do i need it after the first weeks",
    "how long till i feel beter",
    "is a sore arm normal after the jab",
    "can i drink wine afterwards",
    "missed my appointment last week what now",
    "my level came back high, do i stop",
    "why do we load up at the start",
    "convert 2000 IU to mg",
    "are you a real doctor",
)
EMERGENCIES = (
    "my throat feels tight",
    "cant breathe properly since the jab",
    "my lips are swelling up and i feel faint",
    "hives all over me ten minutes after the injection and being sick",
    "crushing pain in my chest going down my arm",
    "mum's face is drooping and her words are slurred",
    "I don't want to be alive any more",
    "he collapsed after his shot and wont wake up",
    "my tongue feels fat and my voice has gone hoarse",
    "numb between my legs and I can't pee",
)
HARMLESS = (
    "what are the signs of an allergic reaction?",
    "no rash, no swelling, breathing fine, just a sore arm",
    "this weather is killing me lol",
    "my grandad had a stroke ten years ago, can he have b12",
    "I nearly died laughing in the waiting room",
    "what if my throat swells up one day",
    "the film took my breath away",
    "I had chest pain in 2015, all sorted now",
    "my phone died after the appointment",
    "my friend is studying anaphylaxis for her nursing exam",
)


@dataclass
class Demo:
    """The demo's people side."""

    url: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def messages(self, chat: int, after: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/sandbox/chats/{chat}/messages?after={after}")
        return found

    def say(self, chat: int, text: str) -> list[dict[str, Any]]:
        """Send a text and wait until the bot has answered and fallen silent."""
        before = max((m["message_id"] for m in self.messages(chat, 0)), default=0)
        self.call("POST", f"/sandbox/chats/{chat}/messages", {"text": text})
        return self.answers(chat, before)

    def tap(self, chat: int, message: dict[str, Any], label: str) -> list[dict[str, Any]]:
        """Press the button with this label and wait for what comes."""
        before = max(m["message_id"] for m in self.messages(chat, 0))
        data = next(b["callback_data"] for row in keyboard(message) for b in row if b["text"] == label)
        self.call("POST", f"/sandbox/chats/{chat}/callbacks", {"message_id": message["message_id"], "data": data})
        return self.answers(chat, before)

    def answers(self, chat: int, before: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        deadline, quiet_since = time.monotonic() + 20, time.monotonic()
        while time.monotonic() < deadline:
            now = [m for m in self.messages(chat, before) if m.get("from", {}).get("is_bot")]
            if len(now) != len(found):
                found, quiet_since = now, time.monotonic()
            if found and time.monotonic() - quiet_since > 0.4:
                break
            time.sleep(0.05)
        return found


def keyboard(message: dict[str, Any]) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


def shown(message: dict[str, Any]) -> str:
    lines = [f"> {line}".rstrip() for line in message["text"].splitlines()]
    for row in keyboard(message):
        lines.append("> " + " ".join(f"`[{one['text']}]`" for one in row))
    return "\n".join(lines)


def start() -> tuple[subprocess.Popen[str], Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"Chat: (http://\S+)", line)
        if found:
            return process, Demo(found[1])
    raise SystemExit("the demo did not start")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    check_only = arguments.parse_args().check
    process, demo = start()
    chat, wrong = 4711, 0
    lines = [
        "# A conversation with the demo",
        "",
        "Written by `python tools/transcript.py`, which talks to `b12bot demo` over HTTP. Every word is as it came.",
        "Everything the bot says is a draft that no clinician has approved.",
    ]

    def record(title: str, texts: tuple[str, ...]) -> list[list[dict[str, Any]]]:
        lines.extend(["", f"## {title}"])
        answers = []
        for text in texts:
            answer = demo.say(chat, text)
            answers.append(answer)
            lines.extend(["", f"**{text}**", "", "\n>\n".join(shown(one) for one in answer)])
        return answers

    try:
        hello = record("Hello", ("/start",))[0]
        country = next(
            (one for one in hello if any(b["text"] == "United Kingdom" for r in keyboard(one) for b in r)), None
        )
        if country is None:
            choice = next(one for one in hello if keyboard(one))
            demo.tap(chat, choice, keyboard(choice)[0][0]["text"])
            country = next(m for m in demo.messages(chat, 0) if "United Kingdom" in json.dumps(m))
        demo.tap(chat, country, "United Kingdom")
        record("Questions", QUESTIONS)
        record("Side effects", ("/sideeffects",))
        for text, answer in zip(EMERGENCIES, record("Red flags", EMERGENCIES), strict=True):
            if not any("999" in one["text"].splitlines()[0] for one in answer):
                wrong += 1
                print(f"no card for: {text}", file=sys.stderr)
        for text, answer in zip(HARMLESS, record("Harmless look-alikes", HARMLESS), strict=True):
            if any(one["text"].startswith("Call 999") for one in answer):
                wrong += 1
                print(f"false alarm for: {text}", file=sys.stderr)
    finally:
        process.terminate()
        process.wait(20)
    if not check_only:
        (ROOT / "docs" / "demo.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(QUESTIONS) + len(EMERGENCIES) + len(HARMLESS)} messages, {wrong} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
