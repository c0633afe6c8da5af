"""
Puts a teacher's log-probabilities to the tokens of a student who cuts the same text otherwise
(workers/teacher/align.ts, which says where the rules come from).

Both tokenisations are walked to their common borders; between two of these stands a group.

- One token of the teacher's, one or more of the student's: the chain rule (chains.py).
- Several of the teacher's: the probability of what was written only. The logarithm of that of all the text up
  to an offset is known at the teacher's borders and interpolated between them.
- Any stretch without log-probabilities: no target.
"""

from typing import List, NamedTuple, Sequence

import torch

from .chains import Chain, Scored, chained
from .targets import CHOSEN, LEAST, TokenTargets


class _Segment(NamedTuple):
    """
    The teacher's tokens [first, last) between two of their common borders: none where nothing is listed,
    several where they share a character and so cannot be told apart.
    """

    start: int
    end: int
    first: int
    last: int


def align_tokens(ids: Sequence[int], ends: Sequence[int], teacher: Scored) -> TokenTargets:
    """
    :param ids: [n] of the student
    :param ends: [n] the offset in bytes at which each of them ends
    :param teacher: its tokens, in the order of the text
    """
    n = len(ids)
    segments = _segments_of(teacher, ends[-1] if n else 0)
    chains: List[Chain] = []
    places: List[int] = []
    logs: List[float] = []
    known = teacher.written.tolist()
    i = s = 0
    while i < n:
        first, first_segment = i, s
        end, segment_end = ends[i], segments[s].end
        i, s = i + 1, s + 1
        while end != segment_end:
            if end < segment_end:
                end = ends[i]
                i += 1
            else:
                segment_end = segments[s].end
                s += 1
        group = segments[first_segment:s]
        if any(segment.first == segment.last for segment in group):
            continue
        if len(group) == 1 and group[0].last == group[0].first + 1:
            chains.append(Chain(group[0].first, first, i - first))
        else:
            places += range(first, i)
            logs += _interpolated(ends[first:i], group, known)
    targets = chained(ids, teacher, chains)
    at = torch.tensor(places, dtype=torch.int64)
    targets.ids[at, 0] = torch.tensor(ids, dtype=torch.int32)[at]
    targets.log_probabilities[at, 0] = (
        torch.tensor(logs, dtype=torch.float64).exp().clamp_min(LEAST).log().float()
    )
    targets.origins[at] = CHOSEN
    return targets


def _segments_of(teacher: Scored, length: int) -> List[_Segment]:
    """The teacher's tokens and the stretches between them, over [0, length) without a gap."""
    starts, ends = teacher.starts, teacher.ends
    segments: List[_Segment] = []
    at = first = 0
    while first < len(starts):
        start, end = starts[first], ends[first]
        last = first + 1
        while last < len(starts) and starts[last] < end:
            end = max(end, ends[last])
            last += 1
        if start > at:
            segments.append(_Segment(at, start, 0, 0))
        segments.append(_Segment(start, end, first, last))
        at, first = end, last
    if at < length:
        segments.append(_Segment(at, length, 0, 0))
    return segments


def _interpolated(ends: Sequence[int], group: Sequence[_Segment], written: Sequence[float]) -> List[float]:
    """log P of each token that ends at `ends`, given what stands before it in the group."""
    of = [sum(written[segment.first : segment.last]) for segment in group]
    logs: List[float] = []
    segment, before, known = 0, 0.0, 0.0
    for offset in ends:
        while offset > group[segment].end:
            before += of[segment]
            segment += 1
        start, end = group[segment].start, group[segment].end
        now = before + of[segment] * (offset - start) / (end - start)
        logs.append(now - known)
        known = now
    return logs
