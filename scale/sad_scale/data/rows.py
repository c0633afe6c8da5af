"""Rows by the million: windows as columns of numbers, their tokens taken from the store when asked for."""

from array import array
from typing import Any, List, Optional, Sequence

import torch

from .labels import expand
from .row import Row
from .store import TokenStore
from .token_weights import Weighing, expand_weights
from .windows import Window, window_runs

#: trajectory, and the fields of a Window.
COLUMNS = 6


class RowTable:
    """Windows that are found one after another, on their way to `Rows`."""

    def __init__(self) -> None:
        self._numbers = array("q")
        self._difficulties = array("d")

    def add(self, trajectory: int, window: Window, difficulty: float) -> None:
        """A window more."""
        self._numbers.extend((trajectory, *window))
        self._difficulties.append(difficulty)

    def rows(self, store: TokenStore, weighing: Optional[Weighing]) -> "Rows":
        """All of them in the order in which they were added."""
        numbers = torch.tensor(self._numbers, dtype=torch.int64).view(-1, COLUMNS)
        return Rows(store, numbers, torch.tensor(self._difficulties, dtype=torch.float64), weighing)


class Rows(Sequence[Row]):
    """
    Rows of a dataset; each is made when asked for.

    :ivar lengths: [rows] int64 tokens of each
    :ivar difficulties: [rows] float64
    """

    def __init__(
        self,
        store: TokenStore,
        numbers: torch.Tensor,
        difficulties: torch.Tensor,
        weighing: Optional[Weighing] = None,
    ):
        """
        :param numbers: [rows, COLUMNS] int64
        :param weighing: what tokens count; None where each counts 1, as in held-out rows
        """
        self._store = store
        self._numbers = numbers
        self._weighing = weighing
        self.difficulties = difficulties
        self.lengths = numbers[:, 2] - numbers[:, 1] + numbers[:, 4] - numbers[:, 3]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.taken(torch.arange(len(self))[index])
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        trajectory, *window = self._numbers[index].tolist()
        return self._row(trajectory, Window(*window), self.difficulties[index].item())

    def taken(self, places: torch.Tensor) -> "Rows":
        """The rows at these places, in their order."""
        return Rows(self._store, self._numbers[places], self.difficulties[places], self._weighing)

    def _row(self, trajectory: int, window: Window, difficulty: float) -> Row:
        runs = self._store.runs(trajectory)
        own = window_runs(runs, window)
        places = torch.cat(
            [torch.arange(window.context_start, window.context_end), torch.arange(window.start, window.end)]
        )
        weighed = self._weighing and self._weighing.runs(runs, self._store.outcome(trajectory))
        return Row(
            trajectory=trajectory,
            ids=self._store.ids(trajectory)[places].long(),
            kinds=expand(own, "kind"),
            steps=expand(own, "step"),
            places=places,
            weights=expand_weights(weighed)[places] if weighed else None,
            difficulty=difficulty,
        )


class Packs(Sequence[List[Row]]):
    """Rows side by side; each is made when asked for."""

    def __init__(self, rows: Rows, members: List[List[int]]):
        """:param members: of each packed row the places of its windows in `rows`"""
        self._rows = rows
        self._members = members

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Packs(self._rows, self._members[index])
        return [self._rows[place] for place in self._members[index]]

    def taken(self, places: torch.Tensor) -> "Packs":
        """The packed rows at these places, in their order."""
        return Packs(self._rows, [self._members[place] for place in places.tolist()])
