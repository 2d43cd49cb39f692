"""The red-flag screen: recall and false alarms on the measuring sets, and what reading a message costs.

Every share stands beside what was asked of it. The measuring sets (tests/evaluation/red_flags_*.jsonl) were written by
people who saw neither the rules nor the examples; nothing is tuned on them and no message of theirs is printed.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.rows import Row, plain
from bot.clock import monotonic
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding.impression import Reader
from bot.understanding.screen import RedFlagScreen
from bot.understanding.screen_evaluation import Labelled, Report, evaluate, table
from bot.understanding.verdict import Level

SETS = Path(__file__).parent.parent / "tests" / "evaluation"
CHATTER = ("chat", "mild")
"""Harmless kinds that are not built to fool."""
SAFETY = frozenset({"emergency_allergy", "emergency_other", "self_harm", "urgent_neuro", "palpitations_potassium"})
"""Entries whose own phrasings are danger signs."""


def run(quick: bool) -> dict[str, Row]:
    """Percentages against the bars of docs/red-flags.md, then milliseconds a message."""
    library = load_library(CONTENT_DIR, CONTENT_DIR)
    rules = {code: found.red_flags for code, found in library.contents.items() if found.red_flags}
    screen = RedFlagScreen(rules, Reader.load())
    messages = [one for path in sorted(SETS.glob("red_flags_*.jsonl")) for one in labelled(path)]
    questions = [
        Labelled(text, "none", "question")
        for entry in library.content("en").entries
        if entry.id not in SAFETY
        for text in entry.phrasings
    ]
    if quick:
        messages, questions = messages[::10], questions[::50]
    report = evaluate(messages, lambda text: screen.assess(text).level)
    print(table(report))
    ordinary = evaluate(questions, lambda text: screen.assess(text).level)
    return {**shares(report, ordinary), **times(screen, [one.text for one in [*messages, *questions[::4]]])}


def labelled(path: Path) -> list[Labelled]:
    """The messages of one measuring set."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        found.append(Labelled(one["text"], one["level"], one.get("kind", ""), one.get("lang", "en")))
    return found


def shares(report: Report, ordinary: Report) -> dict[str, Row]:
    """What was asked, in percent: ours beside the bar."""
    fooling = Report(
        tuple(one for one in report.judged if one.labelled.level == "none" and one.labelled.kind not in CHATTER)
    )
    any_card: tuple[Level, ...] = ("emergency", "urgent", "check")
    found = {
        "emergencies given the card or the check": (report.share("emergency", ("emergency", "check")), 99.0),
        "emergencies given the card": (report.share("emergency", ("emergency",)), 92.0),
        "urgent given any card or the check": (report.share("urgent", any_card), 97.0),
        "harmless shown the emergency card": (report.share("none", ("emergency",)), 6.0),
        "built to fool, interrupted": (fooling.share("none", any_card), 25.0),
        "ordinary questions interrupted": (ordinary.share("none", any_card), 3.0),
    }
    return {f"screen: {name}": plain(100 * share.value, "%", bar) for name, (share, bar) in found.items()}


def times(screen: RedFlagScreen, texts: list[str]) -> dict[str, Row]:
    """Milliseconds to read a message, the screen alone."""
    for text in texts[:20]:
        screen.assess(text)
    taken = []
    for text in texts:
        began = monotonic()
        screen.assess(text)
        taken.append((monotonic() - began) * 1000)
    taken.sort()
    return {
        "screen: half of the messages within": plain(taken[len(taken) // 2], "ms"),
        "screen: 99% of the messages within": plain(taken[int(len(taken) * 0.99)], "ms", 10.0),
    }
