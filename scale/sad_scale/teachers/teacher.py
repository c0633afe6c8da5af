"""What a run asks of a teacher (workers/teacher/teacher.ts)."""

from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Sequence

from torch import Tensor


@dataclass
class TeacherRows:
    """
    What a teacher says at each of a batch's N = rows · length positions about the token behind.

    kind "model": `logits(positions [M]) -> [M, V]` float32, so that they are made chunk by chunk.
    kind "stored": `ids` [N, k], −1 where a position has fewer, and `log_probabilities` [N, k] in nats; all
    other tokens are one outcome that holds the missing mass.
    """

    kind: str
    logits: Optional[Callable[[Tensor], Tensor]] = None
    ids: Optional[Tensor] = None
    log_probabilities: Optional[Tensor] = None
    k: int = 0


class Teacher:
    """The text as teacher needs no such thing and is simply None."""

    #: "model" or "stored"
    kind = ""

    def supervised(self, batch: Any) -> Any:
        """The batch with only those tokens left to supervise that the teacher can speak of."""
        raise NotImplementedError

    def consult(self, batch: Any) -> TeacherRows:
        """What it says of the batch."""
        raise NotImplementedError

    def entropies(self, dataset: Any, count: int, recipe: Any) -> List[float]:
        """
        The third term of C(τ): the mean entropy, in nats, where an act token is predicted; each rank works
        out a share.

        :return: one value for each of `count` trajectories; 0 for one without act tokens in its rows
        """
        raise NotImplementedError

    def teaches_any(self, rows: Sequence[Any], weighed: Sequence[int]) -> bool:
        """
        Whether it can speak of any token of these rows that is of one of the kinds `weighed` (KIND_CODES).
        """
        raise NotImplementedError
