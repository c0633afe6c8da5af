"""
Drawing a token of each row: the rule of the lab's reference engine (workers/kernels/sample/reference.ts).
"""

import math

import torch
from torch import Tensor

from .random import Random


def check_sampling(temperature: float, top_k: int, top_p: float) -> None:
    """:raises ValueError: for a manner of drawing that is none"""
    if not temperature >= 0:
        raise ValueError(f"The temperature must be 0 or more, not {temperature}.")
    if int(top_k) != top_k or top_k < 0:
        raise ValueError(f"Top-k must be a whole number, 0 for all tokens, not {top_k}.")
    if not 0 < top_p <= 1:
        raise ValueError(f"Top-p must be above 0 and at most 1, not {top_p}.")


def draw(random: Random) -> float:
    """A number in [0, 1) of as many bits as float32 holds, lest it be rounded to 1."""
    return math.floor(random.next() * 2**24) / 2**24


def sample(
    given: Tensor, draws: Tensor, temperature: float, top_k: int, top_p: float, vocabulary_size: int
) -> Tensor:
    """
    A token of each row: at temperature 0 the likeliest, of equals the first; else the first whose running
    share of those that may be drawn is above the draw.

    :param given: logits [B, ≥ vocabulary_size]; ids beyond are never drawn
    :param draws: [B] float32 in [0, 1)
    :param top_k: how many of the likeliest may be drawn; 0 for all
    :param top_p: of these the fewest whose shares reach it (Holtzman et al. 2020, arXiv 1904.09751)
    :return: [B] int64
    """
    logits = given[:, :vocabulary_size].float()
    V = logits.shape[1]
    largest = logits.max(-1, keepdim=True).values
    if temperature == 0:
        return _lowest(logits == largest, torch.full_like(draws, V - 1).long())
    k = min(top_k, V) if top_k > 0 else V
    weights = torch.exp((logits - largest) / temperature)
    if k < V or top_p < 1:
        values = logits.topk(k).values
        count = torch.full_like(largest, k)
        if top_p < 1:
            count = _count_reaching(torch.exp((values - largest) / temperature), top_p)
        weights = weights * _kept(logits, values, count)
    running = weights.cumsum(1)
    possible = weights > 0
    ids = torch.arange(V, device=logits.device)
    last = torch.where(possible, ids, 0 * ids).max(-1).values
    return _lowest(possible & (running > draws[:, None] * running[:, -1:]), last)


def _lowest(marked: Tensor, otherwise: Tensor) -> Tensor:
    """[B]: the lowest id that is marked in each row, `otherwise` [B] where none is."""
    ids = torch.arange(marked.shape[1], device=marked.device)
    return torch.minimum(torch.where(marked, ids, marked.shape[1] + 0 * ids).min(-1).values, otherwise)


def _count_reaching(shares: Tensor, top_p: float) -> Tensor:
    """
    [B, 1]: how many from the front of shares [B, k], the largest first, it takes to reach top_p of their sum.
    """
    before = shares.cumsum(1).roll(1, 1)
    before[:, 0] = 0
    short = before < top_p * shares.sum(-1, keepdim=True)
    return short.sum(-1, keepdim=True).clamp(min=1)


def _kept(logits: Tensor, values: Tensor, count: Tensor) -> Tensor:
    """[B, V]: true for the `count` [B, 1] largest, whose values [B, k] are in order; of equals the first."""
    least = values.gather(1, count.long() - 1)
    above = logits > least
    equal = logits == least
    room = count - above.sum(-1, keepdim=True)
    return above | (equal & (equal.cumsum(1) <= room))
