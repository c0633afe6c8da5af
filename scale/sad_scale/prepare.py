"""Puts teacher and student on the ranks' devices and the rows in order: workers/training/prepare.ts."""

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Tuple

import torch

from .bundle import Bundle
from .checkpoint import Checkpoint
from .data.curriculum import sorts_by_difficulty
from .data.dataset import Dataset, build_dataset
from .data.token_files import open_store
from .engine import Engine
from .errors import ScaleError
from .folder import read_student, read_tokenizer
from .lab_reader import LabReader
from .model import GptConfig, initial_gpt
from .on_policy import OnPolicy
from .optimiser import Optimiser
from .parallel import Ranks
from .progress import say
from .reasonings import ReasoningSamples
from .run_folder import RunFolder
from .teachers import open_teacher, require_lessons
from .teachers.kept_entropies import kept_entropies
from .tokenizer import same_vocabulary
from .trainer import Setup, Trainer

#: Between two lines of progress.
SECONDS_BETWEEN = 5.0


@dataclass
class Wishes:
    """What a person asked for beside the recipe."""

    out: Path
    #: A folder of this machine.
    cache: Path
    #: A folder that every rank sees.
    shared: Path
    #: A folder, a name or a capture in place of the run's teacher.
    teacher: Optional[str] = None
    #: A folder or a name in place of the recipe's student.
    student: Optional[str] = None
    shard: bool = False
    #: bfloat16
    half: bool = False
    #: How the lab's command line is called.
    lab: Optional[str] = None
    resume: bool = False


@dataclass
class Prepared:
    """A run before its next step."""

    trainer: Trainer
    folder: RunFolder


@contextmanager
def prepare(bundle: Bundle, wishes: Wishes, ranks: Ranks) -> Iterator[Prepared]:
    """
    All ranks call it; whatever goes wrong on one ends all of them.

    :raises ScaleError: when there is nothing to train on, or something is missing or does not fit
    """
    recipe = bundle.recipe
    reader = LabReader(recipe.reading.to_json(), wishes.lab)
    try:
        yield _prepared(bundle, wishes, ranks, reader)
    finally:
        reader.stop()


def _prepared(bundle: Bundle, wishes: Wishes, ranks: Ranks, reader: LabReader) -> Prepared:
    recipe, trajectories = bundle.recipe, bundle.trajectories
    given, tokenizer = ranks.together(lambda: _given_student(bundle, wishes, ranks))
    store = ranks.together(lambda: open_store(trajectories, tokenizer, wishes.cache, heard=_progress(ranks)))
    dataset = ranks.together(lambda: build_dataset(trajectories, tokenizer, recipe, store=store))
    teacher = open_teacher(
        bundle,
        trajectories,
        tokenizer,
        recipe,
        device=ranks.device,
        dtype=torch.bfloat16 if wishes.half else torch.float32,
        teacher_path=wishes.teacher,
        cache=wishes.shared,
        store=store,
    )
    require_lessons(teacher, dataset, recipe)
    beside = teacher.model if teacher is not None and teacher.kind == "model" else None
    ranks.together(lambda: _require_fit(beside, dataset, tokenizer))
    if teacher is not None and recipe.curriculum.gamma > 0 and sorts_by_difficulty(recipe.curriculum.order):
        path = wishes.teacher or bundle.teacher
        measured = _entropies(teacher, path, dataset, len(trajectories), recipe, wishes)
        dataset = ranks.together(lambda: build_dataset(trajectories, tokenizer, recipe, measured, store))

    student = given or ranks.together(lambda: _new_student(bundle, tokenizer, beside))
    folder = RunFolder(wishes.out, recipe, tokenizer)
    engine = Engine(student, ranks, wishes.shard, wishes.half)
    optimiser = Optimiser(student, ranks, recipe.optimiser.weightDecay, recipe.optimiser.clipNorm)
    step, weights = _go_on(folder, optimiser, wishes.resume, ranks)
    setup = Setup(recipe, dataset, engine, optimiser, ranks, teacher)
    setup.reasonings = ranks.together(
        lambda: ReasoningSamples(dataset, trajectories, tokenizer, recipe, reader)
    )
    if recipe.onPolicy.share > 0:
        setup.on_policy = OnPolicy(trajectories, tokenizer, recipe, dataset.row_length, reader)
    if ranks.is_first:
        _introduce(setup, step)
    return Prepared(Trainer(setup, step, weights), folder)


def _entropies(
    teacher: Any, path: Any, dataset: Any, count: int, recipe: Any, wishes: Wishes
) -> List[float]:
    """Of what is stored they are read off; a model beside the student reads all rows for them, once."""
    if teacher.kind == "model" and path is not None:
        return kept_entropies(teacher, path, dataset, count, recipe, wishes.cache)
    return teacher.entropies(dataset, count, recipe)


def _given_student(bundle: Bundle, wishes: Wishes, ranks: Ranks) -> Tuple[Any, Any]:
    """The student that a person named, or None, and the tokenizer of the run."""
    recipe = bundle.recipe
    if wishes.student is None:
        if bundle.tokenizer is not None:
            return None, bundle.tokenizer
        if (
            recipe.tokenizer.kind == "teacher"
            and wishes.teacher is not None
            and recipe.teacher.kind == "model"
        ):
            # Its weights are read once, where it is opened.
            return None, read_tokenizer(wishes.teacher)
        raise ScaleError(
            "Nothing tells the student's tokenizer: name its file by --tokenizer, or a student that brings "
            "one by --student."
        )
    student, tokenizer = read_student(wishes.student)
    own = bundle.tokenizer
    if own is not None and not same_vocabulary(own, tokenizer):
        if bundle.targets is not None:
            raise ScaleError(
                f"The tokenizer of {wishes.student} is not the run's, to whose tokens the log-probabilities "
                "that came with the trajectories were put: name a student with the run's tokenizer, or pack "
                "the run with another teacher."
            )
        if ranks.is_first:
            say(f"Texts are cut by the tokenizer of {wishes.student}, not by the run's.")
    if recipe.data.contextLength > student.context_length:
        raise ScaleError(
            f"{wishes.student} reads {student.context_length} tokens at most: set data.contextLength "
            f"({recipe.data.contextLength}) to that or less."
        )
    if ranks.is_first:
        say(f"The student is {wishes.student}, not the one that the recipe's student describes.")
    return student.float().requires_grad_(True), tokenizer


def _require_fit(beside: Any, dataset: Dataset, tokenizer: Any) -> None:
    """:raises ScaleError: where a teacher beside the student cannot read its rows or lacks tokens"""
    if beside is None:
        return
    if beside.context_length < dataset.row_length:
        raise ScaleError(
            f"The teacher reads {beside.context_length} tokens at most and the rows have "
            f"{dataset.row_length}: set data.contextLength to {beside.context_length} or less."
        )
    if beside.vocabulary_size < tokenizer.vocabulary_size:
        raise ScaleError(
            f"The teacher predicts {beside.vocabulary_size} tokens where its tokenizer has "
            f"{tokenizer.vocabulary_size}: its files do not belong together, so take another copy of it."
        )


def _new_student(bundle: Bundle, tokenizer: Any, beside: Any) -> Any:
    """
    The student that the recipe describes, as the lab begins it; as wide as a teacher beside it where that is
    padded.
    """
    recipe = bundle.recipe
    vocabulary = beside.vocabulary_size if beside is not None else tokenizer.vocabulary_size
    shape = recipe.student
    config = GptConfig(vocabulary, recipe.data.contextLength, shape.layers, shape.width, shape.heads)
    return initial_gpt(config, recipe.seed)


def _go_on(folder: RunFolder, optimiser: Optimiser, resume: bool, ranks: Ranks) -> Tuple[int, Any]:
    """The step to go on from and its λ; 0 and None where a run begins."""
    found: Optional[Checkpoint] = None

    def look() -> None:
        nonlocal found
        if resume and ranks.is_first:
            found = folder.earlier(optimiser.parameter_count)

    ranks.together(look)
    told = ranks.gather([found.step, found.weights] if found else None)[0]
    if told is None:
        return 0, None
    step, weights = told
    optimiser.load(step, found.vectors if found else {})
    return step, weights


def _progress(ranks: Ranks) -> Callable[[int, int], None]:
    """Tells now and then how many trajectories have been made into tokens."""
    said = time.monotonic()

    def heard(done: int, of: int) -> None:
        nonlocal said
        if ranks.is_first and time.monotonic() - said > SECONDS_BETWEEN:
            said = time.monotonic()
            say(f"Texts are made into tokens: {done} of {of} trajectories.")

    return heard


def _introduce(setup: Setup, step: int) -> None:
    recipe, report, ranks = setup.recipe, setup.dataset.report, setup.ranks
    how = f"on {ranks.size} ranks, {ranks.device.type}" if ranks.size > 1 else f"on {ranks.device.type}"
    begin = f"Goes on from step {step} of {recipe.steps}" if step > 0 else f"{recipe.steps} steps"
    say(
        f"{begin} {how}: {setup.optimiser.parameter_count} parameters, {recipe.batchRows} rows of "
        f"{setup.dataset.row_length} tokens a step, {report['rows']} rows of "
        f"{report['trajectories'] - report['heldOutTrajectories']} trajectories, "
        f"{report['heldOutTrajectories']} trajectories held out."
    )
    if recipe.evaluate.rollouts is not None:
        say(
            f"Success in the {recipe.evaluate.rollouts.environment} (evaluate.rollouts) is measured by the lab "
            "only, and left out here: `lab evaluate` measures the finished student."
        )
