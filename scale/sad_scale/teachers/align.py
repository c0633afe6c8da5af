"""
Puts a teacher's log-probabilities to the tokens of a student who cuts the same text otherwise (workers/teacher/align.ts,
which says where the rules come from).

Both tokenisations are walked to their common borders; between two of these stands a group.

- One token of the teacher's, one or more of the student's: the chain rule. With w the student's tokens written so far in
  the group, P(s | w) is the probability of the teacher's candidates that the student would begin to write as w, s, over
  that of those it would begin as w. At the group's first token the latter is 1, so that all that is not listed is in the
  tail.
- Several of the teacher's: the probability of what was written only. The logarithm of that of all the text up to an offset
  is known at the teacher's borders and interpolated between them.
- Any stretch without log-probabilities: no target.
"""

from dataclasses import dataclass
from math import exp
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .targets import CHOSEN, LISTED, Target, TokenTargets, pack_targets

#: What else the teacher might have written in the place of a token: its text as the student writes it, which is empty
#: where the student cannot, and its log-probability.
Candidate = Tuple[Sequence[int], float]


class ScoredToken(NamedTuple):
    """One token of the teacher's, over bytes [start, end) of the text's UTF-8."""

    start: int
    end: int
    #: Of the token that was written.
    logprob: float
    #: All others that are listed; empty where only the written one is.
    others: Sequence[Candidate]


@dataclass(frozen=True)
class _Segment:
    """
    The teacher's tokens between two of their common borders: none where nothing is listed, several where they share a
    character and so cannot be told apart.
    """

    start: int
    end: int
    tokens: Sequence[ScoredToken]

    @property
    def logprob(self) -> float:
        return sum(token.logprob for token in self.tokens)


def align_tokens(ids: Sequence[int], ends: Sequence[int], teacher: Sequence[ScoredToken]) -> TokenTargets:
    """
    :param ids: [n] of the student
    :param ends: [n] the offset in bytes at which each of them ends
    :param teacher: in the order of the text
    """
    n = len(ids)
    targets: List[Optional[Target]] = [None] * n
    segments = _segments_of(teacher, ends[-1] if n else 0)
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
        if not all(segment.tokens for segment in group):
            continue
        if len(group) == 1 and len(group[0].tokens) == 1:
            targets[first:i] = _chained(ids[first:i], group[0].tokens[0])
        else:
            targets[first:i] = _interpolated(ids[first:i], ends[first:i], group)
    return pack_targets(targets)


def _segments_of(teacher: Sequence[ScoredToken], length: int) -> List[_Segment]:
    """The teacher's tokens and the stretches between them, over [0, length) without a gap."""
    segments: List[_Segment] = []
    at = first = 0
    while first < len(teacher):
        start, end = teacher[first].start, teacher[first].end
        last = first + 1
        while last < len(teacher) and teacher[last].start < end:
            end = max(end, teacher[last].end)
            last += 1
        if start > at:
            segments.append(_Segment(at, start, ()))
        segments.append(_Segment(start, end, teacher[first:last]))
        at, first = end, last
    if at < length:
        segments.append(_Segment(at, length, ()))
    return segments


def _chained(written: Sequence[int], token: ScoredToken) -> List[Target]:
    origin = LISTED if token.others else CHOSEN
    live = [(written, exp(token.logprob))] + [(ids, exp(logprob)) for ids, logprob in token.others]
    begun = 1.0
    targets: List[Target] = []
    for depth, id_ in enumerate(written):
        probabilities: Dict[int, float] = {}
        still = []
        for candidate in live:
            ids, probability = candidate
            if depth >= len(ids):
                continue
            following = ids[depth]
            probabilities[following] = probabilities.get(following, 0.0) + probability / begun
            if following == id_:
                still.append(candidate)
        live = still
        begun = sum(probability for _, probability in live)
        targets.append((origin, probabilities))
    return targets


def _interpolated(ids: Sequence[int], ends: Sequence[int], group: Sequence[_Segment]) -> List[Target]:
    targets: List[Target] = []
    segment, before, known = 0, 0.0, 0.0
    for id_, offset in zip(ids, ends):
        while offset > group[segment].end:
            before += group[segment].logprob
            segment += 1
        start, end = group[segment].start, group[segment].end
        now = before + group[segment].logprob * (offset - start) / (end - start)
        targets.append((CHOSEN, {id_: exp(now - known)}))
        known = now
    return targets
