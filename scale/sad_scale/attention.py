"""Causal self-attention: over the rows of a batch, or with keys and values that a cache has kept of texts."""

from dataclasses import dataclass
from typing import List, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Conv1D(nn.Module):
    """x [.., in] -> x · weight + bias [.., out], the weight being [in, out] as in GPT-2."""

    def __init__(self, from_width: int, to_width: int, device=None):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(from_width, to_width, device=device))
        self.bias = nn.Parameter(torch.zeros(to_width, device=device))

    def forward(self, x: Tensor) -> Tensor:
        out = torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight)
        return out.view(x.shape[:-1] + out.shape[-1:])


class KeyValues:
    """Keys and values [texts, H, capacity, D/H] of what was read of several texts, in one layer."""

    def __init__(self, texts: int, heads: int, capacity: int, head_width: int, like: Tensor):
        self.keys = like.new_zeros(texts, heads, capacity, head_width)
        self.values = like.new_zeros(texts, heads, capacity, head_width)

    def join(self, keys: Tensor, values: Tensor, before: "ReadBefore") -> Tuple[Tensor, Tensor]:
        """
        Keeps new keys and values [B, H, T, D/H]; returns all that the rows may look at, [B, H, upTo, D/H]
        each.
        """
        # [B, T] places in the first and third axes: the indexed axes come first, so that T stands before H.
        where = (before.places[:, None], slice(None), before.positions)
        # Under autocast they come in another precision than the parameters, in which the cache is.
        self.keys[where] = keys.transpose(1, 2).to(self.keys.dtype)
        self.values[where] = values.transpose(1, 2).to(self.values.dtype)
        return self.keys[before.rows, :, : before.up_to], self.values[before.rows, :, : before.up_to]


@dataclass
class ReadBefore:
    """
    Where the rows of a pass continue texts in a cache: places [B] of theirs, positions [B, T] in them.

    :ivar rows: the same places; a slice where they follow one another, so that nothing is copied to be read
    """

    layers: List[KeyValues]
    places: Tensor
    positions: Tensor
    up_to: int
    rows: Union[slice, Tensor]

    @staticmethod
    def of(layers: List[KeyValues], places: Tensor, positions: Tensor) -> "ReadBefore":
        """Where `places` continue at `positions`."""
        first, last = int(places[0]), int(places[-1])
        follow = last - first == len(places) - 1 and bool((places[1:] > places[:-1]).all())
        rows = slice(first, last + 1) if follow else places
        return ReadBefore(layers, places, positions, int(positions.max()) + 1, rows)


class Attention(nn.Module):
    """Causal self-attention of H heads."""

    def __init__(self, width: int, heads: int, device=None):
        super().__init__()
        self.heads = heads
        self.c_attn = Conv1D(width, 3 * width, device)
        self.c_proj = Conv1D(width, width, device)

    def forward(
        self, x: Tensor, mask: Optional[Tensor], known: Optional[KeyValues], before: Optional[ReadBefore]
    ) -> Tensor:
        """
        x [B, T, D] -> [B, T, D]; `mask` [B, 1, T, keys] is true where a query may look, None for causal.
        """
        rows, length, width = x.shape
        parts = self.c_attn(x).view(rows, length, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        if known is not None and before is not None:
            keys, values = known.join(keys, values, before)
        mixed = attend(queries, keys, values, mask)
        return self.c_proj(mixed.transpose(1, 2).reshape(rows, length, width))


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Optional[Tensor]) -> Tensor:
    """
    softmax(q · k / √d) · v, all [B, H, T, d]; a mask is true where a query may look, none stands for causal.
    """
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=mask is None)
    return plain_attend(queries, keys, values, mask)


def plain_attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Optional[Tensor]) -> Tensor:
    """`attend` for PyTorch before 2, which has no operation for it."""
    if mask is None:
        length = queries.shape[2]
        mask = torch.ones(length, length, dtype=torch.bool, device=queries.device).tril()
    scores = queries @ keys.transpose(2, 3) * queries.shape[3] ** -0.5
    return torch.softmax(scores.masked_fill(~mask, -torch.inf), dim=-1) @ values


def segment_mask(segments: Tensor) -> Tensor:
    """
    segments [B, T] -> [B, 1, T, T]: true where a query (third axis) may look: back, within its own window.
    """
    length = segments.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=segments.device).tril()
    return ((segments[:, :, None] == segments[:, None, :]) & causal)[:, None]
