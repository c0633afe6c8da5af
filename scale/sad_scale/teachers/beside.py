"""
A model that runs beside the student on the same batch (workers/teacher/teacher.ts,
training/teacherEntropies.ts).
"""

from typing import Any, List, Optional, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..data.batches import pad_rows
from ..data.row import KIND_CODES
from ..errors import ScaleError
from .ranks import own_ranks
from .teacher import Teacher, TeacherRows

#: Logits alive at a time, in elements.
CHUNK_ELEMENTS = 1 << 24
ACT = KIND_CODES["act"]
#: A logit whose probability is 0 beside any other, and a finite one.
NO_TOKEN = -1e4


class BesideTeacher(Teacher):
    """It sees what the student sees, and learns nothing."""

    kind = "model"

    def __init__(self, model: Any, *, device: torch.device, dtype: torch.dtype):
        """
        :param model: with `.hidden`, `.logits`, `.context_length` and `.vocabulary_size`
        :param dtype: of its parameters
        """
        self.model = model.to(device=device, dtype=dtype).eval().requires_grad_(False)
        self.dtype = dtype
        self._device = device
        #: Ids of the student, where they are not as many as the model's: both may be padded beyond their
        #: tokenizer.
        self.width: Optional[int] = None

    def supervised(self, batch: Any) -> Any:
        """All of it: a model can speak of any token."""
        return batch

    @torch.no_grad()
    def consult(self, batch: Any) -> TeacherRows:
        """:raises ScaleError: when the rows are longer than it can read"""
        hidden = self._hidden(batch)

        @torch.no_grad()
        def logits(positions: Tensor) -> Tensor:
            made = self.model.logits(hidden[positions.to(hidden.device)]).float()
            if self.width is None or self.width == made.shape[1]:
                return made
            # Ids that only one of them has are no tokens.
            return F.pad(made, (0, self.width - made.shape[1]), value=NO_TOKEN)

        return TeacherRows("model", logits=logits)

    def _hidden(self, batch: Any) -> Tensor:
        """[rows · length, D]"""
        most = self.model.context_length
        if batch.length > most:
            raise ScaleError(
                f"The teacher reads {most} tokens at most and the rows have {batch.length}: set"
                f" data.contextLength to {most} or less."
            )

        def moved(values: Any) -> Any:
            return None if values is None else values.to(self._device)

        segments, positions = moved(batch.segments), moved(batch.positions)
        hidden = self.model.hidden(moved(batch.ids), segments=segments, positions=positions)
        return hidden.reshape(batch.rows * batch.length, -1)

    @torch.no_grad()
    def entropies(self, dataset: Any, count: int, recipe: Any) -> List[float]:
        """See `Teacher.entropies`; of the whole vocabulary, at temperature 1."""
        ranks = own_ranks()
        sums = torch.zeros(count, dtype=torch.float64)
        tokens = torch.zeros(count, dtype=torch.float64)

        def share() -> None:
            own = ranks.share(len(dataset.train))
            for start in range(own.start, own.stop, recipe.batchRows):
                rows = [dataset.train[i] for i in range(start, min(start + recipe.batchRows, own.stop))]
                self._add_entropies(rows, dataset.row_length, sums, tokens)

        ranks.together(share)
        sums, tokens = ranks.add(sums), ranks.add(tokens)
        return torch.where(tokens > 0, sums / tokens.clamp_min(1), torch.zeros_like(sums)).tolist()

    def _add_entropies(self, rows: Sequence[Any], length: int, sums: Tensor, tokens: Tensor) -> None:
        batch = pad_rows(rows, len(rows), length)
        acts = (batch.kinds[:, 1:] == ACT).nonzero()
        if len(acts) == 0:
            return
        positions = acts[:, 0] * batch.length + acts[:, 1]
        of = torch.tensor([row.trajectory for row in rows])[acts[:, 0]]
        sums.index_add_(0, of, self._entropies_at(self._hidden(batch), positions))
        tokens.index_add_(0, of, torch.ones(len(of), dtype=torch.float64))

    def _entropies_at(self, hidden: Tensor, positions: Tensor) -> Tensor:
        """[M] float64, on the CPU"""
        size = max(1, CHUNK_ELEMENTS // self.model.vocabulary_size)
        parts = []
        for part in positions.split(size):
            logs = self.model.logits(hidden[part.to(hidden.device)]).float().log_softmax(-1)
            parts.append(-(logs.exp() * logs).sum(-1).double().cpu())
        return torch.cat(parts)

    def teaches_any(self, rows: Sequence[Any], weighed: Sequence[int]) -> bool:
        """Always."""
        return True
