"""
Places at which a step begins, and what is needed to let a student write that step
(workers/training/stepBorders.ts).
"""

from dataclasses import dataclass
from typing import Any, List, Optional

from .data.row import Row
from .javascript import paired
from .lab_reader import Opening, OpenStep, StepSpan


@dataclass(frozen=True)
class StepBorder:
    """
    A place in a row at which a step begins that the lab can read.

    :ivar at: the step's first token in the row; what stands before it is the true history
    :ivar from_: its first character in the trajectory's text, in code points
    :ivar step: the step as the lab has it open
    """

    row: Row
    at: int
    from_: int
    step: OpenStep


def borders_of(row: Row) -> List[int]:
    """Where the steps of a row begin, those left out that begin the row: they have no history."""
    steps = row.steps
    begins = (steps[1:] >= 0) & (steps[1:] != steps[:-1])
    return [at + 1 for at in begins.nonzero().flatten().tolist()]


def opening(row: Row, at: int, trajectories: Any, tokenizer: Any) -> Optional[Opening]:
    """
    The question by which the lab opens a step.

    :param at: one of `borders_of(row)`
    :return: None for a border that is end-of-text, which is no character
    """
    trajectory = trajectories[row.trajectory]
    starts = tokenizer.encode(trajectory.text).starts
    place = int(row.places[at])
    if not 0 <= place < len(starts):
        return None
    return Opening(trajectory, starts[place], int(row.steps[at]))


def as_units(text: str) -> str:
    """
    A text with a character for each UTF-16 code unit, so that slices of it are those of JavaScript's strings.
    """
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(
        (
            one
            if one <= "\uffff"
            else chr(0xD800 + (ord(one) - 0x10000 >> 10)) + chr(0xDC00 + (ord(one) & 0x3FF))
        )
        for one in text
    )


def content_of(text: str, span: StepSpan) -> str:
    """A span's content, `text` beginning at its step's border."""
    return paired(as_units(text)[span.content_start : span.content_end])


def ends_a_line(tokenizer: Any, ids: List[int]) -> bool:
    """Whether the last token of a text ends a line, which is when somebody looks at it."""
    return "\n" in tokenizer.decode(ids[-1:])
