"""
What a student is to go on from: prompts of a file, or the histories of recorded steps, with those steps
beside.
"""

from itertools import takewhile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .bundle import is_run, open_bundle
from .data.rows import RowTable
from .data.split import split_held_out
from .data.store import TokenStore
from .data.windows import Loss, cut_windows
from .errors import ScaleError
from .javascript import parse_json
from .recipe import Recipe, read_recipe
from .step_borders import borders_of
from .trajectories import Trajectories

#: Keys of a line that are not a prompt's own to say.
OWN_KEYS = ("index", "prompt", "text", "tokens", "finished")


class WrittenPrompts:
    """Prompts of a JSONL file, `{"prompt": "…"}` a line; what else a line says goes along."""

    def __init__(self, path: Path, tokenizer: Any):
        """:raises ScaleError: naming the line that is no prompt"""
        self._tokenizer = tokenizer
        self._said: List[Dict[str, Any]] = []
        for number, line in enumerate(_lines(path), 1):
            if not line.strip():
                continue
            try:
                said = parse_json(line)
            except (ValueError, RecursionError) as error:
                raise ScaleError(f"{path}, line {number}: no JSON ({error}).") from None
            if not isinstance(said, dict) or not isinstance(said.get("prompt"), str):
                raise ScaleError(f'{path}, line {number}: no prompt, which is {{"prompt": "…"}}.')
            self._said.append(said)
        if not self._said:
            raise ScaleError(f'{path} holds no prompt, which is {{"prompt": "…"}} on a line of its own.')

    def __len__(self) -> int:
        return len(self._said)

    def __getitem__(self, index: int) -> Tuple[List[int], Dict[str, Any]]:
        """Ids to go on from, and what goes along in the line."""
        said = self._said[index]
        # An empty prompt is the beginning of a text, which is behind the end of another.
        ids = self._tokenizer.encode(said["prompt"]).ids or [self._tokenizer.end_of_text_id]
        along = {key: value for key, value in said.items() if key not in OWN_KEYS}
        return ids, {"prompt": said["prompt"], **along}


class StepPrompts:
    """
    The histories of recorded steps as rows of training have them, a prompt for each step that begins behind
    one; the step's own thoughts and acts go along as `recorded`.
    """

    def __init__(
        self, trajectories: Sequence[Any], indices: Sequence[int], tokenizer: Any, context_length: int
    ):
        """:param indices: of the trajectories whose steps are meant"""
        self._trajectories = trajectories
        self._indices = indices
        self._tokenizer = tokenizer
        store = TokenStore.in_memory((trajectories[index] for index in indices), tokenizer)
        table = RowTable()
        for place in range(len(store)):
            for window in cut_windows(store.runs(place), context_length, Loss()):
                table.add(place, window, 0.0)
        self._rows = table.rows(store, None)
        self._places: List[Tuple[int, int]] = []
        for which in range(len(self._rows)):
            row = self._rows[which]
            recorded = _agents_steps(trajectories[indices[row.trajectory]])
            self._places += [(which, at) for at in borders_of(row) if int(row.steps[at]) in recorded]
        if not self._places:
            raise ScaleError(
                "None of these trajectories has a step behind a history that fits the student's context."
            )

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Tuple[List[int], Dict[str, Any]]:
        """Ids to go on from, and what goes along in the line."""
        which, at = self._places[index]
        row = self._rows[which]
        number = self._indices[row.trajectory]
        trajectory = self._trajectories[number]
        ids, step = row.ids[:at].tolist(), int(row.steps[at])
        return ids, {
            "prompt": self._tokenizer.decode(ids),
            "trajectory": number,
            "file": trajectory.file,
            "step": step,
            "recorded": _agents_steps(trajectory)[step],
        }


def open_prompts(path: Path, tokenizer: Any, context_length: int, recipe: Optional[Path], cache: Path) -> Any:
    """
    The prompts that a file holds: those of the held-out steps of a RUN.zip, the steps of segmented JSONL
    (with a recipe only of the trajectories that it holds out), or prompts as they are.

    :param context_length: of the student
    :raises ScaleError: where there is none, or the file is damaged
    """
    if is_run(path):
        bundle = open_bundle(path, cache)
        return _held_out(bundle.trajectories, bundle.recipe, tokenizer, context_length)
    first = next((line for line in _lines(path) if line.strip()), "")
    if '"spans"' not in first:
        return WrittenPrompts(path, tokenizer)
    trajectories = Trajectories([path])
    if recipe is not None:
        return _held_out(trajectories, read_recipe(recipe), tokenizer, context_length)
    return StepPrompts(trajectories, range(len(trajectories)), tokenizer, context_length)


def _held_out(trajectories: Any, recipe: Recipe, tokenizer: Any, context_length: int) -> StepPrompts:
    _, indices = split_held_out(len(trajectories), recipe.data.heldOut, recipe.seed)
    if not indices:
        raise ScaleError(
            "The recipe holds no trajectory out (data.heldOut), so there is no step to write anew."
        )
    return StepPrompts(trajectories, indices, tokenizer, min(context_length, recipe.data.contextLength))


def _agents_steps(trajectory: Any) -> Dict[int, str]:
    """By step what the agent said in it before anybody answered; steps that others begin are left out."""
    steps: Dict[int, List[Any]] = {}
    for span in trajectory.spans:
        steps.setdefault(span.step, []).append(span)
    said = {
        step: "".join(span.text for span in takewhile(lambda span: span.kind in ("reason", "act"), spans))
        for step, spans in steps.items()
    }
    return {step: text for step, text in said.items() if text}


def _lines(path: Path):
    try:
        with open(path, encoding="utf-8-sig", newline="\n") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise ScaleError(f"{path} cannot be read: {error}; check its path.") from None
