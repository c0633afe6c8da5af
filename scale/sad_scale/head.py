"""
The objective at a student's last hidden states: divergences, their sums by term, and their way back.

Logits [rows, V] exist for a chunk of predictions at a time: where there are several chunks each is computed
anew on the way back (Chen et al. 2016, arXiv 1604.06174), so that [M, V] is never whole. The softmax is in
float32 whatever the student computes in. N positions, D width, V vocabulary, M predictions, K terms.
"""

from typing import Callable, NamedTuple, Optional

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from .divergence import HEAD_SUMS, Divergence, RowTeacher, Stored
from .divergence import logit_gradient, look_at_rows, measure_rows
from .objective import TERMS, Supervised

#: Logits that are alive at a time in one [rows, V] array: 64 MiB on a CPU, whose caches are small, and 512
#: MiB on a GPU.
CHUNK_ELEMENTS = {"cpu": 1 << 24, "cuda": 1 << 27}


class HeadResult(NamedTuple):
    """What the predictions of a batch give."""

    #: scalar float32: Σ weight · divergence, to go back from
    loss: Tensor
    #: [K, 5] float64: HEAD_SUMS summed by term, the divergence with the tokens' own weights and all else
    #: plain. A value that is not finite spoils the sum of its own term and no other.
    sums: Tensor
    #: [K] float64: Σ ‖∂loss/∂hidden state‖² over the positions of each term; filled in on the way back, where
    #: that goes on beyond `own`.
    squares: Tensor
    #: [M, 3] float32: HEAD_ROWS; None when they were not asked for
    rows: Optional[Tensor]


def head(
    own: Tensor,
    to_logits: Callable[[Tensor], Tensor],
    supervised: Supervised,
    teacher,
    divergence: Divergence,
    row_wise: bool = False,
    chunk_elements: Optional[int] = None,
    vocabulary: Optional[int] = None,
) -> HeadResult:
    """
    :param own: [M, D] the student's last hidden states where it predicts, in the order of the predictions
    :param to_logits: the student's head, [m, D] to [m, V]
    :param supervised: on the device of `own`
    :param teacher: `teachers.TeacherRows` at the batch's N positions, at t about token t + 1; None for the
      text
    :param row_wise: whether to look at each prediction by itself as well
    :param vocabulary: V, by which the rows of a chunk are counted; without it all rows are one chunk
    """
    predictions, weights = supervised
    device, count = own.device, len(own)
    squares = torch.zeros(len(TERMS), dtype=torch.float64, device=device)
    if own.requires_grad and not own.is_leaf:
        own.register_hook(lambda gradient: add_squares(squares, predictions.terms, gradient))

    elements = chunk_elements or CHUNK_ELEMENTS.get(device.type, 1 << 24)
    size = max(1, elements // vocabulary) if vocabulary else max(1, count)
    # Without a prediction there is a chunk all the same, so that every rank goes the same way back.
    chunks = [
        _Chunk(to_logits, supervised, teacher, divergence, row_wise, slice(start, start + size))
        for start in range(0, max(1, count), size)
    ]
    again = len(chunks) > 1 and torch.is_grad_enabled()
    values = torch.cat(
        [
            (
                checkpoint(chunk, own[chunk.place], use_reentrant=False, preserve_rng_state=False)
                if again
                else chunk(own[chunk.place])
            )
            for chunk in chunks
        ]
    )
    columns = torch.cat([chunk.columns for chunk in chunks]).double()
    if predictions.own is not None:
        columns[:, HEAD_SUMS.index("divergence")] *= predictions.own
    sums = torch.zeros(len(TERMS), len(HEAD_SUMS), dtype=torch.float64, device=device)
    return HeadResult(
        (values * weights).sum(),
        sums.index_add_(0, predictions.terms, columns),
        squares,
        torch.cat([chunk.rows for chunk in chunks]) if row_wise else None,
    )


def add_squares(squares: Tensor, terms: Tensor, gradient: Tensor) -> None:
    """
    :param squares: [K] float64, added to in place
    :param terms: [M]
    :param gradient: [M, D] of the predictions' hidden states
    """
    squares.index_add_(0, terms, gradient.float().square().sum(-1).double())


class _Chunk:
    """Some of the predictions; called with their hidden states, once or, on the way back, once more."""

    def __init__(self, to_logits, supervised: Supervised, teacher, divergence, row_wise: bool, place: slice):
        self.to_logits = to_logits
        self.positions = supervised.predictions.positions[place]
        self.tokens = supervised.predictions.tokens[place]
        self.teacher = teacher
        self.divergence = divergence
        self.row_wise = row_wise
        self.place = place
        #: [m, 5] HEAD_SUMS and [m, 3] HEAD_ROWS, measured the first time.
        self.columns: Optional[Tensor] = None
        self.rows: Optional[Tensor] = None

    def __call__(self, own: Tensor) -> Tensor:
        """
        :param own: [m, D]
        :return: [m] the divergence of each
        """
        logits = self.to_logits(own).float()
        with torch.no_grad():
            said = self._said(logits.shape[1])
        if torch.is_tensor(said) and said.shape[1] < logits.shape[1]:
            # Ids that the teacher lacks are those of nothing: models' tables are padded, each its own way.
            logits = logits[:, : said.shape[1]]
        if self.columns is None:
            with torch.no_grad():
                self.columns = measure_rows(logits, self.tokens, said, self.divergence)
                if self.row_wise:
                    self.rows = look_at_rows(logits, self.tokens, self.columns)
        told = (said.ids, said.log_probabilities) if isinstance(said, Stored) else (said,)
        return _Trained.apply(logits, self.columns[:, 0], self.tokens, self.divergence, *told)

    def _said(self, vocabulary: int) -> RowTeacher:
        """What the teacher says of these predictions."""
        if self.teacher is None:
            return None
        if self.teacher.kind == "model":
            return self.teacher.logits(self.positions)[:, :vocabulary].float()
        ids, logs = self.teacher.ids[self.positions], self.teacher.log_probabilities[self.positions]
        return Stored(ids.long(), logs.float())


class _Trained(torch.autograd.Function):
    """
    The divergences that were measured, with their gradient by logit, of which only the logits are kept
    meanwhile.
    """

    @staticmethod
    def forward(ctx, logits, values, tokens, divergence, *said):
        ctx.save_for_backward(logits, tokens, *said)
        ctx.divergence = divergence
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        logits, tokens, *said = ctx.saved_tensors
        teacher = Stored(*said) if len(said) == 2 else said[0]
        by_logit = logit_gradient(logits, tokens, teacher, ctx.divergence)
        return (by_logit.mul_(gradient[:, None]), None, None, None) + (None,) * len(said)
