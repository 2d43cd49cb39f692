"""The network behind the learned part of the red-flag screen, in PyTorch: MiniLM with one head over all kinds.

Needs torch, which the product and its tests do not; see tools/train_red_flag_reader.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import nn

from bot.understanding.wordpiece import WordPiece

WIDTH, HEADS, LAYERS, INNER = 384, 12, 6, 1536
DROPOUT = 0.1
LONGEST = 96


class Layer(nn.Module):  # type: ignore[misc]
    """One BERT layer."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, 1e-12)
        self.wide = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, x: Any, mask: Any) -> Any:
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        drop = DROPOUT if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :], dropout_p=drop)
        y = self.out(y.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.norm1(x + F.dropout(y, DROPOUT, self.training))
        return self.norm2(x + F.dropout(self.narrow(F.gelu(self.wide(x))), DROPOUT, self.training))


class Net(nn.Module):  # type: ignore[misc]
    """Token ids to one score a kind, from the mean and the greatest of the token states."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.segment = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.head = nn.Linear(2 * WIDTH, kinds)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Any, mask: Any) -> Any:
        x = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.segment)
        x = F.dropout(x, DROPOUT, self.training)
        for layer in self.layers:
            x = layer(x, mask)
        held = mask[:, :, None].float()
        mean = (x * held).sum(1) / held.sum(1)
        greatest = x.masked_fill(~mask[:, :, None], -1e4).max(1).values
        return self.head(F.dropout(torch.cat([mean, greatest], -1), DROPOUT, self.training))


_PARTS = (
    ("out", "attention.output.dense"),
    ("norm1", "attention.output.LayerNorm"),
    ("wide", "intermediate.dense"),
    ("narrow", "output.dense"),
    ("norm2", "output.LayerNorm"),
)


def pretrained(net: Net, weights: dict[str, Any]) -> Net:
    """Copy the encoder's weights (names as in its safetensors file) into the network."""
    with torch.no_grad():
        net.words.weight.copy_(weights["embeddings.word_embeddings.weight"])
        net.positions.weight.copy_(weights["embeddings.position_embeddings.weight"])
        net.segment.copy_(weights["embeddings.token_type_embeddings.weight"][0])
        for part in ("weight", "bias"):
            getattr(net.norm, part).copy_(weights[f"embeddings.LayerNorm.{part}"])
            for number, layer in enumerate(net.layers):
                at = f"encoder.layer.{number}"
                three = [weights[f"{at}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
                getattr(layer.qkv, part).copy_(torch.cat(three))
                for mine, theirs in _PARTS:
                    getattr(getattr(layer, mine), part).copy_(weights[f"{at}.{theirs}.{part}"])
    return net


def named(net: Net) -> dict[str, Any]:
    """The trained encoder weights under the names of the safetensors file, and the head under `head.*`."""
    found = {
        "embeddings.word_embeddings.weight": net.words.weight,
        "embeddings.position_embeddings.weight": net.positions.weight,
        "embeddings.token_type_embeddings.weight": net.segment[None],
        "head.weight": net.head.weight,
        "head.bias": net.head.bias,
    }
    for part in ("weight", "bias"):
        found[f"embeddings.LayerNorm.{part}"] = getattr(net.norm, part)
        for number, layer in enumerate(net.layers):
            at = f"encoder.layer.{number}"
            three = getattr(layer.qkv, part).chunk(3)
            for name, value in zip(("query", "key", "value"), three, strict=True):
                found[f"{at}.attention.self.{name}.{part}"] = value
            for mine, theirs in _PARTS:
                found[f"{at}.{theirs}.{part}"] = getattr(getattr(layer, mine), part)
    return {name: value.detach().contiguous().clone() for name, value in found.items()}


def padded(tokens: WordPiece, texts: Sequence[str]) -> tuple[Any, Any]:
    """Ids and mask of a batch."""
    ids = [tokens.ids(text, LONGEST) for text in texts]
    longest = max(map(len, ids))
    table = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.bool)
    for row, found in enumerate(ids):
        table[row, : len(found)] = torch.tensor(found)
        mask[row, : len(found)] = True
    return table, mask
