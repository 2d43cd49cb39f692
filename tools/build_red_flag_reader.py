"""Build the reader the product ships from trained weights: one small int8 ONNX file, its head, the grams and a card.

    python tools/build_red_flag_reader.py build/reader.safetensors [--out bot/understanding/model]

The graph is that of tools/build_encoder.py; see there for how it is made small. The grams
(bot/understanding/grams.py) are fitted here, which takes seconds. Writes red_flags.onnx, red_flags.npy,
red_flags_grams.npy and red_flags.json (kinds and sha256 of the files), and refuses to when quantising moves the
probability of danger by more than a little.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from build_encoder import Array, build, session
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from red_flag_rows import CLASSES, Row, rows
from safetensors.numpy import load_file
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from bot.knowledge.red_flag_examples import load_examples
from bot.understanding.grams import BUCKETS, pieces
from bot.understanding.wordpiece import WordPiece

MODEL = Path(__file__).parent.parent / "bot" / "understanding" / "model"
EXAMPLES = Path(__file__).parent.parent / "content" / "en" / "red_flag_examples.jsonl"
FILES = ("red_flags.onnx", "red_flags.npy", "red_flags_grams.npy")
FURTHEST = 0.03
"""Greatest mean change of a probability that quantising may cause."""


def danger(running: onnxruntime.InferenceSession, head: Array, ids: list[int]) -> float:
    """Probability that a message is urgent or an emergency."""
    states = running.run(["states"], {"input_ids": np.array([ids], np.int64)})[0][0]
    scores = head[:, :-1] @ np.concatenate([states.mean(axis=0), states.max(axis=0)]) + head[:, -1]
    share = np.exp(scores - scores.max())
    share /= share.sum()
    return float(sum(one for one, (level, _) in zip(share, CLASSES, strict=True) if level != "none"))


def grams(learned: list[Row]) -> NDArray[np.float16]:
    """Rarity and weight of every bucket, and the bias, as Grams.load reads them."""
    starts: list[int] = [0]
    at: list[int] = []
    often: list[float] = []
    for row in learned:
        found = pieces(row.text)
        at += found.keys()
        often += [1 + np.log(count) for count in found.values()]
        starts.append(len(at))
    table = csr_matrix((often, at, starts), shape=(len(learned), BUCKETS))
    holding = np.bincount(table.indices, minlength=BUCKETS)
    rarity = np.where(holding < 2, 0.0, np.log((1 + len(learned)) / (1 + holding)) + 1)
    dangerous = [row.level != "none" for row in learned]
    model = LogisticRegression(C=5, max_iter=500, class_weight="balanced")
    model.fit(normalize(table.multiply(rarity).tocsr()), dangerous)
    weight = np.append(model.coef_[0], model.intercept_[0])
    return np.stack([np.append(rarity, 0.0), weight]).astype(np.float16)


def replace(path: Path, content: bytes) -> None:
    """Put a new file in the old one's place, which a running bot may still be reading through memory."""
    fresh = path.with_suffix(path.suffix + ".part")
    fresh.write_bytes(content)
    fresh.replace(path)


def main() -> None:
    """Quantise, compare with fp32, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    weights = load_file(options.weights)
    head = np.concatenate([weights.pop("head.weight"), weights.pop("head.bias")[:, None]], axis=1).astype(np.float32)
    tokens = WordPiece.load(MODEL / "vocab.txt")
    texts = [one.text for one in load_examples(EXAMPLES, EXAMPLES.name)]
    calibration, checked = texts[::20], texts[7::10]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        plain = session(build(weights, None).SerializeToString())
        names = [output.name for output in plain.get_outputs()][1:]
        loudest: dict[str, Array] = {}
        for text in calibration:
            found = plain.run(names, {"input_ids": np.array([tokens.ids(text)], np.int64)})
            for name, values in zip(names, found, strict=True):
                top = np.abs(values[0]).max(axis=0)
                loudest[name] = np.maximum(loudest[name], top) if name in loudest else top
        onnx.save(build(weights, loudest), work / "smooth.onnx")
        quantize_dynamic(
            work / "smooth.onnx",
            work / "red_flags.onnx",
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Attention"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        small = session(work / "red_flags.onnx")
        moved = [abs(danger(plain, head, ids) - danger(small, head, ids)) for ids in map(tokens.ids, checked)]
        print(f"danger moved by {np.mean(moved):.4f} on average, {max(moved):.3f} at most, on {len(moved)} texts")
        if np.mean(moved) > FURTHEST:
            raise SystemExit("too far from fp32")
        np.save(work / "red_flags.npy", head, allow_pickle=False)
        ordinary = [row for row in rows() if row.kind == "faq"]
        np.save(work / "red_flags_grams.npy", grams([row for row in rows() if row.kind != "faq"] + ordinary[::2]))
        files = {name: (work / name).read_bytes() for name in FILES}
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        replace(options.out / name, content)
        print(f"{name}: {len(content) / 1e6:.2f} MB")
    card = {"kinds": CLASSES, "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}}
    replace(options.out / "red_flags.json", f"{json.dumps(card, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
