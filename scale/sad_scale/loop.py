"""A trainer run to the end of its recipe: workers/training/loop.ts without a page that pauses it."""

import time
from typing import Callable, List

from .errors import ScaleError
from .evaluate import evaluate
from .metrics import Line
from .progress import say
from .run_folder import RunFolder
from .trainer import Trainer


class Clock:
    """Milliseconds of training; evaluations and checkpoints are left out."""

    def __init__(self, elapsed: float = 0.0):
        self._elapsed = elapsed
        self._since = None

    def start(self) -> None:
        """It goes on."""
        self._since = time.monotonic()

    def stop(self) -> None:
        """It stands still."""
        self._elapsed, self._since = self.milliseconds, None

    @property
    def milliseconds(self) -> float:
        """So far."""
        return self._elapsed + (0.0 if self._since is None else 1000 * (time.monotonic() - self._since))


class Loop:
    """
    Steps, with the held-out rows measured and a checkpoint written every `evaluateEvery` of them and at the
    end.
    """

    def __init__(self, trainer: Trainer, folder: RunFolder, elapsed: float, stop: Callable[[], bool]):
        """
        :param elapsed: milliseconds of training behind the trainer's step
        :param stop: whether this rank was asked to end
        """
        self.trainer = trainer
        self.folder = folder
        self.stop = stop
        self.ranks = trainer.setup.ranks
        self.clock = Clock(elapsed)
        self.last_read = elapsed
        #: What went wrong here with writing; the others are told with the next step.
        self.problem = None

    def run(self) -> bool:
        """
        :return: False where it was asked to end before its last step
        :raises ScaleError: whatever ended it early; the last checkpoint is good
        """
        trainer, recipe = self.trainer, self.trainer.setup.recipe
        # Where work goes on behind the host's back, numbers are read while the next step is under way.
        keep = 1 if self.ranks.device.type == "cuda" else 0
        if trainer.step == 0:
            self._evaluate()
        self.clock.start()
        while trainer.step < recipe.steps and trainer.take_step(self.stop(), self.problem):
            if trainer.step % recipe.evaluateEvery == 0 or trainer.step >= recipe.steps:
                self._read(0)
                self.clock.stop()
                self._evaluate()
                self._save()
                self.clock.start()
            else:
                self._read(keep)
        self._read(0)
        self._save()
        return trainer.step >= recipe.steps

    def _read(self, keep: int) -> None:
        lines = self.trainer.read(keep)
        if not lines:
            return
        now = self.clock.milliseconds
        milliseconds = max(0.001, now - self.last_read)
        self.last_read = now
        rate = 1000 * sum(line.pop("batchTokens") for line in lines) / milliseconds
        self._tell([{**line, "tokensPerSecond": rate, "elapsedMs": round(now)} for line in lines])

    def _evaluate(self) -> None:
        line = evaluate(self.trainer)
        if line is not None:
            self._tell([{**line, "elapsedMs": round(self.clock.milliseconds)}])

    def _tell(self, lines: List[Line]) -> None:
        if not self.ranks.is_first:
            return
        for line in lines:
            report(line, self.trainer.setup.recipe.steps)
        try:
            self.folder.add(lines)
        except ScaleError as error:
            self.problem = self.problem or str(error)

    def _save(self) -> None:
        """A student that has not taken a step is nobody's, and must not take the place of an earlier one."""
        self.ranks.agree(self.problem)
        if self.trainer.step > 0 and self.folder.saved != self.trainer.step:
            self.folder.save(self.trainer)


def report(line: Line, steps: int) -> None:
    """
    A line on stderr for every evaluation, and for the first and every tenth step; as cli/train.ts has it.
    """
    step, split = line["step"], line["split"]
    if split == "train" and step != 1 and step % 10 != 0:
        return
    reason, act = line["reason"], line["act"]
    rate = line.get("tokensPerSecond")
    speed = f", {round(rate)} tokens/s" if rate else ""
    say(
        f"{split:<8} step {step}/{steps}: loss {line['loss']:.4f}, reason "
        f"{reason['loss']:.4f}, act {act['loss']:.4f}, agreement "
        f"{reason['agreement']:.3f} / {act['agreement']:.3f}{speed}"
    )
