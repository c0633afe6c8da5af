"""What a dataset's report tells of its training rows, from the runs of their tokens."""

from typing import List, NamedTuple, Optional, Sequence

from ..trajectories import SPAN_KINDS
from .labels import Run, between
from .row import KIND_CODES, is_supervised
from .token_weights import WeighedRun, counts


class Part(NamedTuple):
    """
    Neighbouring tokens of a row that are of one kind; whether their weight is other than 0, and whether a cap
    made it 0.
    """

    length: int
    kind: int
    counts: bool
    capped: bool


class RowCounts:
    """
    Counts of the rows that are trained on.

    :ivar weighed_kinds: KIND_CODES of the kinds whose λ is above 0
    :ivar trains: whether a token of these that counts has one before it in its row, to be predicted from
    :ivar mixed: rows holding both reason and act tokens
    :ivar empty_masks: rows without a reason or act token that counts
    :ivar tokens: by KIND_CODES; a prompt repeated in front of several windows counts each time
    """

    def __init__(self, weighed_kinds: Sequence[int]):
        self.weighed_kinds = frozenset(weighed_kinds)
        self.trains = False
        self.mixed = 0
        self.empty_masks = 0
        self.tokens = [0] * len(SPAN_KINDS)

    def add(self, parts: Sequence[Part]) -> None:
        """A row more."""
        kinds = {part.kind for part in parts}
        self.mixed += KIND_CODES["reason"] in kinds and KIND_CODES["act"] in kinds
        self.empty_masks += not any(part.counts and is_supervised(part.kind) for part in parts)
        for part in parts:
            self.tokens[part.kind] += part.length
        # The first token of a row is context: nothing before it predicts it.
        self.trains = self.trains or any(
            part.counts and part.kind in self.weighed_kinds and (i > 0 or part.length > 1)
            for i, part in enumerate(parts)
        )


def parts_of(runs: Sequence[Run], weighed: Optional[Sequence[WeighedRun]]) -> List[Part]:
    """
    :param runs: of a row
    :param weighed: of its whole trajectory; None where each token counts 1
    """
    if weighed is None:
        return [Part(run.end - run.start, run.kind, True, False) for run in runs]
    return [
        Part(own.end - own.start, run.kind, counts(own.weight), own.capped)
        for run in runs
        for own in between(weighed, run.start, run.end)
    ]


def is_weightless(parts: Sequence[Part]) -> bool:
    """Whether no token behind the prompt counts anything."""
    return all(part.kind == KIND_CODES["prompt"] or not part.counts for part in parts)


def capped_tokens(parts: Sequence[Part]) -> int:
    """Reason tokens behind the end of their thought's cap."""
    return sum(part.length for part in parts if part.capped and part.kind == KIND_CODES["reason"])
