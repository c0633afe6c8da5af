"""
Log-probabilities that were written down before the run, looked up by trajectory and token
(workers/teacher/stored.ts).
"""

import dataclasses
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import torch
from torch import Tensor

from ..data.row import KIND_CODES
from .ranks import own_ranks
from .targets import NONE, TargetSource, TokenTargets
from .teacher import Teacher, TeacherRows

PROMPT, ACT = KIND_CODES["prompt"], KIND_CODES["act"]


class StoredTeacher(Teacher):
    """Speaks of the tokens that have a target."""

    kind = "stored"

    def __init__(self, source: TargetSource):
        self.source = source

    def supervised(self, batch: Any) -> Any:
        """Tokens without a target become context: they are neither trained on nor counted."""
        kinds = batch.kinds.clone()
        flat = kinds.view(-1)
        places = batch.places.reshape(-1)
        for trajectory, at in _by_trajectory(batch):
            targets = self.source(trajectory)
            if targets is None:
                flat[at] = PROMPT
            else:
                without = targets.origins[places[at].cpu()] == NONE
                flat[at[without.to(at.device)]] = PROMPT
        return dataclasses.replace(batch, kinds=kinds)

    def consult(self, batch: Any) -> TeacherRows:
        """
        :return: ids and log-probabilities [rows · length, k], k being the most of any trajectory of the batch
        """
        device = batch.ids.device
        count = batch.rows * batch.length
        found: List[Tuple[Tensor, Tensor, TokenTargets]] = []
        flat_places = batch.places.reshape(-1)
        for trajectory, at in _by_trajectory(batch):
            targets = self.source(trajectory)
            # What is known of a token stands where it is predicted; nothing predicts a row's first.
            at = at[at % batch.length > 0]
            if targets is not None and len(at) > 0:
                found.append((at.cpu(), flat_places[at].cpu(), targets))
        k = max([targets.k for _, _, targets in found] + [1])
        ids = torch.full((count, k), -1, dtype=torch.int64)
        logs = torch.zeros(count, k)
        for at, places, targets in found:
            ids[at - 1, : targets.k] = targets.ids[places].long()
            logs[at - 1, : targets.k] = targets.log_probabilities[places]
        return TeacherRows("stored", ids=ids.to(device), log_probabilities=logs.to(device), k=k)

    def entropies(self, dataset: Any, count: int, recipe: Any) -> List[float]:
        """
        The third term of C(τ) from what is stored: the mean entropy, in nats, of the targets of act tokens,
        all that is not listed counting as one outcome; 0 for a trajectory without such targets in its rows.
        """
        ranks = own_ranks()
        sums, tokens = [0.0] * count, [0.0] * count

        def share() -> None:
            for index in ranks.share(len(dataset.train)):
                row = dataset.train[index]
                targets = self.source(row.trajectory)
                if targets is None:
                    continue
                acts = row.places[1:][row.kinds[1:] == ACT]
                acts = acts[targets.origins[acts] != NONE]
                sums[row.trajectory] += float(_entropies(targets, acts).sum())
                tokens[row.trajectory] += len(acts)

        ranks.together(share)
        added = zip(ranks.add_numbers(sums), ranks.add_numbers(tokens))
        return [total / n if n > 0 else 0.0 for total, n in added]

    def teaches_any(self, rows: Sequence[Any], weighed: Sequence[int]) -> bool:
        """
        Whether any of the rows holds a token of a kind that is weighed, with a target and something before
        it.
        """
        for row in rows:
            targets: Optional[TokenTargets] = self.source(row.trajectory)
            if targets is None:
                continue
            known = targets.origins[row.places[1:]] != NONE
            kinds = row.kinds[1:]
            if any(bool((known & (kinds == kind)).any()) for kind in weighed):
                return True
        return False


def _by_trajectory(batch: Any) -> Iterator[Tuple[int, Tensor]]:
    """The trajectories of a batch, each with its flat positions [n] there."""
    trajectories = batch.trajectories.reshape(-1)
    there = (batch.places.reshape(-1) >= 0).nonzero()[:, 0]
    of = trajectories[there]
    for trajectory in torch.unique(of).tolist():
        yield trajectory, there[of == trajectory]


def _entropies(targets: TokenTargets, places: Tensor) -> Tensor:
    """[n] float64"""
    logs = targets.log_probabilities[places].double()
    p = logs.exp() * (targets.ids[places] >= 0)
    tail = 1 - p.sum(1)
    of_tail = torch.where(tail > 1e-7, -tail * tail.clamp_min(1e-300).log(), torch.zeros_like(tail))
    return -(p * logs).sum(1) + of_tail
