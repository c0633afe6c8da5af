"""The batch of each optimiser step (workers/dataset/batches.ts)."""

import math
from typing import Any, List, Sequence, Union

import torch

from ..random import Random
from .curriculum import share_in_play
from .dataset import Dataset
from .row import PADDING, Batch, Row
from .rows import Packs, Rows

AnyRow = Union[Row, Sequence[Row]]

#: Held-out rows that an evaluation measures: enough for a steady curve, few enough to cost less than the
#: training.
MOST_MEASURED_ROWS = 128


class Deck:
    """
    The rows of each optimiser step: a function of dataset, recipe and step alone, so that a stopped run goes
    on with exactly the batches it would have had, and all ranks know them.

    Rows come from a deck that holds every row in play once, drawn at random without putting back. A row that
    comes into play joins the deck at once; an empty deck is filled with all rows in play. So within a pass
    every row in play is seen once, and while there are more rows than draws each row in play is equally
    likely.
    """

    def __init__(self, dataset: Dataset, recipe: Any):
        self._all: Union[Rows, Packs] = dataset.train if dataset.packs is None else dataset.packs
        self._recipe = recipe
        self._begin()

    def _begin(self) -> None:
        #: The step whose rows come next.
        self._step = 0
        self._random = Random(self._recipe.seed).fork("batches")
        #: Rows in play that this pass has not seen.
        self._unseen: List[int] = []
        self._in_play = 0
        self._drawn: List[int] = []

    def drawn_at(self, step: int) -> List[int]:
        """
        The indices of the rows of a step, in `dataset.packs` where rows are packed, else in `dataset.train`.
        Steps asked for in order cost least.

        :param step: counted from 0
        :return: recipe.batchRows of them
        """
        if step < self._step - 1:
            self._begin()
        while self._step <= step:
            self._deal()
        return list(self._drawn)

    def rows_at(self, step: int) -> Sequence[AnyRow]:
        """
        The rows of a step, each a list of windows where rows are packed; a row is made whenever it is asked
        for, so that a rank makes its own share alone.
        """
        return self._all.taken(torch.tensor(self.drawn_at(step)))

    def _deal(self) -> None:
        rows = self._recipe.batchRows
        in_play = rows_in_play(len(self._all), share_in_play(self._step, self._recipe), rows)
        self._unseen.extend(range(self._in_play, in_play))
        self._in_play = max(self._in_play, in_play)
        self._drawn = []
        while len(self._drawn) < rows:
            if not self._unseen:
                self._unseen = list(range(self._in_play))
            at = self._random.below(len(self._unseen))
            last = self._unseen.pop()
            if at < len(self._unseen):
                last, self._unseen[at] = self._unseen[at], last
            self._drawn.append(last)
        self._step += 1


def rows_in_play(rows: int, share: float, batch_rows: int) -> int:
    """
    Rows in play out of all: the share, rounded up, but no fewer than fill a batch, as a batch of repeated
    rows teaches less for the same work.
    """
    # The small number keeps 0.6 · 5 = 3.0000000000000004 from becoming four rows.
    return min(rows, max(batch_rows, math.ceil(share * rows - 1e-9)))


def measured_rows(dataset: Dataset) -> Rows:
    """
    The held-out rows that every evaluation of a run measures: of more than MOST_MEASURED_ROWS that many,
    evenly spread, always the same ones, so that the points of a curve can be compared. A row is made whenever
    it is asked for.
    """
    held_out = dataset.held_out
    count = min(len(held_out), MOST_MEASURED_ROWS)
    places = [i * len(held_out) // count for i in range(count)]
    return held_out.taken(torch.tensor(places, dtype=torch.int64))


def held_out_batches(dataset: Dataset, recipe: Any) -> List[Batch]:
    """
    `measured_rows` in batches of the shape of the training batches; the last one is filled up with rows of
    nothing but padding.
    """
    measured = measured_rows(dataset)
    return [
        pad_rows(
            measured[start : start + recipe.batchRows],
            recipe.batchRows,
            dataset.row_length,
            dataset.end_of_text_id,
        )
        for start in range(0, len(measured), recipe.batchRows)
    ]


def pad_rows(rows: Sequence[AnyRow], batch_rows: int, length: int, padding_id: int = 0) -> Batch:
    """
    Rows as one batch of a given shape; what is missing on the right and below is PADDING.

    :param rows: at most `batch_rows`, each at most `length` tokens; one made of several windows has them side
      by side
    :param padding_id: id at padded positions. Attention is causal and PADDING is never supervised, so it
      changes no number that is measured; batches take end-of-text.
    """
    shape = (batch_rows, length)
    # Rows may be made anew each time that they are asked for.
    rows = list(rows)
    windows_of = [[row] if isinstance(row, Row) else list(row) for row in rows]
    every = [window for windows in windows_of for window in windows]
    batch = Batch(
        rows=batch_rows,
        length=length,
        ids=torch.full(shape, padding_id, dtype=torch.int64),
        kinds=torch.full(shape, PADDING, dtype=torch.uint8),
        trajectories=torch.full(shape, -1, dtype=torch.int64),
        places=torch.full(shape, -1, dtype=torch.int64),
        steps=torch.full(shape, -1, dtype=torch.int64),
        weights=torch.ones(shape) if any(row.weights is not None for row in every) else None,
        segments=(
            None if all(isinstance(row, Row) for row in rows) else torch.full(shape, -1, dtype=torch.int64)
        ),
        tokens=sum(map(len, every)),
    )
    for r, windows in enumerate(windows_of):
        at = 0
        for segment, window in enumerate(windows):
            own = (r, slice(at, at + len(window)))
            batch.ids[own] = window.ids
            batch.kinds[own] = window.kinds.to(torch.uint8)
            batch.trajectories[own] = window.trajectory
            batch.places[own] = window.places
            batch.steps[own] = window.steps
            if window.weights is not None:
                batch.weights[own] = window.weights
            if batch.segments is not None:
                batch.segments[own] = segment
            at += len(window)
    return batch
