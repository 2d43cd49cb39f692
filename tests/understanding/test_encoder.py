"""The sentence encoder, the real model."""

from __future__ import annotations

import hashlib
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding import encoder as module
from bot.understanding.embedding_cache import EmbeddingCache, key, read_shipped, write_shipped
from bot.understanding.encoder import MODEL, Encoder, EncoderError
from bot.understanding.learning import learn
from bot.understanding.matcher import Known, Matcher

TEXTS = ["how much b12 is in a jab", "my arm is sore", "where do used needles go", "my arm is sore", ""]


def test_vectors_are_unit_and_alike_texts_are_near(encoder: Encoder) -> None:
    sore, aching, needles = encoder.encode(["my arm is sore", "my arm aches", "where do I throw away needles"])
    assert np.allclose([np.linalg.norm(v) for v in (sore, aching, needles)], 1, atol=1e-5)
    assert sore @ aching > 0.8 > 0.4 > sore @ needles


def test_agrees_with_the_fp32_model(encoder: Encoder) -> None:
    """Cosines of the fp32 model, written down when the int8 file was built."""
    pairs = [("how much b12 is in a jab", "usual dose"), ("itchy all over", "my skin has a rash")]
    for left, right in pairs:
        a, b = encoder.encode([left, right])
        assert abs(float(a @ b) - FP32[left, right]) < 0.03


FP32: dict[tuple[str, str], float] = {
    ("how much b12 is in a jab", "usual dose"): 0.2752,
    ("itchy all over", "my skin has a rash"): 0.5179,
}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=40))
def test_a_vector_does_not_depend_on_its_company(encoder: Encoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert together.shape == (len(texts), module.WIDTH)
    assert np.isfinite(together).all()
    for row in (0, len(texts) - 1):
        assert np.array_equal(together[row], encoder.encode([texts[row]])[0])


def test_muted_words_have_no_share(encoder: Encoder) -> None:
    muted = {"b12", "injection"}
    plain = encoder.focus("b12 injection sore arm", muted)
    other = encoder.focus("b12 injection sore arm", set())
    assert plain @ encoder.encode(["sore arm"])[0] > other @ encoder.encode(["sore arm"])[0]
    assert np.allclose(np.linalg.norm(plain), 1, atol=1e-5)


@pytest.mark.parametrize("text", ["", "b12", "b12 injection", "1/2 1.5", "word " * 300])
def test_focus_of_odd_texts(encoder: Encoder, text: str) -> None:
    vector = encoder.focus(text, {"b12", "injection"})
    assert np.allclose(np.linalg.norm(vector), 1, atol=1e-5)


def test_a_sentence_is_heard_in_its_place(encoder: Encoder) -> None:
    muted = {"injection"}
    heard = encoder.hear("my arm is sore where do i throw away needles after the injection")
    needles = heard.part(["where", "do", "i", "throw", "away", "needles"], muted)
    arm = heard.part(["my", "arm", "is", "sore"], muted)
    assert needles is not None
    assert arm is not None
    alone = encoder.focus("where do i throw away needles", muted)
    assert needles @ alone > 0.7 > arm @ alone
    assert heard.part(["my", "arm", "sore"], muted) is None
    whole = heard.part(heard.words, muted)
    assert whole is not None
    assert np.array_equal(whole, heard.focus(muted))


def test_focus_is_remembered_for_each_set_of_muted_words(encoder: Encoder) -> None:
    for muted in ({"arm"}, {"sore"}, set[str]()):
        vectors = encoder.focus_content(["my sore arm", "the arm"], muted)
        assert np.array_equal(vectors, [encoder.focus("my sore arm", muted), encoder.focus("the arm", muted)])


def test_nothing_to_encode(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, module.WIDTH)
    assert encoder.encode_content([]).shape == (0, module.WIDTH)


def test_sums_on_paper_are_the_ones_in_force() -> None:
    lines = [line.split() for line in (MODEL / "SHA256SUMS.txt").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {"minilm.onnx": module.MODEL_SHA256, "vocab.txt": module.VOCABULARY_SHA256}
    for name, expected in sums.items():
        assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == expected


def test_a_missing_model_is_no_crash(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert Encoder.load(tmp_path) is None
    assert "minilm.onnx cannot be read" in caplog.text


@pytest.mark.parametrize("name", ["minilm.onnx", "vocab.txt"])
def test_a_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    for file in ("minilm.onnx", "vocab.txt"):
        shutil.copy(MODEL / file, tmp_path / file)
    changed = bytearray((tmp_path / name).read_bytes())
    changed[1000] ^= 1
    (tmp_path / name).write_bytes(changed)
    with pytest.raises(EncoderError, match=name):
        Encoder.open(tmp_path)


def test_content_is_remembered_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Encoder.open(cache=tmp_path)
    vectors = first.encode_content(TEXTS)
    assert np.array_equal(vectors, first.encode(TEXTS))
    second = Encoder.open(cache=tmp_path)
    monkeypatch.setattr(Encoder, "encode", None)
    assert np.array_equal(second.encode_content(TEXTS), vectors)


def test_patients_words_are_not_remembered(tmp_path: Path) -> None:
    Encoder.open(cache=tmp_path).encode(TEXTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("junk", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_broken_cache_is_rebuilt(tmp_path: Path, junk: bytes) -> None:
    one = Encoder.open(cache=tmp_path)
    vectors = one.encode_content(TEXTS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(junk)
    assert np.array_equal(one.encode_content(TEXTS), vectors)
    assert len(EmbeddingCache(tmp_path, module.MODEL_SHA256).read()) == len(set(TEXTS))


def test_an_unwritable_cache_is_no_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    assert Encoder.open(cache=blocked / "cache").encode_content(TEXTS).shape == (len(TEXTS), module.WIDTH)


def test_old_embeddings_leave_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.understanding.embedding_cache._MOST", 3)
    cache = EmbeddingCache(tmp_path, "0" * 64)
    vector = np.ones(4, np.float32)
    cache.add({key("a"): vector, key("b"): vector})
    cache.add({key("c"): vector})
    assert set(cache.read()) == {key("a"), key("b"), key("c")}
    cache.add({key("d"): vector})
    assert set(cache.read()) == {key("d")}


WRITER = """
import sys
from pathlib import Path
import numpy as np
from bot.understanding.embedding_cache import EmbeddingCache, key
cache = EmbeddingCache(Path(sys.argv[1]), "0" * 64)
for n in range(30):
    cache.add({key(f"{sys.argv[2]} {n}"): np.full(8, n, np.float32)})
    kept = cache.read()
    assert kept, "a reader saw no file"
    assert all(v.shape == (8,) and (v == v[0]).all() for v in kept.values())
"""


def test_several_processes_may_share_a_cache(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(n)]) for n in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [file.suffix for file in tmp_path.iterdir()] == [".npz"]


def test_what_is_shipped_is_what_the_model_makes_of_the_content(encoder: Encoder) -> None:
    """After many edits of content: python tools/embed_content.py."""
    shipped = read_shipped(MODEL / module.SHIPPED, module.MODEL_SHA256)
    content = load_library(CONTENT_DIR, CONTENT_DIR, "en").content("en")
    matcher = Matcher(encoder, content.matching.domain_words)
    kind = "\0" + "\0".join(sorted(content.matching.domain_words))
    known = [Known(text, entry.id) for entry in content.entries for text in entry.phrasings]
    matcher.learn(known[:2000:10])
    found = [text for text in matcher.texts if key(text + kind) in shipped]
    assert len(found) > 0.8 * len(matcher.texts)
    for text in found[:40]:
        assert shipped[key(text + kind)] @ encoder.focus(text, content.matching.domain_words) > 0.995


def test_what_is_shipped_for_another_model_or_broken_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    vector = np.full(module.WIDTH, 0.05, np.float32)
    write_shipped(path, "ab" * 32, {key("x"): vector})
    assert read_shipped(path, "cd" * 32) == {}
    assert np.allclose(read_shipped(path, "ab" * 32)[key("x")], vector, atol=1e-4)
    path.write_bytes(b"broken")
    assert read_shipped(path, "ab" * 32) == {}
    assert read_shipped(tmp_path / "none", "ab" * 32) == {}


def test_the_shipped_fit_is_taken_up(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the content is the one it was made of: after edits it is learned where it runs."""
    content = load_library(CONTENT_DIR, CONTENT_DIR, "en").content("en")
    monkeypatch.setattr(Matcher, "learn", lambda *_: pytest.skip("the content was edited since"))
    matcher, decision = learn(content, Encoder.open(cache=tmp_path))
    assert len(matcher.texts) > 3000
    evidence = matcher.evidence(matcher.prepared("how much b12 is in one jab"))
    assert 0 < decision.chances(evidence).first <= 1
