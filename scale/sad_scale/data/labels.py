"""Tokens with the kind and step of the span they stand in (workers/dataset/label.ts)."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Sequence, TypeVar

import torch

from ..trajectories import Trajectory
from .row import KIND_CODES


class Run(NamedTuple):
    """
    Neighbouring tokens [start, end) of one trajectory that are of one kind and one step; as many as there
    are.
    """

    start: int
    end: int
    kind: int
    step: int


AnyRun = TypeVar("AnyRun", bound=Any)


@dataclass
class LabelledTokens:
    """
    One trajectory as tokens.

    :ivar trajectory: its index in the loaded set
    :ivar ids: [n] int64, ended by end-of-text
    :ivar kinds: [n] int64 KIND_CODES of each token
    :ivar steps: [n] int64 step of each token, -1 before the first
    """

    trajectory: int
    ids: torch.Tensor
    kinds: torch.Tensor
    steps: torch.Tensor


def label_tokens(trajectory: Trajectory, index: int, tokenizer: Any) -> LabelledTokens:
    """
    Tokens of a trajectory, end-of-text appended.

    :param index: the trajectory's place in the loaded set
    """
    encoding = tokenizer.encode(trajectory.text)
    runs = label_runs(trajectory, encoding.anchors)
    ids = torch.tensor([*encoding.ids, tokenizer.end_of_text_id])
    return LabelledTokens(index, ids, expand(runs, "kind"), expand(runs, "step"))


def label_runs(trajectory: Trajectory, anchors: Sequence[int]) -> List[Run]:
    """
    The runs of a trajectory's tokens. Each token has the kind and step of the span that holds its anchor (the
    character of its first non-space byte), so that a token reaching over a border goes to the span in which
    its ink begins.

    End-of-text comes last. It takes the kind of the last span when that is an act or a reason, because the
    student must learn to stop where its last act ends; it is `other` when the trajectory ends with somebody
    else's words, or when it is known to be unfinished, as then the place where it stops teaches nothing.

    :param anchors: rising, in code points of the text
    """
    runs: List[Run] = []

    def add(start: int, end: int, kind: str, step: int) -> None:
        code = KIND_CODES[kind]
        if runs and runs[-1].kind == code and runs[-1].step == step:
            start = runs.pop().start
        runs.append(Run(start, end, code, step))

    start = 0
    for span, span_end in zip(trajectory.spans, trajectory.span_ends()):
        end = bisect_left(anchors, span_end, start)
        if end > start:
            add(start, end, span.kind, span.step)
            start = end
    last = trajectory.spans[-1]
    stops = not trajectory.unfinished and last.kind in ("act", "reason")
    add(start, start + 1, last.kind if stops else "other", last.step)
    return runs


def expand(runs: Sequence[Run], field: str) -> torch.Tensor:
    """[tokens] int64: of each token of the runs its `kind` or `step`."""
    values = torch.tensor([getattr(run, field) for run in runs])
    return torch.repeat_interleave(values, torch.tensor([run.end - run.start for run in runs]))


def between(runs: Sequence[AnyRun], start: int, end: int) -> List[AnyRun]:
    """
    The runs of the tokens [start, end) alone.

    :param runs: rising; named tuples that begin with their start and end
    """
    found: List[AnyRun] = []
    first = max(0, bisect_left(runs, (start + 1,)) - 1)
    for i in range(first, len(runs)):
        run = runs[i]
        if run.start >= end:
            break
        if run.end > start:
            found.append(type(run)(max(run.start, start), min(run.end, end), *run[2:]))
    return found
