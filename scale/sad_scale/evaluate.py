"""
The held-out rows under a student as it stands: workers/training/evaluation.ts and heldOut.ts, shared by the
ranks.
"""

from typing import Any, Optional

import torch

from .data.batches import measured_rows, pad_rows
from .data.row import KIND_CODES
from .divergence import HEAD_ROWS, HEAD_SUMS
from .head import HeadResult, add_squares, head
from .metrics import Calibration, Line, StepMatches, span_metrics
from .not_finite import refuse_not_finite
from .objective import TERMS, Supervised, tally, term_scales
from .trainer import Part, Trainer

K = len(TERMS)
#: Kinds whose steps are matched, and under which names.
MATCHED = {"act": ("actions", "actionMatch"), "reason": ("reasonings", "reasonMatch")}


def evaluate(trainer: Trainer) -> Optional[Line]:
    """
    Measures the held-out rows by their own labels, even where training shuffles them.

    :return: a line without its elapsedMs, the same on every rank; None where nothing is held out
    :raises Agreed: where a number is not finite
    """
    setup = trainer.setup
    ranks, dataset = setup.ranks, setup.dataset
    rows = measured_rows(dataset)
    if len(rows) == 0:
        return None
    objective = trainer.objective.measured()
    own, size = ranks.share(len(rows)), trainer.rows_at_once
    parts = []

    def prepare() -> None:
        # Every rank goes through as many batches as the one with most rows, be there none left for it.
        for start in range(own.start, own.start + ranks.most(len(rows)), size):
            some = rows[start : min(start + size, own.stop)]
            batch = pad_rows(some, max(1, len(some)), dataset.row_length, dataset.end_of_text_id)
            parts.append(trainer.part_of(batch, objective))

    ranks.together(prepare)
    tallies = [tally(part.predictions) for part in parts]
    counts = ranks.add_numbers(torch.stack([one.counts for one in tallies]).sum(0).tolist())
    numbers = _Numbers()
    for part in parts:
        # Weights by the counts of all, so that each term's gradient is that of its whole.
        numbers.add(part, _measure(trainer, part, trainer.supervise(part, objective, counts)))
    line = {"step": trainer.step, "split": "held-out"}
    line.update(numbers.metrics(trainer, counts))
    line["steps"].update(_reasonings(trainer))
    return line


def _measure(trainer: Trainer, part: Part, supervised: Supervised) -> HeadResult:
    """All that is told of one batch; gradients no further than to the last hidden states."""
    said = trainer.consult(part.batch)

    def work(student: Any) -> HeadResult:
        with torch.no_grad():
            hidden = trainer.read_rows(student, part.batch)
            own = hidden.index_select(0, supervised.predictions.positions)
        own.requires_grad_()
        divergence, vocabulary = trainer.objective.divergence, student.vocabulary_size
        result = head(own, student.logits, supervised, said, divergence, True, vocabulary=vocabulary)
        (gradient,) = torch.autograd.grad(result.loss, own)
        add_squares(result.squares, supervised.predictions.terms, gradient)
        return result

    return trainer.setup.engine.measure(work)


class _Numbers:
    """The numbers of held-out rows, batch by batch."""

    def __init__(self) -> None:
        self.sums = torch.zeros(K, len(HEAD_SUMS), dtype=torch.float64)
        self.squares = torch.zeros(K, dtype=torch.float64)
        self.calibration = Calibration()
        self.matches = {kind: StepMatches() for kind in MATCHED}

    def add(self, part: Part, result: HeadResult) -> None:
        """What the head gave for a batch."""
        self.sums += result.sums.cpu()
        self.squares += result.squares.cpu()
        rows = result.rows.cpu()
        self.calibration.add(part.predictions.terms, rows)
        predicted = part.predictions.positions + 1
        agrees = rows[:, HEAD_ROWS.index("agreement")] == 1
        kinds = part.batch.kinds.view(-1)[predicted]
        for kind, matches in self.matches.items():
            own = kinds == KIND_CODES[kind]
            at = predicted[own]
            trajectories, steps = (
                one.view(-1)[at].tolist() for one in (part.batch.trajectories, part.batch.steps)
            )
            matches.add(trajectories, steps, agrees[own].tolist())

    def metrics(self, trainer: Trainer, counts: Any) -> Line:
        """What the batches of all ranks together give."""
        ranks, objective = trainer.setup.ranks, trainer.objective
        flat = [self.sums.flatten(), self.squares, self.calibration.numbers.flatten()]
        added = torch.tensor(ranks.add_numbers(torch.cat(flat).tolist()), dtype=torch.float64)
        sums, squares, calibration = added.split([len(one) for one in flat])
        refuse_not_finite(
            f"on the held-out rows after step {trainer.step}", sums.view(K, -1), trainer.setup.recipe
        )
        shape = self.calibration.numbers.shape
        line = span_metrics(
            sums.view(K, -1),
            squares,
            counts,
            term_scales(objective, counts),
            objective.weights,
            Calibration(calibration.view(shape)),
        )
        line["steps"] = {}
        for kind, (count, share) in MATCHED.items():
            whole = StepMatches()
            for entries in ranks.gather(self.matches[kind].entries()):
                whole.merge(entries)
            line["steps"].update({count: whole.count, share: whole.share})
        return line


def _reasonings(trainer: Trainer) -> Line:
    """How the reasonings compare that the student writes by itself."""
    setup = trainer.setup
    ranks, samples = setup.ranks, setup.reasonings
    if samples is None or len(samples) == 0:
        return {"cotSamples": 0, "cotMatch": None, "cotNearMatch": None, "cotF1": None}

    def write():
        with setup.engine.whole() as student:
            return samples.measure(student, slice(ranks.rank, None, ranks.size))

    own = ranks.together(write)
    count, exact, near, shared = ranks.add_numbers([own.samples, own.exact, own.near, own.shared])
    return {
        "cotSamples": int(count),
        "cotMatch": exact / count,
        "cotNearMatch": near / count,
        "cotF1": shared / count,
    }
