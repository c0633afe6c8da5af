"""Targets of trajectories from captures (workers/teacher/sources.ts)."""

from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

import torch

from ..errors import ScaleError
from ..tokenizer import same_vocabulary
from ..trajectories import Trajectory
from .align import align_tokens
from .capture import Capture, CaptureSet
from .capture_format import CapturedTrajectory, content_hash
from .chains import Scored, Spellings
from .speller import Places, Speller
from .targets import LISTED, NONE, KeptTargets, TargetSource, TokenTargets

#: A capture's entry and its text -> targets.
Aligner = Callable[[CapturedTrajectory, str], TokenTargets]


def capture_targets(
    capture: Union[Capture, CaptureSet], trajectories: Sequence[Trajectory], tokenizer: Any
) -> TargetSource:
    """What was captured of the trajectories, found again by their texts; `tokenizer`: the student's."""
    same = same_vocabulary(tokenizer, capture.tokenizer)
    aligned = None if same else aligner(tokenizer, capture.tokenizer)
    # Of the trajectories that were looked at: neither text nor capture changes while they are in use.
    hashes: Dict[int, bytes] = {}

    def make(index: int) -> Optional[TokenTargets]:
        is_new = index not in hashes
        # A text is read for its hash, and where its tokens are put beside the teacher's.
        trajectory = trajectories[index] if is_new or aligned else None
        hash_ = content_hash(trajectory.text) if is_new else hashes[index]
        captured = capture.get(hash_)
        if is_new and captured is not None:
            _require_own_ids(capture, captured, trajectory)
        hashes[index] = hash_
        if captured is None:
            return None
        return aligned(captured, trajectory.text) if aligned else taken(captured)

    return KeptTargets(make)


def _require_own_ids(
    capture: Union[Capture, CaptureSet], captured: CapturedTrajectory, trajectory: Trajectory
) -> None:
    """
    Ids are only as good as the vocabulary they are looked up in: that of the capture must give the text these
    ids.
    """
    own = [*capture.tokenizer.encode(trajectory.text).ids, capture.tokenizer.end_of_text_id]
    if captured.ids.tolist() == own:
        return
    raise ScaleError(
        f"{capture.name}: the ids of {trajectory.file}, trajectory {trajectory.index + 1}, are not those that"
        " the tokenizer.json in it gives this text, so they are of another vocabulary; capture the teacher"
        " anew."
    )


def taken(captured: CapturedTrajectory) -> TokenTargets:
    """
    What was captured with the student's own tokens, the recorded one beside the likeliest where it is none of
    them.
    """
    n = len(captured.ids)
    k = captured.top_ids.shape[1] + 1
    recorded = captured.ids[1:, None]
    listed = (captured.top_ids == recorded).any(1, keepdim=True)
    ids = torch.full((n, k), -1, dtype=torch.int32)
    ids[1:, :-1] = captured.top_ids
    ids[1:, -1:] = torch.where(listed, torch.tensor(-1, dtype=torch.int32), recorded)
    logs = torch.zeros(n, k)
    logs[1:, :-1] = captured.top
    logs[1:, -1:] = torch.where(listed, torch.tensor(0.0), captured.written[:, None])
    # Rounded numbers may add up to a little more than 1.
    there = ids >= 0
    sums = (logs.double().exp() * there).sum(1, keepdim=True)
    logs = torch.where(sums > 1, (logs.double() - sums.log()).float(), logs)
    origins = torch.full((n,), LISTED, dtype=torch.uint8)
    origins[0] = NONE
    return TokenTargets(k, ids, logs, origins)


def aligner(tokenizer: Any, teacher: Any) -> Aligner:
    """:param tokenizer: the student's"""
    speller, places, own_places = Speller(tokenizer), Places(tokenizer), Places(teacher)

    def spell(id_: int, _cut: bytes) -> Tuple[int, ...]:
        """A token of the teacher's as the student writes it."""
        content = teacher.bytes_of(id_)
        if id_ == teacher.end_of_text_id:
            return (tokenizer.end_of_text_id,)
        return () if content is None else speller.ids_of(content)

    spellings = Spellings(spell, teacher.vocabulary_size)

    def aligned(captured: CapturedTrajectory, text: str) -> TokenTargets:
        ends = own_places.byte_ends(captured.ids.tolist())
        scored = Scored(
            starts=ends[:-1],
            ends=ends[1:],
            written=captured.written.double(),
            spelled=spellings.of(captured.top_ids, {}),
            others=captured.top.double(),
            there=captured.top_ids != captured.ids[1:, None],
        )
        return align_tokens(*places.placed(text), scored)

    return aligned
