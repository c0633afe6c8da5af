"""The order in which rows come into play, and how fast (workers/dataset/curriculum.ts)."""

import math
from typing import Any, NamedTuple, Sequence

import torch

from ..random import Random
from .labels import Run
from .row import KIND_CODES

#: c₀, the share of the sorted rows in play at the first step. The lab's choice.
START_SHARE = 0.2
#: The share of the run after which all rows are in play. The lab's choice.
FULL_AT = 0.5
#: Jumps of `step` pacing. The lab's choice.
STAIRS = 4
REASON, ACT = KIND_CODES["reason"], KIND_CODES["act"]


class Weights(NamedTuple):
    """α, β and γ of C(τ)."""

    alpha: float
    beta: float
    gamma: float


def difficulty_of(runs: Sequence[Run], curriculum: Weights, entropy: float = 0.0) -> float:
    """
    The paper's curriculum score (arXiv 2505.13820, Eq. 7 in version 1),

        C(τ) = α · len(reason tokens) + β · len(act tokens) + γ · entropy(teacher on act),

    lengths in tokens of the whole trajectory, end-of-text with the span that it ends. It orders and never
    weighs.

    :param entropy: mean entropy of the teacher's distribution over the act tokens, nats; 0 for a text teacher
    """
    reason = sum([run.end - run.start for run in runs if run.kind == REASON])
    act = sum([run.end - run.start for run in runs if run.kind == ACT])
    return curriculum.alpha * reason + curriculum.beta * act + curriculum.gamma * entropy


def order_of(difficulties: torch.Tensor, order: str, seed: int) -> torch.Tensor:
    """
    The order in which rows come into play. Rows equally difficult keep the order in which they were given.
    `shuffled` is a control for the difficulty: a random ranking, by seed, paced as the others are. `random`
    is a control for the whole curriculum: all rows are in play from the first step, so there is nothing to
    rank.

    :param difficulties: [rows] float64
    :return: [rows] int64 places in `difficulties`
    """
    count = len(difficulties)
    if order == "easy-first":
        return torch.sort(difficulties, stable=True).indices
    if order == "hard-first":
        return torch.sort(-difficulties, stable=True).indices
    if order == "shuffled":
        return torch.tensor(Random(seed).fork("order").shuffle(range(count)), dtype=torch.int64)
    return torch.arange(count)


def pace_at(step: int, steps: int, pacing: str) -> float:
    """
    The share of the sorted rows in play at a step: the competence c(t) of Platanios et al. 2019,
    "Competence-based Curriculum Learning for Neural Machine Translation", arXiv 1903.09848, with t = step /
    (FULL_AT · steps), capped at 1:

        linear   c(t) = c₀ + (1 − c₀) · t                 (their c_linear)
        root     c(t) = √(c₀² + (1 − c₀²) · t)            (their c_sqrt: new rows come in ever more slowly)
        step     c(t) = c₀ + (1 − c₀) · ⌊STAIRS · t⌋ / STAIRS   (linear in equal jumps; the lab's)

    :param step: optimiser step, counted from 0
    :param steps: optimiser steps of the whole run
    :return: c in (0, 1], never falling
    """
    t = step / (FULL_AT * steps)
    if t >= 1:
        return 1.0
    if pacing == "linear":
        return START_SHARE + (1 - START_SHARE) * t
    if pacing == "root":
        return math.sqrt(START_SHARE**2 + (1 - START_SHARE**2) * t)
    return START_SHARE + (1 - START_SHARE) * math.floor(STAIRS * t) / STAIRS


def share_in_play(step: int, recipe: Any) -> float:
    """
    The share of the rows in play under a recipe; all of them in `random` order, which is plain sampling.
    """
    curriculum = recipe.curriculum
    return 1.0 if curriculum.order == "random" else pace_at(step, recipe.steps, curriculum.pacing)


def sorts_by_difficulty(order: str) -> bool:
    """Whether an order looks at how difficult rows are, so that the teacher's entropy has to be measured."""
    return order in ("easy-first", "hard-first")
