"""
GPT-2 as the lab has it (workers/models/gpt.ts): pre-norm blocks, learned positions, tanh GELU, tied head
(Radford et al. 2019). B rows, T positions, D width, L layers, H heads, V vocabulary.
"""

import math
from dataclasses import dataclass
from typing import List, Optional, Set

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .attention import Attention, Conv1D, KeyValues, ReadBefore, segment_mask
from .random import Random

EPSILON = 1e-5
#: Standard deviation of the initial values (GPT-2's).
DEVIATION = 0.02
#: Random numbers that are drawn at once, so that a large embedding needs little beside itself.
DRAWN_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class GptConfig:
    """
    The shape of a GPT; names as in the recipe. `contextLength`: positions it has learned embeddings for.
    """

    vocabularySize: int
    contextLength: int
    layers: int
    width: int
    heads: int


class Perceptron(nn.Module):
    """x [.., D] -> [.., 4D], tanh GELU, -> [.., D]."""

    def __init__(self, width: int, device=None):
        super().__init__()
        self.c_fc = Conv1D(width, 4 * width, device)
        self.c_proj = Conv1D(4 * width, width, device)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    """One layer: attention, then a perceptron, each behind a norm of its own and added to the stream."""

    def __init__(self, width: int, heads: int, device=None):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=EPSILON, device=device)
        self.attn = Attention(width, heads, device)
        self.ln_2 = nn.LayerNorm(width, eps=EPSILON, device=device)
        self.mlp = Perceptron(width, device)

    def forward(
        self,
        x: Tensor,
        mask: Optional[Tensor] = None,
        known: Optional[KeyValues] = None,
        before: Optional[ReadBefore] = None,
    ) -> Tensor:
        x = x + self.attn(self.ln_1(x), mask, known, before)
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    """
    A GPT whose parameters stand in the lab's order (workers/models/parameters.ts) under the names of
    transformers' GPT2LMHeadModel. They hold zeros (norms: ones) until something is loaded; see `initial_gpt`.
    On the device "meta" they hold nothing and tell their shapes.
    """

    def __init__(self, config: GptConfig, device=None):
        super().__init__()
        self.config = config
        V, T, D = config.vocabularySize, config.contextLength, config.width
        self.transformer = nn.ModuleDict()
        self.transformer["wte"] = nn.Embedding(V, D, _weight=torch.zeros(V, D, device=device))
        self.transformer["wpe"] = nn.Embedding(T, D, _weight=torch.zeros(T, D, device=device))
        self.transformer["h"] = nn.ModuleList(Block(D, config.heads, device) for _ in range(config.layers))
        self.transformer["ln_f"] = nn.LayerNorm(D, eps=EPSILON, device=device)

    @property
    def context_length(self) -> int:
        """Positions of a row at most."""
        return self.config.contextLength

    @property
    def vocabulary_size(self) -> int:
        """V"""
        return self.config.vocabularySize

    def decayed(self) -> Set[str]:
        """Names of the parameters that weight decay touches: matrices; not norms, biases and embeddings."""
        return {
            name
            for name, value in self.named_parameters()
            if value.dim() == 2 and ".wte." not in name and ".wpe." not in name
        }

    def hidden(
        self,
        ids: Tensor,
        segments: Optional[Tensor] = None,
        positions: Optional[Tensor] = None,
        recompute: bool = False,
    ) -> Tensor:
        """
        Hidden states after the last norm, which `logits` turns into predictions of the next token.

        :param ids: [B, T] integers
        :param segments: [B, T] which of its row's windows each token is of; nothing looks into another window
        :param positions: [B, T], by default 0 … T - 1
        :param recompute: keeps of each block its input alone and runs it anew on the way back: less memory, a
            third more work (Chen et al. 2016, arXiv 1604.06174)
        :return: [B, T, D]
        :raises ValueError: for rows longer than the context
        """
        length = ids.shape[1]
        if length > self.context_length:
            raise ValueError(f"Rows of {length} tokens do not fit a context of {self.context_length}.")
        if positions is None:
            positions = torch.arange(length, device=ids.device)
        mask = None if segments is None else segment_mask(segments)
        x = self.transformer["wte"](ids) + self.transformer["wpe"](positions)
        for block in self.transformer["h"]:
            x = checkpoint(block, x, mask, use_reentrant=False) if recompute else block(x, mask)
        return self.transformer["ln_f"](x)

    forward = hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [.., D] -> [.., V], by the embedding's own table."""
        return F.linear(hidden, self.transformer["wte"].weight)

    def cache(self, texts: int, capacity: int) -> List[KeyValues]:
        """An empty cache of `capacity` positions of each of so many texts, for `hidden_after`."""
        like = self.transformer["wte"].weight
        heads = self.config.heads
        width = self.config.width // heads
        return [KeyValues(texts, heads, capacity, width, like) for _ in self.transformer["h"]]

    def hidden_after(self, ids: Tensor, cache: List[KeyValues], places: Tensor, lengths: Tensor) -> Tensor:
        """
        Hidden states of tokens that continue texts, which the cache has as well afterwards.

        :param ids: [B, T]
        :param places: [B] which texts of the cache
        :param lengths: [B] how many tokens of each of them the cache holds
        :return: [B, T, D]
        """
        positions = lengths[:, None] + torch.arange(ids.shape[1], device=ids.device)
        before = ReadBefore.of(places, positions)
        mask = torch.arange(before.up_to, device=ids.device) <= before.spread(positions)[:, None, :, None]
        x = self.transformer["wte"](ids) + self.transformer["wpe"](positions)
        for block, known in zip(self.transformer["h"], cache):
            x = block(x, mask, known, before)
        return self.transformer["ln_f"](x)


def initial_gpt(config: GptConfig, seed: int) -> Gpt:
    """
    The student as the lab begins it, the same on every machine for the same seed: normal with deviation 0.02,
    the projections into the residual stream scaled by 1/√(2L); each tensor draws from a generator of its own.
    """
    model = Gpt(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() < 2:
                continue
            residual = name.endswith("c_proj.weight")
            deviation = DEVIATION / math.sqrt(2 * config.layers) if residual else DEVIATION
            draw_into(parameter.view(-1), Random(seed).fork(name), deviation)
    return model


def draw_into(flat: Tensor, random: Random, deviation: float) -> None:
    """Fills flat [n] with draws from a normal distribution around 0."""
    for start in range(0, len(flat), DRAWN_AT_ONCE):
        part = flat[start : start + DRAWN_AT_ONCE]
        part.copy_(deviation * random.normals(len(part)))
