"""
Optimiser steps on one student, spread over the ranks: workers/training/trainer.ts in PyTorch.

The batch of a step is a function of recipe and step and known to all ranks. Each computes its share of the
rows, in micro-batches; the numbers of tokens are added over the ranks first, so that every token counts what
it counts in the whole, and gradients are sums.
"""

from dataclasses import dataclass, replace
from typing import Any, List, NamedTuple, Optional, Sequence

import torch
from torch import Tensor

from .data.batches import Deck, pad_rows
from .divergence import HEAD_SUMS
from .engine import Engine
from .head import HeadResult, head
from .metrics import Line, span_metrics
from .not_finite import refuse_not_finite
from .objective import TERMS, Lambda, Objective, Predictions, Supervised
from .objective import objective_of, predictions_of, supervise, tally, term_scales
from .optimiser import Optimiser
from .parallel import Ranks, sentence_of
from .schedule import learning_rate_at

K = len(TERMS)


@dataclass
class Setup:
    """What a run is made of, once it is all there."""

    recipe: Any
    dataset: Any
    engine: Engine
    optimiser: Optimiser
    ranks: Ranks
    #: None where the text teaches.
    teacher: Any = None
    #: Writes a share of the rows of each step; None where nobody does.
    on_policy: Any = None
    #: Held-out steps that the student writes by itself; None where there are none.
    reasonings: Any = None


class Part(NamedTuple):
    """One micro-batch of this rank, in ordinary memory."""

    batch: Any
    predictions: Predictions


class Pending(NamedTuple):
    """A step whose numbers are still on the device."""

    line: Line
    counts: List[float]
    scales: List[float]
    weights: Lambda
    tokens: int
    #: [K · 5 + K + 1] float64: HEAD_SUMS, squares and the gradient's norm
    numbers: Tensor


class Trainer:
    """Takes steps and tells what they measured; knows nothing of files and evaluations."""

    def __init__(self, setup: Setup, step: int = 0, weights: Optional[Lambda] = None):
        """
        :param step: optimiser steps taken already
        :param weights: λ where it was changed on the way; the recipe's without
        """
        self.setup = setup
        self.step = step
        self.objective = objective_of(setup.recipe, weights)
        self.deck = Deck(setup.dataset, setup.recipe)
        self._pending: List[Pending] = []

    @property
    def rows_at_once(self) -> int:
        """Rows of a micro-batch of a rank at most."""
        recipe, ranks = self.setup.recipe, self.setup.ranks
        return -(-ranks.most(recipe.batchRows) // recipe.accumulate)

    def take_step(self, stop: bool = False, problem: Optional[str] = None) -> bool:
        """
        One optimiser step of all ranks; its numbers come with a later `read`.

        :param stop: whether this rank was asked to end
        :param problem: what went wrong on this rank since the last step
        :return: False where any rank was asked to end, and no step was taken
        :raises Agreed: on all ranks, where anything went wrong on any
        """
        setup = self.setup
        recipe, ranks = setup.recipe, setup.ranks
        parts: List[Part] = []
        written = [0, 0, 0]
        if not stop and problem is None:
            try:
                parts, written = self._prepare()
            except Exception as error:
                problem = sentence_of(error)
                if problem is None:
                    raise
        counts, totals = torch.zeros(K, dtype=torch.float64), torch.zeros(K, dtype=torch.float64)
        for part in parts:
            own = tally(part.predictions)
            counts, totals = counts + own.counts, totals + own.totals
        tokens = sum(part.batch.tokens for part in parts)
        told = [*counts.tolist(), *totals.tolist(), tokens, *written, float(stop), float(problem is not None)]
        added = ranks.add_numbers(told)
        if added[-1] > 0:
            ranks.agree(problem)
        if added[-2] > 0:
            return False
        counts, totals = added[:K], added[K : 2 * K]
        sums = torch.zeros(K, len(HEAD_SUMS), dtype=torch.float64, device=ranks.device)
        squares = torch.zeros(K, dtype=torch.float64, device=ranks.device)
        for index, part in enumerate(parts):
            supervised = self.supervise(part, self.objective, totals)
            result = self._differentiate(part, supervised, index == len(parts) - 1)
            sums += result.sums
            squares += result.squares
        numbers = ranks.add(torch.cat([sums.flatten(), squares]))
        learning_rate = learning_rate_at(self.step, recipe.steps, recipe.optimiser)
        norm = setup.optimiser.update(learning_rate)
        self.step += 1
        line = {"step": self.step, "split": "train"}
        if setup.on_policy is not None:
            rows, more, parsed = (int(one) for one in added[2 * K + 1 : 2 * K + 4])
            line["onPolicy"] = {"rows": rows, "tokens": more, "parsed": parsed / rows if rows > 0 else None}
        line["learningRate"] = learning_rate
        scales = term_scales(self.objective, totals)
        numbers = torch.cat([numbers, norm.view(1)])
        self._pending.append(
            Pending(line, counts, scales, self.objective.weights, int(added[2 * K]), numbers)
        )
        return True

    def _prepare(self):
        """
        This rank's micro-batches of the next step, and what the student wrote to them: rows, tokens, rows
        that read.
        """
        setup = self.setup
        recipe, dataset = setup.recipe, setup.dataset
        rows = self.deck.rows_at(self.step)
        own = setup.ranks.share(len(rows))
        mine, written = rows[own.start : own.stop], [0, 0, 0]
        if setup.on_policy is not None:
            with setup.engine.whole() as student:
                mine, wrote = setup.on_policy.write(rows, self.step, student, own)
            written = [wrote.rows, wrote.tokens, wrote.parsed]
        size = self.rows_at_once
        parts = []
        for start in range(0, size * recipe.accumulate, size):
            some = mine[start : start + size]
            # Every rank goes through as many micro-batches, be there no row left for it.
            batch = pad_rows(some, max(1, len(some)), dataset.row_length, dataset.end_of_text_id)
            parts.append(self.part_of(batch, self.objective))
        return parts, written

    def part_of(self, batch: Any, objective: Objective) -> Part:
        """A batch with the predictions that are listed of it."""
        if self.setup.teacher is not None:
            batch = self.setup.teacher.supervised(batch)
        return Part(batch, predictions_of(batch, objective))

    def supervise(self, part: Part, objective: Objective, totals: Sequence[float]) -> Supervised:
        """What each prediction counts, on the device."""
        predictions, weights = supervise(part.predictions, objective, totals)
        return Supervised(Predictions(*map(self._moved, predictions)), self._moved(weights))

    def _moved(self, values: Optional[Tensor]) -> Optional[Tensor]:
        """Values on the device, without waiting for what that is still at."""
        device = self.setup.ranks.device
        if values is None or device.type == "cpu":
            return values
        return values.pin_memory().to(device, non_blocking=True)

    def consult(self, batch: Any) -> Any:
        """What the teacher says of a batch, on the device; None where the text teaches."""
        teacher = self.setup.teacher
        if teacher is None:
            return None
        said = teacher.consult(batch)
        if said.kind == "model":
            return said
        return replace(said, ids=self._moved(said.ids), log_probabilities=self._moved(said.log_probabilities))

    def read_rows(self, student: Any, batch: Any, recompute: bool = False) -> Tensor:
        """[N, D] the student's last hidden states over a batch."""
        ids, segments, positions = map(self._moved, (batch.ids, batch.segments, batch.positions))
        return student.hidden(ids, segments=segments, positions=positions, recompute=recompute).flatten(0, 1)

    def _differentiate(self, part: Part, supervised: Supervised, last: bool) -> HeadResult:
        """Adds the gradient of one micro-batch, with whatever weights its rows have."""
        setup = self.setup
        # Ahead of the student's, so that its activations are gone by then.
        said = self.consult(part.batch)

        def work(student: Any) -> HeadResult:
            hidden = self.read_rows(student, part.batch, setup.recipe.recompute)
            own = hidden.index_select(0, supervised.predictions.positions)
            divergence, vocabulary = self.objective.divergence, student.vocabulary_size
            return head(own, student.logits, supervised, said, divergence, vocabulary=vocabulary)

        result = setup.engine.learn(work, last=last)
        # Gradients are averaged over the ranks on their way, and are to be sums.
        size = setup.ranks.size
        (result.loss * size).backward()
        result.squares.div_(size * size)
        return result

    @property
    def unread(self) -> int:
        """Steps whose numbers have not been read."""
        return len(self._pending)

    def read(self, keep: int = 0) -> List[Line]:
        """
        What steps have measured since the last read, each with `batchTokens` beside what is written of it.

        :param keep: newest steps that are left for the next read, so that nobody waits for the device
        :raises Agreed: naming the first step, term and operation whose number is not finite
        """
        ready = self._pending[: len(self._pending) - keep]
        self._pending = self._pending[len(ready) :]
        lines = []
        for line, counts, scales, weights, tokens, numbers in ready:
            values = numbers.cpu()
            sums, squares = values[: K * len(HEAD_SUMS)].view(K, -1), values[K * len(HEAD_SUMS) : -1]
            norm = float(values[-1])
            refuse_not_finite(f"at step {line['step']}", sums, self.setup.recipe, norm)
            spans = span_metrics(sums, squares, counts, scales, weights)
            begin = {key: line[key] for key in ("step", "split")}
            rest = {key: value for key, value in line.items() if key not in begin}
            lines.append({**begin, **spans, **rest, "gradientNorm": norm, "batchTokens": tokens})
        return lines
