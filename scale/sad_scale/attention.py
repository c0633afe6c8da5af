"""Causal self-attention: over the rows of a batch, or with keys and values that a cache has kept of texts."""

from dataclasses import dataclass
from typing import Optional, Tuple, Union

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


#: How many times as many rows of a cache as a pass has texts are read where nothing is copied then: a copy is
#: read and written before it is read.
MOST_BETWEEN = 3


class KeyValues:
    """Keys and values [texts, H, capacity, D/H] of what was read of several texts, in one layer."""

    def __init__(self, texts: int, heads: int, capacity: int, head_width: int, like: Tensor):
        self.keys = like.new_zeros(texts, heads, capacity, head_width)
        self.values = like.new_zeros(texts, heads, capacity, head_width)

    def join(self, keys: Tensor, values: Tensor, before: "ReadBefore") -> Tuple[Tensor, Tensor]:
        """
        Keeps new keys and values [B, H, T, D/H]; returns all that the rows may look at, [rows, H, upTo, D/H]
        each, by `before.rows`.
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

    :ivar rows: what is read of the cache: a slice wherever that costs less, as nothing is copied then, else
        the same places
    :ivar among: [B] where in that slice the rows of the pass are; None where they are all of it in its order
    """

    places: Tensor
    positions: Tensor
    up_to: int
    rows: Union[slice, Tensor]
    among: Optional[Tensor]

    @staticmethod
    def of(places: Tensor, positions: Tensor) -> "ReadBefore":
        """Where `places` continue at `positions`."""
        up_to, told = int(positions.max()) + 1, places.tolist()
        first, last = min(told), max(told)
        if told == list(range(first, last + 1)):
            return ReadBefore(places, positions, up_to, slice(first, last + 1), None)
        # Of longer queries those of others would cost more than the copies.
        is_worth = positions.shape[1] == 1 and last - first < MOST_BETWEEN * len(told)
        if is_worth and len(set(told)) == len(told):
            return ReadBefore(places, positions, up_to, slice(first, last + 1), places - first)
        return ReadBefore(places, positions, up_to, places, None)

    def spread(self, values: Tensor) -> Tensor:
        """values [B, ..] -> the same at their rows of what is read, with zeros between."""
        if self.among is None:
            return values
        count = self.rows.stop - self.rows.start
        return values.new_zeros(count, *values.shape[1:]).index_copy_(0, self.among, values)

    def gathered(self, values: Tensor) -> Tensor:
        """The way back from `spread`."""
        return values if self.among is None else values[self.among]


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
            mixed = before.gathered(attend(before.spread(queries), keys, values, mask))
        else:
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
