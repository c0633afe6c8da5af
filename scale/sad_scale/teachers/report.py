"""
What a stored teacher knows of a set, and whether that is enough to train on (workers/teacher/report.ts,
signal.ts).
"""

from dataclasses import astuple, dataclass, fields
from typing import Any, Callable, List, Optional, Sequence

from torch import Tensor

from ..contradictions import FILES
from ..data.labels import label_tokens
from ..data.row import KIND_CODES
from ..data.store import TokenStore
from ..errors import ScaleError
from ..trajectories import Trajectory
from .ranks import own_ranks
from .targets import CHOSEN, NONE, TargetSource, TokenTargets


@dataclass(frozen=True)
class TargetReport:
    """
    :ivar trajectories: trajectories that it knows something of
    :ivar missing: those it knows nothing of
    :ivar stopped_early: those of the former whose log-probabilities end before their last reason or act token
    :ivar tokens: reason and act tokens of all trajectories, but for one that nothing stands before
    :ivar aligned: … with a target; the others are not trained on
    :ivar chosen_only: … with the recorded token's probability only
    """

    trajectories: int
    missing: int
    stopped_early: int
    tokens: int
    aligned: int
    chosen_only: int


def report_targets(
    source: TargetSource,
    trajectories: Sequence[Trajectory],
    tokenizer: Any,
    store: Optional[TokenStore] = None,
) -> TargetReport:
    """
    Looks at every target once, so that what is wrong with any is said before a run begins; each rank at its
    share.

    :param store: the tokens of the trajectories, where they are there already
    :raises ScaleError: for targets that are damaged, or not those of their text
    """
    ranks = own_ranks()

    def share() -> List[int]:
        counts = [0] * len(fields(TargetReport))
        for index in ranks.share(len(trajectories)):
            of = store.labelled(index) if store else label_tokens(trajectories[index], index, tokenizer)
            _count(counts, of.kinds, source(index), lambda: trajectories[index])
        return counts

    counts = ranks.add_numbers(ranks.together(share))
    return TargetReport(*(int(count) for count in counts))


def _count(
    counts: List[int], kinds: Tensor, targets: Optional[TokenTargets], trajectory: Callable[[], Trajectory]
) -> None:
    """Adds one trajectory to the counts, which stand in the order of TargetReport."""
    own = is_supervised_at(kinds)
    own[0] = False
    counts[3] += int(own.sum())
    if targets is None:
        counts[1] += 1
        return
    if len(targets.origins) != len(kinds):
        one = trajectory()
        raise ScaleError(
            f"{one.file}, trajectory {one.index + 1}: its {len(kinds)} tokens have {len(targets.origins)}"
            " targets, so these were made with another tokenizer; pack the run anew."
        )
    origins = targets.origins[own]
    counts[0] += 1
    counts[2] += int(len(origins) > 0 and int(origins[-1]) == NONE)
    counts[4] += int((origins != NONE).sum())
    counts[5] += int((origins == CHOSEN).sum())


def is_supervised_at(kinds: Tensor) -> Tensor:
    """[n] whether tokens of these kinds are the student's own to produce."""
    return (kinds == KIND_CODES["reason"]) | (kinds == KIND_CODES["act"])


def refuse_silent(report: TargetReport, recipe: Any) -> None:
    """:raises ScaleError: where a stored teacher has nothing to say"""
    if report.aligned > 0 or recipe.teacher.kind != "stored":
        return
    loaded = report.trajectories + report.missing
    none = f"None of the {loaded} trajectories"
    if recipe.teacher.source == FILES:
        raise ScaleError(
            f"{none} brought log-probabilities of its reason or act tokens: load some that did, or choose"
            " another teacher."
        )
    raise ScaleError(
        f'{none} is in the capture "{recipe.teacher.source}": load those that it was made of, or capture the'
        " teacher anew."
    )


def report_line(report: TargetReport) -> str:
    """The report in one sentence."""
    known, missing, early, tokens, aligned, chosen = astuple(report)
    share = 100 * aligned / tokens if tokens else 0.0
    return (
        f"the stored teacher knows {known} of {known + missing} trajectories ({early} of them not to their"
        f" end) and {share:.1f}% of the {tokens} reason and act tokens, {chosen} of these by the recorded"
        " token alone"
    )
