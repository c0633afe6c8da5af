"""Rows and batches (workers/dataset/row.ts)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Optional

import torch

from ..trajectories import SPAN_KINDS

#: Span kinds as small integers; PADDING marks positions past the end of a row.
KIND_CODES = {kind: code for code, kind in enumerate(SPAN_KINDS)}
PADDING = 255


def is_supervised(kind: int) -> bool:
    """Whether a token of this kind is the student's own to produce."""
    return kind in (KIND_CODES["reason"], KIND_CODES["act"])


@dataclass
class Row:
    """
    One training row: a window of one trajectory, whole steps with the task prompt in front.

    :ivar trajectory: index of the trajectory in the loaded set
    :ivar ids: [n] int64 token ids
    :ivar kinds: [n] int64 KIND_CODES
    :ivar steps: [n] int64 step of each token, -1 before the first and in a prompt that is repeated
    :ivar places: [n] int64 which token of its trajectory each of them is
    :ivar weights: [n] float32 what each of them counts beside the λ of its kind; 1 each where there are none
    :ivar difficulty: curriculum score C(τ) of the row's trajectory; easy is small
    """

    trajectory: int
    ids: torch.Tensor
    kinds: torch.Tensor
    steps: torch.Tensor
    places: torch.Tensor
    weights: Optional[torch.Tensor] = None
    difficulty: float = 0.0

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Batch:
    """
    Rows, right-padded to one length: ids with end-of-text, kinds with PADDING, all others with -1.

    :ivar ids: [rows, length] int64
    :ivar kinds: [rows, length] uint8, the kind of the token AT each position (not of the one it predicts)
    :ivar trajectories: [rows, length] int64 the trajectory that each token is of
    :ivar places: [rows, length] int64 which token of its trajectory each is
    :ivar steps: [rows, length] int64 the step of each in its trajectory
    :ivar weights: [rows, length] float32 what the token AT each position counts; None where each counts 1
    :ivar segments: [rows, length] int64 which of its row's windows each token is of; None where a row is one
      window
    :ivar tokens: positions that are not padding
    """

    rows: int
    length: int
    ids: torch.Tensor
    kinds: torch.Tensor
    trajectories: torch.Tensor
    places: torch.Tensor
    steps: torch.Tensor
    weights: Optional[torch.Tensor] = None
    segments: Optional[torch.Tensor] = None
    tokens: int = 0

    @cached_property
    def positions(self) -> Optional[torch.Tensor]:
        """
        The position of each token as a model reads it, where rows hold several windows: each counts from its
        own start (workers/models/packing.ts). Worked out once, whoever reads the batch.

        :return: [rows, length] int64; None where each row is one window
        """
        if self.segments is None:
            return None
        begins = torch.ones_like(self.segments, dtype=torch.bool)
        begins[:, 1:] = self.segments[:, 1:] != self.segments[:, :-1]
        at = torch.arange(self.length).expand_as(self.segments)
        return at - torch.where(begins, at, torch.zeros_like(at)).cummax(1).values
