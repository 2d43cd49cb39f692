"""Matching, with the real encoder and without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.understanding.encoder import Encoder
from bot.understanding.learning import learn
from bot.understanding.matcher import Known, Matcher
from tests.understanding.small_content import PHRASINGS, listed, small_content

TEXTS = [text for texts in PHRASINGS.values() for text in listed(texts)]
LABELS = [label for label, texts in PHRASINGS.items() for _ in listed(texts)]


@pytest.fixture(scope="module", params=["sentences", "words"])
def matcher(request: pytest.FixtureRequest, encoder: Encoder) -> Matcher:
    made = Matcher(encoder, lexical=request.param == "words")
    made.fit(TEXTS, LABELS)
    return made


def test_every_label_is_scored_best_first(matcher: Matcher) -> None:
    found = matcher.match("where do the used needles go")
    assert sorted(label for label, _ in found) == sorted(PHRASINGS)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert found[0][0] == "sharps_disposal"


def test_known_texts_find_their_label(matcher: Matcher) -> None:
    assert [matcher.match(text)[0][0] for text in TEXTS] == LABELS


@pytest.mark.parametrize("text", ["", "?!", "🙂", "x" * 5000, "что это такое", "b12", "1000"])
def test_any_text_has_scores(matcher: Matcher, text: str) -> None:
    scores = [score for _, score in matcher.match(text)]
    assert len(scores) == len(PHRASINGS)
    assert np.isfinite(scores).all()


def test_the_same_text_always_scores_the_same(matcher: Matcher) -> None:
    assert matcher.match("sore arm") == matcher.match("sore arm")


def test_typos_do_not_hide_the_label(matcher: Matcher) -> None:
    assert matcher.match("how manny weeks untill i have enrgy")[0][0] == "time_to_work"


def test_meaning_needs_no_shared_word(encoder: Encoder) -> None:
    made = Matcher(encoder)
    made.fit(TEXTS, LABELS)
    assert made.match("booze the same night")[0][0] == "alcohol"


def test_held_out_evidence_is_what_learning_without_the_block_gives(encoder: Encoder) -> None:
    """Slow and obvious: learn anew without one block, ask for its texts, and compare."""
    known = [Known(text, label, number % 3) for number, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))]
    known += [Known("my dog has fleas", None, 0), Known("what is the weather", None, 1)]
    matcher = Matcher(encoder, {"b12", "injection"})
    held_out = matcher.learn(known)
    block = [at for at, one in enumerate(matcher.known) if one.label == "alcohol" and one.block == 1]
    rest = [one for one in known if not (one.label == "alcohol" and one.block == 1)]
    other = Matcher(encoder, {"b12", "injection"})
    other.learn(rest, TEXTS)
    for at in block:
        seen = other.evidence(matcher.texts[at])
        assert np.allclose(seen.scores, held_out[at].scores, atol=0.05)
        assert abs(seen.off_topic - held_out[at].off_topic) < 0.05
        assert abs(seen.nearest - held_out[at].nearest) < 0.02
        assert seen.muted == held_out[at].muted


def test_off_topic_texts_are_no_label(encoder: Encoder) -> None:
    made = Matcher(encoder)
    made.learn([*map(Known, TEXTS, LABELS), Known("my dog has fleas", None)])
    assert made.labels == sorted(PHRASINGS)
    assert made.evidence("my cat has fleas").off_topic > made.evidence("sore arm").off_topic


def test_what_was_learnt_can_be_kept(encoder: Encoder) -> None:
    known = list(map(Known, TEXTS, LABELS))
    first, second = Matcher(encoder, {"b12"}), Matcher(encoder, {"b12"})
    first.learn(known, ["further words"])
    second.restore(known, first.arrays())
    for text in ("sore arm", "furthr needels in the bin", "b12"):
        assert second.match(text) == first.match(text)


def test_a_start_with_the_kept_fit_is_the_same_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder.open(cache=tmp_path)
    first, sure = learn(small_content(), encoder)
    with monkeypatch.context() as patched:
        patched.setattr(Matcher, "learn", None)
        second, as_sure = learn(small_content(), encoder)
    for text in ("sore arm", "dog", "wine with b12"):
        assert second.match(text) == first.match(text)
        assert as_sure.chances(second.evidence(text)) == sure.chances(first.evidence(text))


@pytest.mark.parametrize("change", ["negatives", "domain_words"])
def test_a_kept_fit_is_for_one_content_only(tmp_path: Path, change: str) -> None:
    encoder = Encoder.open(cache=tmp_path)
    learn(small_content(), encoder)
    content = small_content()
    if change == "negatives":
        content.negatives = content.negatives[:-1]
    else:
        content = small_content(domain_words=("b12",))
    learn(content, encoder)
    assert len(list(tmp_path.glob("fit-*.npz"))) == 2


def test_a_broken_kept_fit_is_learnt_anew(tmp_path: Path) -> None:
    encoder = Encoder.open(cache=tmp_path)
    first, _ = learn(small_content(), encoder)
    (kept,) = tmp_path.glob("fit-*.npz")
    for junk in (b"", kept.read_bytes()[:2000]):
        kept.write_bytes(junk)
        again, _ = learn(small_content(), encoder)
        assert again.match("sore arm") == first.match("sore arm")


def test_old_fits_leave(tmp_path: Path, encoder: Encoder) -> None:
    own = Encoder.open(cache=tmp_path)
    for word in "abcdefg":
        learn(small_content(domain_words=("b12", word)), own)
    assert len(list(tmp_path.glob("fit-*.npz"))) == 4
