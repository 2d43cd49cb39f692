"""From what the rules found and what the learned part thinks to one verdict.

Invariant: the learned part raises. It lowers a sign found by rule only to `check`, never to none. Where an emergency
cannot be ruled out, the verdict is never `urgent` (which shows no emergency number on top) but `check` or `emergency`.
The bars were set on messages by hands the learned part had not read; see docs/red-flags.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bot.knowledge.red_flags import Shown, Sign
from bot.understanding.impression import Impression
from bot.understanding.signs.finding import Finding
from bot.understanding.verdict import NOTHING, Circumstances, Level, Verdict, worse

Grave = Literal["emergency", "urgent"]
Kinds = Mapping[Grave, Mapping[str, Shown]]
JUST_INJECTED = 24.0
"""Hours after a recorded injection in which less is enough: the most severe reactions come within a day."""


@dataclass(frozen=True)
class Bars:
    """Probabilities from which the learned part speaks."""

    emergency: float = 0.60
    """The emergency card, on the learned part's word alone."""
    seconded: float = 0.05
    """The emergency card, when a rule found an emergency asserted as well."""
    check: float = 0.10
    """At least the check, when urgent and emergency together are this likely."""
    hinted: float = 0.04
    """The same, when a rule found a sign mentioned or said in jest."""
    urgent: float = 0.30
    """The same-day card, when urgent is this likely ..."""
    no_emergency: float = 0.05
    """... and an emergency less likely than this."""
    potassium: float = 0.08
    """Possible low potassium, during a loading phase."""


BARS = Bars()
AFTER_INJECTION = Bars(emergency=0.45, seconded=0.02, check=0.05, hinted=0.02, urgent=0.30, no_emergency=0.03)


def judge(
    findings: Iterable[tuple[str, Finding]], impression: Impression | None, circumstances: Circumstances, kinds: Kinds
) -> Verdict:
    """The verdict on a message. Without an impression (no model) the rules decide, and a mere mention is checked."""
    bars = BARS
    hours = circumstances.hours_since_injection
    if hours is not None and 0 <= hours <= JUST_INJECTED:
        bars = AFTER_INJECTION
    ruled = certain = NOTHING
    hinted: Verdict | None = None
    for language, found in findings:
        verdict = _by_rule(language, found)
        if found.meaning == "asserted":
            if isinstance(found.sign, Sign) and found.sign.certain:
                certain = worse(certain, verdict)
            ruled = worse(ruled, verdict)
        elif found.meaning in ("joking", "mentioned") and hinted is None:
            hinted = replace(verdict, level="check")
    if impression is None:
        return worse(ruled, hinted) if hinted else ruled
    if certain.level == "emergency":
        return certain
    learned = _learned(impression, bars, circumstances, kinds)
    if ruled.level == "emergency" and learned.level != "emergency":
        return _weighed(ruled, impression, bars)  # never the same-day card, however sure the learned part is of that
    ruled = _weighed(ruled, impression, bars)
    if hinted and impression.danger >= bars.hinted:
        ruled = worse(ruled, hinted)
    return worse(ruled, learned)


def _by_rule(language: str, found: Finding) -> Verdict:
    sign = found.sign
    reason = f"{language}: {sign.id} ({found.meaning}): {found.words}"
    return Verdict(sign.level, sign.id, sign.card, sign.entry, (reason,), language)


def _weighed(ruled: Verdict, impression: Impression, bars: Bars) -> Verdict:
    """A sign by rule, lowered to the check where the learned part doubts it."""
    doubted = (ruled.level == "emergency" and impression.emergency < bars.seconded) or (
        ruled.level == "urgent" and (impression.danger < bars.check or impression.emergency >= bars.no_emergency)
    )
    if not doubted:
        return ruled
    return replace(ruled, level="check", reasons=(*ruled.reasons, _said(impression)))


def _learned(impression: Impression, bars: Bars, circumstances: Circumstances, kinds: Kinds) -> Verdict:
    level: Level
    if impression.emergency >= bars.emergency:
        level = "emergency"
    elif impression.urgent >= bars.urgent and impression.emergency < bars.no_emergency:
        level = "urgent"
    elif impression.danger >= bars.check:
        level = "check"
    elif circumstances.loading and impression.potassium >= bars.potassium:
        return _shown("urgent", "potassium", "urgent", impression, kinds)
    else:
        return NOTHING
    grave: Grave = "emergency" if level == "emergency" or impression.emergency >= impression.urgent else "urgent"
    kind = impression.emergency_kind if grave == "emergency" else impression.urgent_kind
    return _shown(level, kind, grave, impression, kinds)


def _shown(level: Level, kind: str, grave: Grave, impression: Impression, kinds: Kinds) -> Verdict:
    shown = kinds.get(grave, {}).get(kind)
    if shown is None:
        card, entry = ("other", "emergency_other") if grave == "emergency" else ("general", None)
        return Verdict(level, kind, card, entry, (_said(impression),))
    return Verdict(level, kind, shown.card, shown.entry, (_said(impression),))


def _said(impression: Impression) -> str:
    return (
        f"learned: emergency {impression.emergency:.2f} ({impression.emergency_kind}), "
        f"urgent {impression.urgent:.2f} ({impression.urgent_kind}), else {impression.harmless_kind}"
    )
