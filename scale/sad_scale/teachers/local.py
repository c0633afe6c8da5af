"""
A teacher that runs on this machine and says what it thinks of trajectories
(workers/teacher/captureTeacher.ts).
"""

from typing import Any, Iterable, Iterator, List

import torch
from torch import Tensor

from ..errors import ScaleError
from .reading import Job, Reading, readings_of

#: Tokens that are read at a time, padding included, and log-probabilities that are alive at a time.
BATCH_TOKENS = {"cpu": 4096, "cuda": 1 << 15}
CHUNK_ELEMENTS = {"cpu": 1 << 22, "cuda": 1 << 27}
#: Batches that are put together at a time out of readings of like length, so that little of them is padding.
BATCHES_AT_ONCE = 16
#: Rows are padded to a multiple of this, so that there are few shapes.
LENGTH_MULTIPLE = 32


class LocalScorer:
    """Reads jobs side by side."""

    def __init__(
        self, model: Any, name: str, *, k: int, vocabulary: int, device: torch.device, dtype: torch.dtype
    ):
        """
        :param model: with `.hidden`, `.logits` and `.context_length`
        :param name: what to call it in messages
        :param vocabulary: ids of its tokenizer, which the model may be wider than
        :raises ScaleError: for a model that reads too little to predict anything
        """
        if model.context_length < 2:
            raise ScaleError(f"{name} reads a single token, so it can predict nothing: take another teacher.")
        self._model = model.to(device=device, dtype=dtype).eval().requires_grad_(False)
        self._name, self._k, self._vocabulary, self._device = name, k, vocabulary, device
        self._most = BATCH_TOKENS.get(device.type, BATCH_TOKENS["cpu"])

    @torch.no_grad()
    def scored(self, jobs: Iterable[Job]) -> Iterator[Job]:
        """
        The jobs in their order, each when all of it is read.

        :raises ScaleError: for a model whose numbers are not finite
        """
        waiting: List[Job] = []
        queue: List[Reading] = []
        tokens = 0
        for job in jobs:
            readings = readings_of(job, self._model.context_length, self._k)
            waiting.append(job)
            queue += readings
            tokens += sum(len(reading.ids) for reading in readings)
            if tokens >= BATCHES_AT_ONCE * self._most:
                self._read(queue)
                queue, tokens = [], 0
                while waiting and waiting[0].left == 0:
                    yield waiting.pop(0)
        self._read(queue)
        yield from waiting

    def _read(self, queue: List[Reading]) -> None:
        batch: List[Reading] = []
        for reading in sorted(queue, key=lambda reading: len(reading.ids)):
            if batch and (len(batch) + 1) * len(reading.ids) > self._most:
                self._read_batch(batch)
                batch = []
            batch.append(reading)
        if batch:
            self._read_batch(batch)

    def _read_batch(self, batch: List[Reading]) -> None:
        longest = max(len(reading.ids) for reading in batch)
        length = min(self._model.context_length, -(-longest // LENGTH_MULTIPLE) * LENGTH_MULTIPLE)
        # Padding stands behind, where nothing that is asked for looks.
        ids = torch.tensor([reading.ids + [0] * (length - len(reading.ids)) for reading in batch])
        hidden = self._model.hidden(ids.to(self._device)).reshape(len(batch) * length, -1)
        starts = [row * length + reading.at - 1 for row, reading in enumerate(batch)]
        counts = [reading.last - reading.first for reading in batch]
        positions = torch.cat([torch.arange(start, start + n) for start, n in zip(starts, counts)])
        asked = torch.cat([torch.tensor(reading.job.ids[reading.first : reading.last]) for reading in batch])
        written, top_ids, top = self._likeliest(hidden, positions, asked)
        parts = zip(batch, written.split(counts), top_ids.split(counts), top.split(counts))
        for reading, *predictions in parts:
            reading.put(*predictions)

    def _likeliest(self, hidden: Tensor, positions: Tensor, tokens: Tensor) -> List[Tensor]:
        """Log-probabilities of the tokens [M], and the k likeliest [M, k] with theirs."""
        chunk = CHUNK_ELEMENTS.get(self._device.type, CHUNK_ELEMENTS["cpu"])
        size = max(1, chunk // max(self._vocabulary, getattr(self._model, "vocabulary_size", 0)))
        parts = []
        for at, token in zip(positions.split(size), tokens.split(size)):
            logs = self._model.logits(hidden[at.to(self._device)]).float().log_softmax(-1)
            # What a padded vocabulary has beyond the tokenizer are no tokens; their mass is in the tail.
            top, top_ids = logs[:, : self._vocabulary].topk(self._k)
            written = logs.gather(1, token.to(self._device)[:, None])[:, 0]
            if not bool(torch.isfinite(written).all()) or bool(torch.isnan(top).any()):
                raise ScaleError(
                    f"{self._name} predicts numbers that are not finite, so there is nothing to learn from"
                    " it: take another teacher, or --precision float32."
                )
            parts.append((written.cpu(), top_ids.int().cpu(), top.cpu()))
        return [torch.cat(part) for part in zip(*parts)]


def require_k(k: int, vocabulary: int, name: str) -> None:
    """:raises ScaleError: for a k that no prediction has so many tokens for"""
    if not 1 <= k <= vocabulary:
        raise ScaleError(
            f"{k} tokens cannot be kept of each prediction of {name}, whose vocabulary has {vocabulary}:"
            f" choose a k from 1 to {vocabulary}."
        )
