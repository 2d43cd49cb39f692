"""The learned part of the screen, as a part."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.impression import LONGEST, MODEL, WINDOWS, Reader, ReaderError

FILES = ("red_flags.onnx", "red_flags.npy", "red_flags_grams.npy", "red_flags.json", "vocab.txt")
_READER = Reader.open()


def _copy(to: Path) -> None:
    for name in FILES:
        shutil.copy(MODEL / name, to / name)


def test_a_missing_model_is_said_and_the_screen_goes_on_without(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="cannot be read"):
        Reader.open(tmp_path)
    assert Reader.load(tmp_path) is None


@pytest.mark.parametrize("name", ["red_flags.onnx", "red_flags.npy", "red_flags_grams.npy"])
def test_a_changed_model_is_never_run(tmp_path: Path, name: str) -> None:
    _copy(tmp_path)
    with (tmp_path / name).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ReaderError, match=f"{name} is not the file"):
        Reader.open(tmp_path)


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"kinds": []}'])
def test_a_broken_card_is_said(tmp_path: Path, card: str) -> None:
    _copy(tmp_path)
    (tmp_path / "red_flags.json").write_text(card)
    with pytest.raises(ReaderError):
        Reader.open(tmp_path)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=300))
def test_probabilities_of_any_text(text: str) -> None:
    found = _READER.read(text)
    assert 0 <= found.emergency <= 1
    assert 0 <= found.urgent <= 1
    assert found.danger <= 1 + 1e-5
    assert 0 <= found.potassium <= found.urgent + 1e-6


def test_a_long_text_is_read_in_windows_to_its_end() -> None:
    chat = "Thank you for the reminder about my appointment on Tuesday. "
    assert _READER.read(chat).danger < 0.1
    assert _READER.read(chat * 12).danger < 0.2
    assert _READER.read(chat * 12 + "My throat is closing and my lips are swelling.").danger > 0.15
    assert _READER.read("My throat is closing and my lips are swelling. " + chat * 12).danger > 0.15


def test_windows_overlap_are_short_enough_and_bounded() -> None:
    sentences = [f"Sentence number {number} says something about the weather today." for number in range(30)]
    windows = list(_READER._windows(" ".join(sentences)))
    assert all(any(sentence in window for window in windows) for sentence in sentences)
    assert all(len(_READER._tokens.ids(window, 1000)) <= LONGEST for window in windows)
    assert all(window.split(". ")[0] in before for before, window in pairwise(windows))
    assert len(list(_READER._windows("word " * 40_000))) <= WINDOWS
    assert len(list(_READER._windows("A sentence. " * 9_000))) <= WINDOWS


def test_what_is_very_different_is_told_apart() -> None:
    assert _READER.read("I can't breathe and my tongue is swelling").emergency > 0.8
    assert _READER.read("What time does the clinic open on Saturday?").danger < 0.05
    infected = _READER.read("there is pus coming out of the place where I injected, hot and red since yesterday")
    assert infected.urgent > 0.5
    assert infected.urgent_kind == "infection"
