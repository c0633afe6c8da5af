"""
The folder that a run writes, file for file the lab's own (cli/train.ts): what grows with the run, and what is
replaced as a whole at every checkpoint.
"""

import json
import os
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List, Optional, Tuple

from .checkpoint import NAME, Checkpoint, read_checkpoint, write_checkpoint
from .errors import ScaleError
from .files import javascript_json, replace_file
from .folder import write_student
from .metrics import Line, csv_header, csv_row, metrics_jsonl, metrics_record
from .not_finite import remedy
from .recipe import read_recipe
from .tokenizer import same_vocabulary, tokenizer_from_json
from .trainer import Trainer

METRICS = "metrics.jsonl"


class RunFolder:
    """What is in the folder of a run. Every rank has one; the first rank's writes."""

    def __init__(self, path: Path, recipe: Any, tokenizer: Any):
        self.path = path
        self.recipe = recipe
        self.tokenizer = tokenizer
        #: Step of the newest checkpoint that this run knows to be there.
        self.saved: Optional[int] = None
        #: Newest line of each split.
        self.last: Dict[str, Line] = {}

    def earlier(self, count: int) -> Optional[Checkpoint]:
        """
        What an earlier run of the same recipe left to go on from.

        :param count: P of the student
        :return: None where there is no checkpoint
        :raises ScaleError: where the run is another one, or its files are damaged
        """
        file = self.path / NAME
        if not file.exists():
            return None
        earlier = read_recipe(self.path / "recipe.json").to_json()
        # A run may be made longer; anything else would make one curve of two different runs.
        if {**earlier, "steps": 0} != {**self.recipe.to_json(), "steps": 0}:
            raise ScaleError(
                f"The recipe differs from the one in {self.path}: --resume goes on with the same recipe, "
                "only steps may change; name another folder with --out, or leave --resume out to begin anew."
            )
        written = self.path / "tokenizer.json"
        if written.exists() and not self._is_own(written):
            raise ScaleError(
                f"The tokenizer in {self.path} is not that of this run: name another folder with --out, or "
                "leave --resume out to begin anew."
            )
        return read_checkpoint(file, count)

    def _is_own(self, written: Path) -> bool:
        try:
            return same_vocabulary(
                tokenizer_from_json(json.loads(written.read_bytes()), str(written)), self.tokenizer
            )
        except ValueError:
            raise ScaleError(f"{written} is no JSON: the file is damaged.") from None
        except ScaleError:
            # One of transformers' own, which only transformers reads; the number of values has to tell.
            return True

    def begin(self, step: int, writes: bool) -> int:
        """
        The files that grow, as they are before the next step. All ranks call it, as all are to know what is
        saved.

        :param step: of the checkpoint that is gone on from; 0 for a new run
        :param writes: whether this is the rank that writes
        :return: milliseconds of training behind it
        """
        self.saved = step or None
        if not writes:
            return 0
        elapsed = 0

        def write(file: BinaryIO) -> None:
            nonlocal elapsed
            for line, text in self._lines() if step > 0 else ():
                if line["step"] <= step:
                    file.write(text.encode())
                    self.last[line["split"]] = line
                    elapsed = line.get("elapsedMs") or 0

        replace_file(self.path / METRICS, write)
        replace_file(self.path / "recipe.json", f"{javascript_json(self.recipe.to_json(), True)}\n".encode())
        return elapsed

    def _lines(self) -> Iterator[Tuple[Line, str]]:
        """
        The lines that are written, each with its text; one that a killed run left without its end is dropped.
        """
        path = self.path / METRICS
        if not path.exists():
            return
        with open(path, encoding="utf-8", newline="\n") as file:
            for number, text in enumerate(file, 1):
                if not text.endswith("\n"):
                    return
                try:
                    line = json.loads(text)
                    line["step"], line["split"]
                except (ValueError, KeyError, TypeError):
                    raise ScaleError(
                        f"{path} is damaged at line {number}: mend or remove that line."
                    ) from None
                yield line, text

    def add(self, lines: List[Line]) -> None:
        """
        Appends lines of metrics.

        :raises ScaleError: where the disk is full
        """
        try:
            with open(self.path / METRICS, "a", encoding="utf-8", newline="\n") as file:
                file.write(metrics_jsonl(lines))
        except OSError as error:
            raise ScaleError(
                f"{self.path / METRICS} could not be written: {error.strerror or error}."
            ) from None
        for line in lines:
            self.last[line["split"]] = metrics_record(line)

    def write_csv(self) -> None:
        """metrics.csv: the lines of metrics.jsonl with a column for every number."""

        def write(file: BinaryIO) -> None:
            world = any(line.get("world") for line, _ in self._lines())
            file.write(f"{csv_header(world)}\n".encode())
            for line, _ in self._lines():
                file.write(f"{csv_row(line, world)}\n".encode())

        replace_file(self.path / "metrics.csv", write)

    def save(self, trainer: Trainer) -> None:
        """
        The student as it stands, and a checkpoint. All ranks call it, since where the student is sharded each
        has a part.

        :raises Agreed: where the disk is full or a number is not finite; the checkpoint before is intact
        """
        setup = trainer.setup
        ranks, optimiser = setup.ranks, setup.optimiser

        def write_model() -> None:
            whole = optimiser.parameters_whole() if optimiser.sharded else None
            if ranks.is_first:
                write_student(self.path, setup.engine.student, self.tokenizer, whole)

        def write_state() -> None:
            values = optimiser.values()
            if ranks.is_first:
                _sync(self.path / METRICS)
                weights, count = trainer.objective.weights, optimiser.parameter_count
                write_checkpoint(self.path / NAME, trainer.step, weights, count, values, remedy(self.recipe))
            elif optimiser.sharded:
                for _ in values:
                    pass

        ranks.together(write_model)
        ranks.together(write_state)
        self.saved = trainer.step

    def kept(self) -> str:
        """What is left of a run that has failed."""
        if self.saved is None:
            return "It ended before the first checkpoint, so there is no student."
        return f"The student of step {self.saved} is kept."


def _sync(path: Path) -> None:
    """Has the disk take what was written: lines up to a checkpoint must be there with it."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
