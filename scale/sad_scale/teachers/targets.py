"""
What a stored teacher says of the tokens of one trajectory, in the student's own ids
(workers/teacher/targets.ts).
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Union

import torch
from torch import Tensor

from ..errors import ScaleError
from ..safetensors import Safetensors

#: How a token came by its target. It has none: nothing was listed there, and it is not trained on …
NONE = 0
#: … it has a distribution over the likeliest tokens …
LISTED = 1
#: … the probability of the recorded token, and no more …
CHOSEN = 2
#: … or it is the end of a turn or of the trajectory, which files do not list: the text teaches it.
STOP = 3

#: Least probability that is told from none; its logarithm is finite in float32.
LEAST = 1e-40
#: Bytes of targets that are kept for the next batch that asks for them.
KEPT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class TokenTargets:
    """The targets of a trajectory of n tokens, each with k entries at most."""

    k: int
    #: [n, k] int32, −1 where a token has fewer
    ids: Tensor
    #: [n, k] float32, nats, for the prediction OF each token; what is missing to 1 lies on all the other ids
    log_probabilities: Tensor
    #: [n] uint8
    origins: Tensor

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return 9 * len(self.origins) + 8 * self.ids.numel()


#: The targets of a trajectory by its index in the set; None where nothing is known of it.
TargetSource = Callable[[int], Optional[TokenTargets]]


class KeptTargets:
    """Keeps what was asked for last; a `TargetSource`."""

    def __init__(self, make: TargetSource, budget: int = KEPT_BYTES):
        self._make = make
        self._budget = budget
        self._kept: "OrderedDict[int, Optional[TokenTargets]]" = OrderedDict()
        self._bytes = 0

    def __call__(self, trajectory: int) -> Optional[TokenTargets]:
        if trajectory in self._kept:
            self._kept.move_to_end(trajectory)
            return self._kept[trajectory]
        targets = self._make(trajectory)
        self._kept[trajectory] = targets
        self._bytes += targets.bytes if targets else 0
        while self._bytes > self._budget and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.bytes if oldest else 0
        return targets


class FileTargets:
    """
    The lab's own aligned targets of log-probabilities that came with the trajectories, `targets.safetensors`
    of a run, read from disk where they are asked for; a `TargetSource`.
    """

    NAMES = ("offsets", "k", "ids", "logProbabilities", "origins")

    def __init__(self, path: Union[str, Path], trajectories: int):
        """
        :param trajectories: how many the set has
        :raises ScaleError: for a file that is damaged, or of another set
        """
        self._where = str(path)
        tensors = Safetensors(path)
        for name in self.NAMES:
            if name not in tensors:
                raise self._broken(f'lacks the tensor "{name}"')
        self._offsets, self._k, self._ids, self._logs, self._origins = (tensors[name] for name in self.NAMES)
        if len(self._k) != trajectories or len(self._offsets) != trajectories + 1:
            raise self._broken(f"is of {len(self._k)} trajectories and the set has {trajectories}")
        lengths = self._offsets[1:] - self._offsets[:-1]
        #: Where each trajectory's entries begin, [trajectories + 1].
        self._entries = torch.cat([torch.zeros(1, dtype=torch.int64), torch.cumsum(lengths * self._k, 0)])
        whole = (lengths >= 0).all() and (self._k >= 0).all() and int(self._offsets[0]) == 0
        if (
            not whole
            or len(self._origins) != int(self._offsets[-1])
            or len(self._ids) != int(self._entries[-1])
        ):
            raise self._broken("has tensors that do not fit together")
        if len(self._logs) != len(self._ids):
            raise self._broken("has tensors that do not fit together")

    def __call__(self, trajectory: int) -> Optional[TokenTargets]:
        k = int(self._k[trajectory])
        if k == 0:
            return None
        first, last = self._offsets[trajectory : trajectory + 2].tolist()
        start, end = self._entries[trajectory : trajectory + 2].tolist()
        ids = self._ids[start:end].view(-1, k)
        return TokenTargets(k, ids, self._logs[start:end].view(-1, k), self._origins[first:last])

    def _broken(self, what: str) -> ScaleError:
        return ScaleError(f"{self._where} {what}: the file is damaged, so pack the run anew.")
