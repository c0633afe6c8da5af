"""Cutting trajectories into rows (workers/dataset/window.ts)."""

from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Sequence

from ..trajectories import SPAN_KINDS
from .labels import Run, between
from .row import KIND_CODES, is_supervised

Cut = Dict[str, Dict[str, int]]


class Window(NamedTuple):
    """
    The tokens of one row: those of [context_start, context_end), then those of [start, end).

    :ivar repeated: whether the context has stood in an earlier row, so that all of it is of kind `prompt`
      here
    """

    context_start: int
    context_end: int
    start: int
    end: int
    repeated: bool

    def __len__(self) -> int:
        return self.context_end - self.context_start + self.end - self.start


def no_cut() -> Cut:
    """Nothing lost: spans and tokens by kind."""
    return {kind: {"spans": 0, "tokens": 0} for kind in SPAN_KINDS}


@dataclass
class Loss:
    """
    What did not fit into rows.

    :ivar truncated_steps: steps cut because they alone exceed the room beside the prompt
    :ivar cut: what was lost with them
    :ivar shortened_prompts: rows whose prompt had to be shortened
    """

    truncated_steps: int = 0
    cut: Cut = field(default_factory=no_cut)
    shortened_prompts: int = 0


def cut_windows(runs: Sequence[Run], context_length: int, loss: Loss) -> List[Window]:
    """
    Cuts a trajectory into rows of at most `context_length` tokens at the borders of its steps, as many whole
    steps to a row as fit, with the task prompt (all that stands before the first step) in front of each.

    - Every reason and act token is in exactly one row, unless counted in `loss`. In the rows after the first
      the repeated prompt is of kind `prompt` throughout, so nothing in it is supervised twice.
    - A prompt that leaves less than half of the context makes room up to that half, from its front: the task
      stands at its end, behind the worked examples.
    - A step longer than the room is cut to the tokens from its first on that hold its reason and act tokens;
      where these alone are too many, to those from the first reason or act token on. What is lost is mostly
      the environment's.
    - Position t predicts token t + 1, so the first token of a row is context only. Without a prompt, a row
      after the first therefore begins with the token before its first step; only the trajectory's very first
      token is never predicted.
    - A trajectory without a step has no rows.

    :param loss: what does not fit is added to it
    """
    prompt = _prompt_length(runs)
    borders = _step_borders(runs, prompt)
    windows = []
    first = 0
    while first + 1 < len(borders):
        context = prompt if prompt > 0 else int(first > 0)
        whole = borders[-1] - borders[first] + context <= context_length
        room = context_length - (context if whole else min(context, context_length // 2))
        start = borders[first]
        following = first
        while following + 1 < len(borders) and borders[following + 1] - start <= room:
            following += 1
        end = borders[following]
        if following == first:
            following += 1
            end = borders[following]
            step = between(runs, start, end)
            kept = _cut_step(step, start, end, room)
            loss.truncated_steps += 1
            _count_cut(loss.cut, step, kept, kept + room)
            start, end = kept, kept + room
        context_kept = min(context, context_length - (end - start))
        if context_kept < context:
            loss.shortened_prompts += 1
        context_end = prompt if prompt > 0 else borders[first]
        window = Window(context_end - context_kept, context_end, start, end, first > 0)
        if len(window) >= 2:
            windows.append(window)
        else:
            # One token with nothing before or after it in its row: there is nothing that could predict it.
            loss.truncated_steps += 1
            _count_cut(loss.cut, between(runs, start, end), start, start)
        first = following
    return windows


def window_runs(runs: Sequence[Run], window: Window) -> List[Run]:
    """The runs of a row's tokens, which count places in the trajectory; those of a context are of no step."""
    if window.context_start == 0 and window.context_end == window.start and window.end == runs[-1].end:
        # All of its trajectory, as many rows are: what is in front of the first step is of none as it is.
        return list(runs)
    context = between(runs, window.context_start, window.context_end)
    if window.repeated:
        context = [run._replace(kind=KIND_CODES["prompt"]) for run in context]
    return [*(run._replace(step=-1) for run in context), *between(runs, window.start, window.end)]


def _prompt_length(runs: Sequence[Run]) -> int:
    length = 0
    for run in runs:
        if run.step != -1 or is_supervised(run.kind):
            break
        length = run.end
    return length


def _step_borders(runs: Sequence[Run], prompt: int) -> List[int]:
    """Where steps begin, and at the end where the last one ends; empty when there is none."""
    borders, before = [], None
    for run in runs:
        if run.start >= prompt and (run.start == prompt or run.step != before):
            borders.append(run.start)
        before = run.step
    return [*borders, runs[-1].end] if borders else []


def _cut_step(step: Sequence[Run], start: int, end: int, room: int) -> int:
    """Where the `room` tokens that are kept of the step [start, end) begin."""
    supervised = [run for run in step if is_supervised(run.kind)]
    if not supervised:
        return start
    return min(max(start, supervised[-1].end - room), supervised[0].start, end - room)


def _count_cut(cut: Cut, step: Sequence[Run], kept_from: int, kept_to: int) -> None:
    """Adds what one step loses when only its tokens [kept_from, kept_to) are kept."""
    for run in step:
        kept = max(0, min(run.end, kept_to) - max(run.start, kept_from))
        if kept < run.end - run.start:
            own = cut[SPAN_KINDS[run.kind]]
            own["spans"] += 1
            own["tokens"] += run.end - run.start - kept
