"""
Trajectories on their way through a teacher: cut into windows that it can read, and put together again
(workers/teacher/captureTeacher.ts).
"""

from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, List, NamedTuple, Optional, Sequence

import torch
from torch import Tensor

from ..trajectories import Trajectory
from .capture_format import content_hash


class Window(NamedTuple):
    """A stretch of a trajectory that is read at once."""

    start: int
    end: int
    #: The first token whose prediction is taken from this window.
    first: int


def capture_windows(n: int, context_length: int) -> List[Window]:
    """
    Windows over n tokens of a teacher that reads C: each token but the first is predicted in exactly one. A
    trajectory that fits is read whole; of a longer one, every token behind the first window has at least half
    of C before it.
    """
    windows = [Window(0, min(n, context_length), 1)]
    first = context_length
    while first < n:
        start = min(first - context_length // 2, n - context_length)
        windows.append(Window(start, start + context_length, first))
        first = start + context_length
    return windows


@dataclass
class Job:
    """One trajectory and what is predicted of it."""

    trajectory: Trajectory
    hash: bytes
    #: [n] the teacher's, end-of-text the last
    ids: List[int]
    #: A token in front of every window, so that the first of the text is predicted as well; None without.
    begin: Optional[int]
    #: [n] or, where nothing is in front of the first, [n - 1]
    written: Tensor = field(init=False)
    #: [the same, k], filled with −1 where fewer are listed
    top_ids: Tensor = field(init=False)
    top: Tensor = field(init=False)
    #: Windows that have not been read.
    left: int = 0

    def begun(self, k: int) -> "Job":
        """Makes room for the predictions."""
        predicted = len(self.ids) - self.skipped
        self.written = torch.empty(predicted)
        self.top_ids = torch.full((predicted, k), -1, dtype=torch.int32)
        self.top = torch.full((predicted, k), -torch.inf)
        return self

    @property
    def skipped(self) -> int:
        """Tokens at the front that nothing predicts."""
        return 1 if self.begin is None else 0


class Reading(NamedTuple):
    """A window of a job: what the teacher reads, and which of it is asked for."""

    job: Job
    ids: List[int]
    #: Tokens [first, last) of the trajectory are taken from here …
    first: int
    last: int
    #: … where the first of them stands at this place of `ids`.
    at: int

    def put(self, written: Tensor, top_ids: Tensor, top: Tensor) -> None:
        """
        :param written: [last - first] log-probabilities of the tokens
        :param top_ids: [last - first, k] the likeliest in their places, with theirs in `top`
        """
        job = self.job
        rows = slice(self.first - job.skipped, self.last - job.skipped)
        job.written[rows], job.top_ids[rows], job.top[rows] = written, top_ids, top
        job.left -= 1


def jobs_of(
    trajectories: Sequence[Trajectory], indices: Iterable[int], tokenizer: Any, begin: Optional[int]
) -> Iterator[Job]:
    """The trajectories at the indices as the teacher's tokens."""
    for index in indices:
        trajectory = trajectories[index]
        ids = [*tokenizer.encode(trajectory.text).ids, tokenizer.end_of_text_id]
        yield Job(trajectory, content_hash(trajectory.text), ids, begin)


def readings_of(job: Job, context_length: int, k: int) -> List[Reading]:
    """
    What a teacher that reads so many tokens reads of a trajectory. What is put in front stands in front of
    each window, as a model that was trained with it always had it there.
    """
    job.begun(k)
    if job.begin is None:
        windows, front = capture_windows(len(job.ids), context_length), []
    else:
        windows, front = capture_windows(len(job.ids), context_length - 1), [job.begin]
        windows[0] = windows[0]._replace(first=0)
    job.left = len(windows)
    return [
        Reading(job, front + job.ids[start:end], first, end, first - start + len(front))
        for start, end, first in windows
    ]
