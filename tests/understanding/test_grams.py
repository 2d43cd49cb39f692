"""The second opinion: letters and words, no meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.grams import BUCKETS, Grams, pieces
from bot.understanding.impression import MODEL


def test_shipped_grams_lean_the_right_way() -> None:
    grams = Grams.load(MODEL / "red_flags_grams.npy")
    assert grams.odds("my lips are swelling and i cant breathe, started ten minutes ago") > 1
    assert grams.odds("how do I change the reminder to evenings please") < -1


def test_case_accents_and_apostrophes_do_not_matter() -> None:
    assert pieces("Can’t BREATHE, é") == pieces("cant breathe e")


@given(st.text(max_size=200))
def test_odds_are_those_of_the_formula(text: str) -> None:
    rng = np.random.default_rng(7)
    rarity, weight = rng.random(BUCKETS).astype(np.float32), rng.normal(size=BUCKETS).astype(np.float32)
    dense = np.zeros(BUCKETS)
    for bucket, count in pieces(text).items():
        dense[bucket] = (1 + np.log(count)) * rarity[bucket]
    norm = float(np.linalg.norm(dense))
    expected = float(dense @ weight) / norm + 0.5 if norm else 0.5
    assert Grams(rarity, weight, 0.5).odds(text) == pytest.approx(expected, abs=1e-3)


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 5), np.float16))
    with pytest.raises(ValueError, match="shape"):
        Grams.load(tmp_path / "x.npy")
