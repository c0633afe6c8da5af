"""
What a run tells of itself, line by line, in the lab's fields and order (workers/objective/metrics.ts, which
says what each number is). Everything that is added up here can be added over batches and over ranks.
"""

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

import torch
from torch import Tensor

from .divergence import HEAD_ROWS, HEAD_SUMS
from .files import javascript_json
from .javascript import number_text
from .objective import TERMS, Lambda

SPAN_KEYS = (
    "loss",
    "kl",
    "crossEntropy",
    "teacherEntropy",
    "agreement",
    "gradientShare",
    "calibrationError",
    "tokens",
)
STEP_KEYS = (
    "actions",
    "actionMatch",
    "reasonings",
    "reasonMatch",
    "cotSamples",
    "cotMatch",
    "cotNearMatch",
    "cotF1",
)
#: In lines of the lab alone.
WORLD_KEYS = (
    "environment",
    "episodes",
    "success",
    "reward",
    "steps",
    "invalidActions",
    "malformedTurns",
    "stoppedAtCap",
)
ON_POLICY_KEYS = ("rows", "tokens", "parsed")
RUN_KEYS = ("learningRate", "gradientNorm", "tokensPerSecond", "elapsedMs")

#: Bins of equal width that confidences fall into (Guo et al. 2017, arXiv 1706.04599).
CALIBRATION_BINS = 10

Line = Dict[str, Any]


class Calibration:
    """
    The expected calibration error of predictions, by term. Bin b holds confidences in (b/10, (b+1)/10].

    :ivar numbers: [K, 10, 3] float64: how many, the sum of their confidences, how many were right; to be
      added over ranks
    """

    def __init__(self, numbers: Optional[Tensor] = None):
        empty = torch.zeros(len(TERMS), CALIBRATION_BINS, 3, dtype=torch.float64)
        self.numbers = empty if numbers is None else numbers

    def add(self, terms: Tensor, rows: Tensor) -> None:
        """
        :param terms: [M]
        :param rows: [M, 3] HEAD_ROWS, in ordinary memory
        """
        confidence = rows[:, HEAD_ROWS.index("confidence")].double()
        correct = rows[:, HEAD_ROWS.index("correct")].double()
        # A number that is not finite is refused by those who read the sums; here it has to fall somewhere.
        bins = (
            (confidence.nan_to_num(0) * CALIBRATION_BINS).ceil().long().sub(1).clamp(0, CALIBRATION_BINS - 1)
        )
        values = torch.stack([torch.ones_like(confidence), confidence, correct], 1)
        self.numbers.view(-1, 3).index_add_(0, terms * CALIBRATION_BINS + bins, values)

    def error(self, term: int) -> Optional[float]:
        """0 … 1; None before the first prediction."""
        counts, confidences, correct = self.numbers[term].unbind(-1)
        total = float(counts.sum())
        return float((correct - confidences).abs().sum()) / total if total > 0 else None


class StepMatches:
    """
    Which steps of trajectories the student gets wholly right under teacher forcing, every token from the true
    ones.
    """

    def __init__(self):
        #: By (trajectory, step) whether every token so far agreed.
        self.steps: Dict[tuple, bool] = {}

    def add(self, trajectories: Sequence[int], steps: Sequence[int], agrees: Sequence[bool]) -> None:
        """
        One entry for each token: of which step it is, and whether the student's likeliest token is the
        teacher's.
        """
        for trajectory, step, agreed in zip(trajectories, steps, agrees):
            key = (trajectory, step)
            self.steps[key] = agreed and self.steps.get(key, True)

    def merge(self, entries: Iterable[Sequence]) -> None:
        """
        :param entries: of another rank, as `entries` gives them
        """
        for trajectory, step, agreed in entries:
            self.add([trajectory], [step], [agreed])

    def entries(self) -> List[list]:
        """[[trajectory, step, whether all of it agreed]], as JSON can hold it."""
        return [[*key, agreed] for key, agreed in self.steps.items()]

    @property
    def count(self) -> int:
        """Steps with at least one token."""
        return len(self.steps)

    @property
    def share(self) -> Optional[float]:
        """Share of the steps of which every token agreed, 0 … 1; None where there is none."""
        return sum(self.steps.values()) / self.count if self.steps else None


def span_metrics(
    sums: Tensor,
    squares: Tensor,
    counts: Sequence[float],
    scales: Sequence[float],
    weights: Lambda,
    calibration: Optional[Calibration] = None,
) -> Line:
    """
    The part of a line that comes from the head, added over one or more batches
    (workers/objective/spanLoss.ts).

    :param sums: [K, 5] HEAD_SUMS by term
    :param squares: [K] Σ ‖∂loss/∂hidden state‖²
    :param counts: [K] tokens of the whole
    :param scales: [K] of `term_scales`
    :param weights: λ
    :return: loss, lambda, and by term SPAN_KEYS
    """
    norms = squares.sqrt().tolist()
    all_norms = sum(norms)
    spans = {}
    for k, term in enumerate(TERMS):
        value = dict(zip(HEAD_SUMS, sums[k].tolist()))
        tokens = int(counts[k])
        mean = {name: value[name] / tokens if tokens > 0 else 0.0 for name in HEAD_SUMS[1:]}
        spans[term] = {
            "loss": value["divergence"] * scales[k],
            **mean,
            "gradientShare": norms[k] / all_norms if all_norms > 0 else 0.0,
            "calibrationError": calibration.error(k) if calibration else None,
            "tokens": tokens,
        }
    loss = sum(weights[term] * spans[term]["loss"] for term in TERMS)
    return {"loss": loss, "lambda": {term: weights[term] for term in TERMS}, **spans}


def measured_only(span: Mapping) -> Dict[str, Any]:
    """
    A span kind without a single token was not measured: its values are null, not 0, which would read as
    perfect.
    """
    if span["tokens"] > 0:
        return dict(span)
    return {**dict.fromkeys(SPAN_KEYS), "tokens": 0}


def metrics_record(line: Line) -> Line:
    """A line as it is written."""
    return {**line, **{term: measured_only(line[term]) for term in TERMS}}


def metrics_jsonl(lines: Iterable[Line]) -> str:
    """metrics.jsonl: one JSON object a line, as JSON.stringify writes it."""
    return "".join(f"{javascript_json(metrics_record(line))}\n" for line in lines)


def csv_header(world: bool = False) -> str:
    """
    The first line of metrics.csv.

    :param world: whether some line tells of a world that the student has acted in, as the lab's may
    """
    return ",".join(
        ["step", "split", "loss"]
        + [f"lambda.{term}" for term in TERMS]
        + [f"{term}.{key}" for term in TERMS for key in SPAN_KEYS]
        + [f"steps.{key}" for key in STEP_KEYS]
        + [f"world.{key}" for key in (WORLD_KEYS if world else ())]
        + [f"onPolicy.{key}" for key in ON_POLICY_KEYS]
        + list(RUN_KEYS)
    )


def csv_row(line: Line, world: bool = False) -> str:
    """
    One line of metrics.csv; empty where nothing was measured.

    :param world: as the header's
    """
    spans = [measured_only(line[term]) for term in TERMS]
    steps, acted, written = (line.get(part) or {} for part in ("steps", "world", "onPolicy"))
    values = (
        [line["step"], line["split"], line["loss"]]
        + [line["lambda"][term] for term in TERMS]
        + [span[key] for span in spans for key in SPAN_KEYS]
        + [steps.get(key) for key in STEP_KEYS]
        + [acted.get(key) for key in (WORLD_KEYS if world else ())]
        + [written.get(key) for key in ON_POLICY_KEYS]
        + [line.get(key) for key in RUN_KEYS]
    )
    return ",".join(_cell(value) for value in values)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else number_text(value)
