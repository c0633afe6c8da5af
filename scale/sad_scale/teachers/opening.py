"""The teacher that a recipe names (workers/teacher/signal.ts, workers/training/prepare.ts)."""

from pathlib import Path
from typing import Any, Optional, Sequence, Union

import torch

from ..contradictions import FILES
from ..data.dataset import weighed_kinds
from ..data.store import TokenStore
from ..errors import ScaleError
from ..folder import read_student
from ..progress import say
from ..trajectories import Trajectory
from .beside import BesideTeacher
from .capture import Capture, open_captures
from .capture_format import content_hash
from .capturing import Capturing, capture_teacher
from .identity import digest, fingerprint
from .local import LocalScorer
from .ranks import own_ranks
from .report import refuse_silent, report_line, report_targets
from .route import require_same_vocabulary, route_of
from .sources import capture_targets
from .stored import StoredTeacher
from .targets import FileTargets, TargetSource
from .teacher import Teacher

#: Tokens kept where nobody asks for another number: TRL, Tinker and others find that more change little.
DEFAULT_K = 16


def open_teacher(
    bundle: Any,
    trajectories: Sequence[Trajectory],
    tokenizer: Any,
    recipe: Any,
    *,
    device: torch.device,
    dtype: torch.dtype,
    teacher_path: Optional[Union[str, Path]] = None,
    cache: Union[str, Path],
    store: Optional[TokenStore] = None,
) -> Optional[Teacher]:
    """
    Opens the teacher, having looked at all that is stored of it; one with another tokenizer than the
    student's is captured into the cache first, or gone on with from there. All ranks call it.

    :param trajectories: of the run: targets are asked for by their index in these
    :param tokenizer: the student's
    :param dtype: of a model's parameters; 16 bits as well where the recipe says that they are enough and a
        GPU has them
    :param teacher_path: a model's folder or name, or a capture, in place of the bundle's
    :param cache: a folder that every rank sees
    :param store: the tokens of the trajectories, where they are there already
    :return: None where the text teaches
    :raises ScaleError: for a teacher that is missing, damaged, of another vocabulary, or has nothing to say
    """
    device = torch.device(device)
    kind = recipe.teacher.kind
    if kind == "text":
        return None
    if kind == "stored":
        source = own_ranks().together(lambda: _stored(bundle, trajectories, tokenizer, recipe, teacher_path))
    else:
        path = teacher_path or bundle.teacher
        if path is None:
            raise ScaleError(
                f'The recipe\'s teacher "{recipe.teacher.source}" is a model and does not come with the run:'
                " name its folder by --teacher."
            )
        dtype = _parameter_type(recipe, device, dtype)
        model, own = own_ranks().together(lambda: read_student(path, dtype))
        if recipe.tokenizer.kind == "teacher":
            require_same_vocabulary(tokenizer, own, recipe.teacher.source)
            return BesideTeacher(model, device=device, dtype=dtype)
        source = _captured_first(
            path, model, own, trajectories, tokenizer, recipe, device, dtype, Path(cache)
        )
    report = report_targets(source, trajectories, tokenizer, store)
    refuse_silent(report, recipe)
    if own_ranks().is_first:
        say(report_line(report))
    return StoredTeacher(source)


def require_lessons(teacher: Optional[Teacher], dataset: Any, recipe: Any) -> None:
    """:raises ScaleError: where the teacher has nothing to say of what is to be trained on"""
    if teacher is None:
        return
    weighed = weighed_kinds(recipe.objective)
    if not own_ranks().together(lambda: teacher.teaches_any(dataset.train, weighed)):
        raise ScaleError(
            "The stored log-probabilities reach no token that objective.lambda weighs in the"
            f" {len(dataset.train)} training rows, so there is nothing to train on; load more trajectories"
            " that have some, or choose another teacher."
        )


def _stored(
    bundle: Any,
    trajectories: Sequence[Trajectory],
    tokenizer: Any,
    recipe: Any,
    given: Optional[Union[str, Path]],
) -> TargetSource:
    name = recipe.teacher.source
    if name == FILES:
        if bundle.targets is None:
            raise ScaleError(
                'teacher.source is "trajectories" and the run brings no targets.safetensors, which the lab'
                " makes of the log-probabilities in the files: pack the run in the lab."
            )
        return FileTargets(bundle.targets, len(trajectories))
    path = given or bundle.capture
    if path is None:
        raise ScaleError(f'The capture "{name}" does not come with the run: name its file by --teacher.')
    capture = open_captures(path)
    if recipe.tokenizer.kind == "teacher":
        require_same_vocabulary(tokenizer, capture.tokenizer, name)
    return capture_targets(capture, trajectories, tokenizer)


def _captured_first(
    path: Union[str, Path],
    model: Any,
    own: Any,
    trajectories: Sequence[Trajectory],
    tokenizer: Any,
    recipe: Any,
    device: torch.device,
    dtype: torch.dtype,
    cache: Path,
) -> TargetSource:
    name = recipe.teacher.source
    k = getattr(recipe.teacher, "k", None) or DEFAULT_K
    route = route_of(own, tokenizer, k, name)
    of = digest(
        teacher=fingerprint(path),
        k=k,
        dtype=str(dtype),
        begin=route.begin,
        trajectories=_set_of(trajectories),
        tokenizer=route.writing.tokenizer.to_json(),
    )
    out = cache / f"teacher-{of}.capture"
    ranks = own_ranks()

    # All ranks look before the first of them writes.
    if not all(ranks.gather(out.exists())):
        scorer = LocalScorer(
            model, name, k=k, vocabulary=route.tokenizer.vocabulary_size, device=device, dtype=dtype
        )
        capturing = Capturing(route.tokenizer, route.begin, route.writing, scorer.scored, name, k, of)
        left_out = capture_teacher(capturing, trajectories, out)
        if left_out and ranks.is_first:
            say(left_out_line(left_out, name))

    def opened() -> Capture:
        if not out.exists():
            raise ScaleError(
                f"{out}, which another rank has made, is not seen here: name a folder that all machines"
                " share."
            )
        return Capture(out)

    return capture_targets(ranks.together(opened), trajectories, tokenizer)


def _set_of(trajectories: Sequence[Trajectory]) -> str:
    """A name of the set, by its files where it lies in such."""
    known = getattr(trajectories, "fingerprint", None)
    return known or digest(hashes=[content_hash(trajectory.text).hex() for trajectory in trajectories])


def left_out_line(count: int, name: str) -> str:
    """What to say of trajectories that a capture could not take."""
    return (
        f"{count} trajectories were left out, as the tokenizer of {name} leaves characters of theirs out and"
        " what it predicts cannot be put to the student's tokens"
    )


def _parameter_type(recipe: Any, device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """
    Half precision is where it saves memory: on a GPU, in the format with the range of float32 where the GPU
    has it, since many models overflow the other.
    """
    if dtype != torch.float32 or not recipe.teacher.halfPrecision or device.type != "cuda":
        return dtype
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
