"""The networks as they are run: what they compute, and that they give memory back."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.understanding.encoder import MODEL
from bot.understanding.network import VOCABULARY, Network, table_offset

ANYWHERE = random.Random(1)


def reading(size: int = 40) -> Sequence[int]:
    """Tokens from all over the word table."""
    return [ANYWHERE.randrange(VOCABULARY) for _ in range(size)]


@pytest.fixture(params=["minilm.onnx", "red_flags.onnx"])
def network(request: pytest.FixtureRequest) -> Network:
    path = MODEL / request.param
    if table_offset(path) is None:
        pytest.fail("the word table is not where it is looked for")
    return Network(path)


def test_what_was_let_go_of_is_read_again(network: Network) -> None:
    readings = [reading() for _ in range(5)]
    before = [network.states(one) for one in readings]
    network.let_go()
    for one, states in zip(readings, before, strict=True):
        np.testing.assert_array_equal(network.states(one), states)
        network.let_go()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is looked up in /proc")
@pytest.mark.parametrize("name", ["minilm.onnx", "red_flags.onnx"])
def test_the_word_table_does_not_stay_in_memory(name: str) -> None:
    """In a process of its own, where no other network reads the file."""
    words = [sys.executable, "-c", f"from {__name__} import held; held({name!r})"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    kept = [int(one) for one in done.stdout.split()]
    assert max(kept[:10]) > 1000  # it is read through memory …
    assert kept[10:].count(0) >= 1  # … which is given back now and then


def held(name: str) -> None:
    """Print what the word table takes in memory after each of forty readings."""
    network = Network(MODEL / name)
    for _ in range(40):
        network.states(reading())
        sys.stdout.write(f"{table_kilobytes()}\n")


def table_kilobytes() -> int:
    """What the networks' files take in this process's memory, the files themselves being 22 MB each."""
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(".onnx")
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found
