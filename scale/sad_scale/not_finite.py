"""What to say where a number is not finite (workers/training/notFinite.ts)."""

import math
from typing import Any

import torch
from torch import Tensor

from .divergence import HEAD_SUMS
from .objective import TERMS
from .parallel import Agreed

#: What each of the head's sums is the first to show, in the order in which a step computes them.
SHOWN_BY = (
    ("crossEntropy", "the student’s logits"),
    ("teacherEntropy", "the teacher’s log-probabilities"),
    ("kl", "the KL divergence"),
    ("divergence", "the divergence"),
)


def refuse_not_finite(where: str, sums: Tensor, recipe: Any, gradient_norm: float = 0.0) -> None:
    """
    Refuses numbers that are not finite, naming the first operation of the step that gave one and the span
    kinds. They are sums over all ranks, so that all raise the same.

    :param where: e.g. `at step 16`
    :param sums: [K, 5] of the head; a kind is NaN only where one of its own tokens is
    :param gradient_norm: where there was a gradient
    :raises Agreed: in a sentence
    """
    for column, operation in SHOWN_BY:
        values = sums[:, HEAD_SUMS.index(column)]
        kinds = [term for term, finite in zip(TERMS, torch.isfinite(values).tolist()) if not finite]
        if kinds:
            raise Agreed(
                f"The loss is no longer a finite number {where}, first in {operation} at "
                f"{' and '.join(kinds)} tokens: {remedy(recipe)}"
            )
    if not math.isfinite(gradient_norm):
        raise Agreed(f"The gradient is no longer finite {where}, though the loss still is: {remedy(recipe)}")


def remedy(recipe: Any) -> str:
    """What to do about it."""
    rate = recipe.optimiser.learningRate
    return f"lower optimiser.learningRate (it is {rate:g}) or set optimiser.clipNorm."
