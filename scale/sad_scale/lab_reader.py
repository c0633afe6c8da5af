"""
The lab's own reader of steps, in a Node process beside: what a student writes in place of a recorded step is
read by the rules that read the trajectory (workers/training/stepBorders.ts), and by no second segmenter.
"""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .errors import ScaleError
from .javascript import units

#: Where the lab's command line lies once `npm run lab` has built it, from the folder of this package.
BUILT = Path("../../node_modules/.cache/lab/lab.js")
#: Keys of a recipe that need the lab's reader.
KEYS = ("onPolicy.share", "evaluate.cotSamples")


@dataclass(frozen=True)
class StepSpan:
    """
    A span of a step; offsets from the step's border, in UTF-16 code units (`step_borders.as_units` slices by
    them).
    """

    kind: str
    start: int
    end: int
    content_start: int
    content_end: int


@dataclass(frozen=True)
class Opening:
    """
    A step to be read.

    :ivar trajectory: one of `trajectories.Trajectory`
    :ivar from_: where the step begins in the trajectory's text, in code points
    :ivar step: its number
    """

    trajectory: Any
    from_: int
    step: int


@dataclass(frozen=True)
class OpenStep:
    """
    A step in whose place texts can be read: the spans of the recorded one, and its name in the lab's process.
    """

    id: int
    recorded: List[StepSpan]


class LabReader:
    """Asks the lab how texts in the place of steps read. The process is begun with the first question."""

    def __init__(self, reading: Dict[str, Any], command: Optional[str] = None, keys: Sequence[str] = KEYS):
        """
        :param reading: `recipe.reading` as JSON
        :param command: how the lab's command line is called, e.g. "node lab.js"; else what SAD_LAB says, else
            the one that stands beside this package
        :param keys: the recipe's keys that need it, for messages
        """
        self._reading = reading
        self._command = command or os.environ.get("SAD_LAB")
        self._keys = " and ".join(keys)
        self._process: Optional[subprocess.Popen] = None
        self._complaints: Any = None

    def begin(self) -> None:
        """
        Begins the process, so that one that is missing is told of ahead of the first question.

        :raises ScaleError: naming the recipe's keys that need it
        """
        self._process = self._process or self._start()

    def open(self, asked: Sequence[Opening]) -> List[Optional[OpenStep]]:
        """
        Opens steps, in one exchange; None for each that is labelled by no rule by which another could be
        read.
        """
        questions = [
            {
                "do": "open",
                "trajectory": one.trajectory.line,
                "from": units(one.trajectory.text[: one.from_]),
                "step": one.step,
                "reading": self._reading,
            }
            for one in asked
        ]
        return [
            answer and OpenStep(answer["id"], _spans(answer["recorded"])) for answer in self._ask(questions)
        ]

    def read(self, asked: Sequence[Tuple[int, str]]) -> List[Optional[List[StepSpan]]]:
        """
        Reads texts in the place of steps, in one exchange.

        :param asked: the id of an open step, and what stands in its place
        :return: for each its spans; None where it is no step
        """
        questions = [{"do": "read", "id": id_, "written": written} for id_, written in asked]
        return [None if answer is None else _spans(answer) for answer in self._ask(questions)]

    def close(self, ids: Sequence[int]) -> None:
        """Lets go of steps."""
        self._ask([{"do": "close", "id": id_} for id_ in ids])

    def stop(self) -> None:
        """Ends the process, which a further question would begin anew without its open steps."""
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except OSError:
                # It had gone before it was told.
                pass
        self._process.wait()
        self._process = None
        self._complaints.close()

    def _ask(self, questions: List[Dict[str, Any]]) -> List[Any]:
        if not questions:
            return []
        self.begin()
        process = self._process
        try:
            # In ASCII: half a surrogate pair passes as an escape, and nothing but the end ends a line.
            process.stdin.write(json.dumps(questions).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        if answer.endswith(b"\n"):
            return json.loads(answer)
        raise self._failure()

    def _start(self) -> subprocess.Popen:
        command = self._found()
        self._complaints = tempfile.TemporaryFile()
        try:
            return subprocess.Popen(
                [*command, "steps"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
            )
        except OSError as error:
            self._complaints.close()
            raise self._missing(f"{command[0]} cannot be started ({error.strerror or error})")

    def _found(self) -> List[str]:
        if self._command:
            return shlex.split(self._command)
        built = Path(__file__).resolve().parent / BUILT
        if not built.exists():
            raise self._missing("the lab's command line is not beside this package")
        node = shutil.which("node")
        if node is None:
            raise self._missing("Node.js is not installed")
        return [node, str(built.resolve())]

    def _missing(self, what: str) -> ScaleError:
        return ScaleError(
            f"{self._keys} need the lab's own reader of steps, and {what}: give --lab "
            '"node LAB/node_modules/.cache/lab/lab.js" (or SAD_LAB), which "npm run lab -- help" builds in the '
            "lab's folder LAB, or set them to 0."
        )

    def _failure(self) -> ScaleError:
        status = self._process.wait()
        self._complaints.seek(0)
        said = [
            line for line in self._complaints.read().decode("utf-8", "replace").splitlines() if line.strip()
        ]
        self.stop()
        reason = said[0].rstrip(".") if said else f"it said nothing, exit status {status}"
        return ScaleError(f"The lab's reader of steps, which {self._keys} need, has ended: {reason}.")


def _spans(answer: List[Dict[str, Any]]) -> List[StepSpan]:
    return [
        StepSpan(one["kind"], one["start"], one["end"], one["contentStart"], one["contentEnd"])
        for one in answer
    ]
