"""What tokens count beside the λ of their kinds (workers/dataset/tokenWeights.ts)."""

from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional, Sequence

import torch

from .labels import Run
from .row import KIND_CODES


class Outcome(NamedTuple):
    """How a trajectory ended; None where its file does not tell."""

    success: Optional[bool]
    reward: Optional[float]


class WeighedRun(NamedTuple):
    """Neighbouring tokens [start, end) of one trajectory that count the same."""

    start: int
    end: int
    weight: float
    capped: bool


@dataclass(frozen=True)
class Weighing:
    """
    The weight of each token t of a trajectory τ,

        w_t = w(τ) · γ^(last step − step of t) · [t is among the first `thoughtCap` tokens of its thought],

    with w(τ) 1 for `none`, its reward clipped to [0, 1] for `reward`, and whether it succeeded, 0 or 1, for
    `success`; γ = `weights.stepDecay`. What stands before the first step counts as that does. A thought is a
    run of reason tokens of one step; it counts from its first token, its marker's, on.
    """

    by: str
    decay: float
    cap: Optional[int]

    @staticmethod
    def of(objective: Any) -> "Weighing":
        """As a recipe's objective has it."""
        return Weighing(objective.weights.trajectory, objective.weights.stepDecay, objective.thoughtCap)

    def known(self, outcome: Outcome) -> bool:
        """Whether what a trajectory weighs is told by its file, where it matters."""
        return self.by == "none" or outcome_of(outcome, self.by) is not None

    def runs(self, runs: Sequence[Run], outcome: Outcome) -> Optional[List[WeighedRun]]:
        """
        The weights of a trajectory's tokens.

        :param runs: of the whole trajectory
        :return: None where each counts 1
        """
        whole = 1.0 if self.by == "none" else outcome_of(outcome, self.by) or 0.0
        capped = self.cap is not None and any(
            run.kind == KIND_CODES["reason"] and run.end - run.start > self.cap for run in runs
        )
        if whole == 1 and self.decay == 1 and not capped:
            return None
        last = max(0, max(run.step for run in runs))
        weighed = []
        for run in runs:
            weight = whole * self.decay ** (last - max(run.step, 0))
            cap = run.end if self.cap is None or run.kind != KIND_CODES["reason"] else run.start + self.cap
            if cap >= run.end:
                weighed.append(WeighedRun(run.start, run.end, weight, False))
            else:
                weighed.append(WeighedRun(run.start, cap, weight, False))
                weighed.append(WeighedRun(cap, run.end, 0.0, True))
        return weighed


def expand_weights(weighed: Sequence[WeighedRun]) -> torch.Tensor:
    """[tokens] float32."""
    weights = torch.tensor([run.weight for run in weighed], dtype=torch.float64).float()
    return torch.repeat_interleave(weights, torch.tensor([run.end - run.start for run in weighed]))


def counts(weight: float) -> bool:
    """Whether a weight is other than 0 as a float32, which it is kept as."""
    # Half of the smallest float32 is rounded to 0.
    return weight > 2.0**-150


def outcome_of(outcome: Outcome, by: str) -> Optional[float]:
    """
    How a trajectory ended, 0 … 1; None where its file does not tell. A file that has only one of reward and
    success tells of the other: success is a reward of 1, as in the environments, anything else 0.

    :param by: `reward` or `success`
    """
    success, reward = outcome
    if by == "reward" and reward is not None:
        return min(1.0, max(0.0, reward))
    if success is not None:
        return float(success)
    return None if reward is None else float(reward >= 1)
