"""How fast a student learns, step by step: workers/training/schedule.ts."""

import math


def learning_rate_at(step: int, steps: int, optimiser) -> float:
    """
    The learning rate of a step: linear warm-up over `warmupSteps`, then cosine or linear decay that reaches 0
    one step after the last, or none.

    :param step: counted from 0
    :param steps: of the whole run
    :param optimiser: the recipe's, with `learningRate`, `warmupSteps` and `schedule`
    """
    rate, warmup = optimiser.learningRate, optimiser.warmupSteps
    if step < warmup:
        return rate * (step + 1) / warmup
    if optimiser.schedule == "constant":
        return rate
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return rate * (
        1 - progress if optimiser.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * progress))
    )
