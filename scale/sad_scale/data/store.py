"""The tokens of all trajectories, made once and shared by the ranks of a machine."""

import math
from array import array
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Tuple

import torch

from ..trajectories import Trajectory
from .labels import LabelledTokens, Run, expand, label_runs
from .token_weights import Outcome

#: The columns of a store: what they hold, and how many bits that has. Those of runs have an entry for each
#: run of tokens of one kind and step, `ends` counted from the trajectory's start; all others have one for
#: each trajectory.
TYPES = {
    "ids": "i",
    "run_ends": "i",
    "run_steps": "i",
    "run_kinds": "B",
    "token_counts": "q",
    "run_counts": "q",
    "successes": "b",
    "rewards": "d",
}
#: Trajectories that are taken from the columns at a time.
BLOCK = 1024
TORCH_TYPES = {"i": torch.int32, "B": torch.uint8, "q": torch.int64, "b": torch.int8, "d": torch.float64}


def _columns() -> Dict[str, array]:
    return {name: array(code) for name, code in TYPES.items()}


@dataclass
class Tokens:
    """The columns of some trajectories, one after another, on their way into a store."""

    columns: Dict[str, array] = field(default_factory=_columns)

    def add(self, trajectory: Trajectory, tokenizer: Any) -> None:
        """The tokens of a trajectory more."""
        encoding = tokenizer.encode(trajectory.text)
        runs = label_runs(trajectory, encoding.anchors)
        columns = self.columns
        columns["ids"].extend(encoding.ids)
        columns["ids"].append(tokenizer.end_of_text_id)
        columns["run_ends"].extend(run.end for run in runs)
        columns["run_steps"].extend(run.step for run in runs)
        columns["run_kinds"].extend(run.kind for run in runs)
        columns["token_counts"].append(len(encoding.ids) + 1)
        columns["run_counts"].append(len(runs))
        columns["successes"].append(-1 if trajectory.success is None else int(trajectory.success))
        columns["rewards"].append(math.nan if trajectory.reward is None else trajectory.reward)

    @staticmethod
    def of(trajectories: Iterable[Trajectory], tokenizer: Any) -> "Tokens":
        """All of them."""
        tokens = Tokens()
        for trajectory in trajectories:
            tokens.add(trajectory, tokenizer)
        return tokens


class TokenStore:
    """Tokens, kinds, steps and outcomes of all trajectories, by their index in the loaded set."""

    def __init__(self, columns: Dict[str, torch.Tensor]):
        """:param columns: by the names of TYPES"""
        self._columns = columns
        self._token_ends = torch.cumsum(columns["token_counts"], 0)
        self._run_ends = torch.cumsum(columns["run_counts"], 0)

    @staticmethod
    def in_memory(trajectories: Iterable[Trajectory], tokenizer: Any) -> "TokenStore":
        """The store of a small set, which no file keeps."""
        columns = Tokens.of(trajectories, tokenizer).columns
        return TokenStore(
            {name: torch.tensor(column, dtype=TORCH_TYPES[TYPES[name]]) for name, column in columns.items()}
        )

    def __len__(self) -> int:
        return len(self._token_ends)

    def ids(self, trajectory: int) -> torch.Tensor:
        """[tokens] int32, end-of-text included."""
        end = int(self._token_ends[trajectory])
        return self._columns["ids"][end - int(self._columns["token_counts"][trajectory]) : end]

    def runs(self, trajectory: int) -> List[Run]:
        """Its tokens as runs of one kind and step."""
        end = int(self._run_ends[trajectory])
        own = slice(end - int(self._columns["run_counts"][trajectory]), end)
        return _runs(*(self._columns[name][own].tolist() for name in ("run_ends", "run_kinds", "run_steps")))

    def each(self) -> Iterator[Tuple[List[Run], Outcome]]:
        """Of every trajectory in order its tokens as runs, and how it ended; faster than one by one."""
        for first in range(0, len(self), BLOCK):
            some = slice(first, first + BLOCK)
            counts = self._columns["run_counts"][some].tolist()
            last = int(self._run_ends[some][-1])
            own = slice(last - sum(counts), last)
            ends, kinds, steps = (
                self._columns[name][own].tolist() for name in ("run_ends", "run_kinds", "run_steps")
            )
            successes, rewards = (
                self._columns["successes"][some].tolist(),
                self._columns["rewards"][some].tolist(),
            )
            at = 0
            for count, success, reward in zip(counts, successes, rewards):
                to = at + count
                yield _runs(ends[at:to], kinds[at:to], steps[at:to]), _outcome(success, reward)
                at = to

    def labelled(self, trajectory: int) -> LabelledTokens:
        """Its tokens, each with its kind and step."""
        runs = self.runs(trajectory)
        return LabelledTokens(
            trajectory, self.ids(trajectory).long(), expand(runs, "kind"), expand(runs, "step")
        )

    def outcome(self, trajectory: int) -> Outcome:
        """How it ended."""
        return _outcome(
            int(self._columns["successes"][trajectory]), float(self._columns["rewards"][trajectory])
        )


def _runs(ends: List[int], kinds: List[int], steps: List[int]) -> List[Run]:
    return list(map(Run, [0, *ends], ends, kinds, steps))


def _outcome(success: int, reward: float) -> Outcome:
    return Outcome(None if success < 0 else success > 0, None if math.isnan(reward) else reward)
