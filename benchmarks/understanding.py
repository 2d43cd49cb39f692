"""Understanding questions: start-up, time a message, memory, and how often the right entry comes first.

Accuracy is on the evaluation messages (tests/evaluation/questions_*.jsonl), written by people who saw no phrasing,
beside rapidfuzz, BM25 and a scikit-learn TF-IDF + linear SVM that learn the same phrasings in the same run. With
MATCHING_SPLITS naming a folder of public splits (train.jsonl and test.jsonl with text and intent in each), the matcher
is scored on them too, beside the figures of the reference design.
"""

from __future__ import annotations

import bisect
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._matcher_peers import PEERS
from benchmarks.rows import Row, more_is_better, plain
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding.encoder import Encoder
from bot.understanding.evaluation import Found, Question, evaluate
from bot.understanding.matcher import Matcher, Matches
from bot.understanding.understand import Understanding

EVALUATION = Path(__file__).parent.parent / "tests" / "evaluation"
ASKED_CACHED_S, ASKED_UNCACHED_S = 1.0, 3.0
ASKED_P50_MS, ASKED_P99_MS = 2.0, 6.0
ASKED_SHARES = {
    "top-1": 80.0,
    "top-3": 93.0,
    "direct answers that are right": 96.0,
    "served in one step": 90.0,
    "off topic, not answered as if on": 97.0,
    "off topic, refused outright": 80.0,
}
REFERENCE = {
    "hint3_curekart_v2": (88.0, 97.0, 88.0, 45.0),
    "covidq_k3": (70.0, 87.0, 78.0, 30.0),
    "clinc60near_k10": (93.0, 99.0, 91.0, 59.0),
    "banking57near_k5": (82.0, 93.0, 81.0, 34.0),
}
"""top-1, top-3, AUROC and off-topic refused when 95% on topic are kept, of MiniLM int8 with kernel ridge."""
PUBLIC = ("top-1", "top-3", "AUROC", "off topic refused at 95% kept")


def run(quick: bool) -> dict[str, Row]:
    questions = [
        Question(row["text"], row["entry"])
        for path in sorted(EVALUATION.glob("questions_*.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]
    return _starts([one.text for one in questions], 1 if quick else 3) | _accuracy(questions) | _public(quick)


def _starts(texts: Sequence[str], times: int) -> dict[str, Row]:
    """Whole processes: from being started to being ready, then one message after another, on one thread."""
    first, again, waits, memory = [], [], [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            lines = Path(folder) / "texts"
            lines.write_text("\n".join(text.replace("\n", " ") for text in texts), encoding="utf-8")
            first.append(_process(folder)["took"][0])
            found = _process(folder, str(lines), threads="1")
            again.append(found["took"][0])
            waits += [wait * 1000 for wait in found["times"]]
            memory.append(found["memory"][0] / 1e6)
    return {
        "understanding: start-up, cached": plain(min(again), "s", ASKED_CACHED_S),
        "understanding: start-up, nothing cached": plain(min(first), "s", ASKED_UNCACHED_S),
        "understanding: a message, p50": plain(float(np.median(waits)), "ms", ASKED_P50_MS),
        "understanding: a message, p99": plain(float(np.quantile(waits, 0.99)), "ms", ASKED_P99_MS),
        "understanding: memory with encoder and content": plain(min(memory), "MB"),
    }


def _process(*arguments: str, threads: str | None = None) -> dict[str, list[float]]:
    environment = dict(os.environ)
    if threads:
        environment |= {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._understanding_process", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {"took": [found["ready"] - began], "memory": [found["memory"]], "times": found["times"]}


def _accuracy(questions: Sequence[Question]) -> dict[str, Row]:
    content = load_library(CONTENT_DIR, CONTENT_DIR, "en").content("en")
    understanding = Understanding(content, Encoder.open())

    def ours(text: str) -> Found:
        understood = understanding.understand(text)
        return Found(understood.action, understood.entry, [one.entry for one in understood.candidates])

    shares = evaluate(questions, ours).shares()
    rows = {
        f"understanding: {name}": plain(100 * shares[name].value, "%", asked) for name, asked in ASKED_SHARES.items()
    }
    texts = [text for entry in content.entries for text in (*entry.phrasings, entry.title, *entry.keywords)]
    labels = [entry.id for entry in content.entries for _ in (*entry.phrasings, entry.title, *entry.keywords)]
    for name, make in PEERS.items():
        peer = make()
        peer.fit(texts, labels)
        found = evaluate(questions, partial(_ranked, peer)).shares()
        for measure in ("top-1", "top-3"):
            rows[f"understanding: {measure} beside {name}"] = more_is_better(
                100 * shares[measure].value, 100 * found[measure].value, "%"
            )
    return rows


def _ranked(peer: Matches, text: str) -> Found:
    return Found("choose", None, [label for label, _ in peer.match(text)])


def _public(quick: bool) -> dict[str, Row]:
    folder = os.environ.get("MATCHING_SPLITS")
    if not folder:
        return {}
    scored = {}
    for split in sorted(REFERENCE)[: 1 if quick else None]:
        matcher = Matcher()
        texts, labels = _split(Path(folder) / split / "train.jsonl")
        matcher.fit(texts, [label for label in labels if label is not None])
        scored[split] = _scores(matcher, *_split(Path(folder) / split / "test.jsonl"))
    rows = {
        f"public: {split}, top-1": more_is_better(figures[0], REFERENCE[split][0], "%")
        for split, figures in scored.items()
    }
    for at, name in enumerate(PUBLIC):
        ours = sum(figures[at] for figures in scored.values()) / len(scored)
        reference = sum(REFERENCE[split][at] for split in scored) / len(scored)
        rows[f"public: mean, {name}"] = more_is_better(ours, reference, "%")
    return rows


def _split(path: Path) -> tuple[list[str], list[str | None]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows], [row["intent"] for row in rows]


def _scores(matcher: Matcher, texts: Sequence[str], labels: Sequence[str | None]) -> tuple[float, float, float, float]:
    found = [matcher.match(text)[:3] for text in texts]
    inside = [(ranked, label) for ranked, label in zip(found, labels, strict=True) if label is not None]
    top = [
        sum(label in [name for name, _ in ranked[:count]] for ranked, label in inside) / len(inside) for count in (1, 3)
    ]
    kept = sorted(ranked[0][1] for ranked, _ in inside)
    outside = sorted(ranked[0][1] for ranked, label in zip(found, labels, strict=True) if label is None)
    wins = sum((bisect.bisect_left(outside, one) + bisect.bisect_right(outside, one)) / 2 for one in kept)
    refused = bisect.bisect_left(outside, kept[int(0.05 * len(kept))]) / len(outside)
    return 100 * top[0], 100 * top[1], 100 * wins / (len(kept) * len(outside)), 100 * refused
