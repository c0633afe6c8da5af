"""
A teacher captured over a set, by one rank or several, each into a part of its own: an interrupted capture
goes on from its parts, whatever number of ranks it had.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Set, Union

from ..errors import ScaleError
from ..files import make_folder
from ..parallel import Ranks
from ..progress import say
from ..trajectories import Trajectory
from .capture_format import content_hash
from .capture_writer import CaptureWriter
from .ranks import own_ranks
from .reading import Job, jobs_of
from .writing import OwnTokens, StudentTokens

#: Seconds between two lines of progress.
PROGRESS_INTERVAL = 5.0


@dataclass
class Capturing:
    """
    :ivar tokenizer: the teacher's
    :ivar begin: a token that it reads in front of each window; None for none
    :ivar writing: what becomes of a trajectory that has been read
    :ivar scored: has jobs read, in their order; asked for once there is something to read
    :ivar name: the teacher's
    :ivar of: `identity.digest` of all that the numbers depend on
    """

    tokenizer: Any
    begin: Optional[int]
    writing: Union[OwnTokens, StudentTokens]
    scored: Callable[[Iterable[Job]], Iterator[Job]]
    name: str
    k: int
    of: str


def capture_teacher(capturing: Capturing, trajectories: Sequence[Trajectory], out: Union[str, Path]) -> int:
    """
    Writes the capture `out`, beside it and then in its place; texts that occur twice are read once.

    :return: trajectories that were left out, as the teacher's tokenizer leaves characters of theirs out
    :raises ScaleError: where the teacher or the disk refuses; what was captured before is gone on with
    """
    out = Path(out)
    ranks = own_ranks()
    wanted, first = _distinct(trajectories)
    parts = ranks.together(lambda: _parts_of(out))

    def known() -> Set[bytes]:
        # Each part is looked at before anybody goes on with one.
        found: Set[bytes] = set()
        for part in parts:
            writer = _writer(capturing, part)
            found.update(writer.index.hashes())
            writer.leave()
        return found

    there = ranks.together(known)
    own = out.with_name(f"{out.name}.part-{ranks.rank}")
    ranks.together(lambda: _writer(capturing, own).leave())
    ranks.together(lambda: _require_seen(out, ranks.size))
    left = [index for hash_, index in zip(wanted, first) if hash_ not in there]
    out_of = 0

    def share() -> None:
        nonlocal out_of
        out_of = _share(
            capturing, trajectories, left[ranks.rank :: ranks.size], own, ranks, len(wanted) - len(left)
        )

    ranks.together(share)
    out_of = int(ranks.add_numbers([out_of])[0])
    if out_of == len(wanted):
        raise ScaleError(
            f"The tokenizer of {capturing.name} leaves characters out of every trajectory, so that what it"
            " predicts cannot be put to the student's tokens: take another teacher."
        )
    ranks.together(lambda: _joined(capturing, wanted, out, len(wanted) - out_of) if ranks.is_first else None)
    return out_of


def _distinct(trajectories: Sequence[Trajectory]) -> "tuple[List[bytes], List[int]]":
    """The hashes of the set in its order, each once, and where each stands first."""
    seen: Set[bytes] = set()
    hashes: List[bytes] = []
    first: List[int] = []
    for index, trajectory in enumerate(trajectories):
        hash_ = content_hash(trajectory.text)
        if hash_ not in seen:
            seen.add(hash_)
            hashes.append(hash_)
            first.append(index)
    return hashes, first


def _parts_of(out: Path) -> List[Path]:
    make_folder(out.parent)
    return sorted(out.parent.glob(f"{out.name}.part-*"))


def _require_seen(out: Path, ranks: int) -> None:
    """Said before the work and not after it."""
    for rank in range(ranks):
        if not out.with_name(f"{out.name}.part-{rank}").exists():
            raise ScaleError(
                f"What rank {rank} writes beside {out} is not seen by another rank: name a folder that all"
                " machines share (train: --cache, score: --out)."
            )


def _writer(capturing: Capturing, path: Path) -> CaptureWriter:
    return CaptureWriter(path, capturing.name, capturing.k, capturing.writing.tokenizer, capturing.of)


def _share(
    capturing: Capturing,
    trajectories: Sequence[Trajectory],
    mine: List[int],
    own: Path,
    ranks: Ranks,
    before: int,
) -> int:
    """What this rank reads; returns how many it left out."""
    writer = _writer(capturing, own)
    left_out = tokens = 0
    begun = said = time.monotonic()
    whose = f", rank {ranks.rank} of {ranks.size}" if ranks.size > 1 else ""
    if before:
        say(f"going on with {before} trajectories that are captured already{whose}")
    try:
        if not mine:
            return 0
        jobs = jobs_of(trajectories, mine, capturing.tokenizer, capturing.begin)
        for done, job in enumerate(capturing.scored(jobs), 1):
            captured = capturing.writing.captured(job)
            if captured is None:
                left_out += 1
            else:
                writer.add(job.hash, captured)
            tokens += len(job.ids)
            now = time.monotonic()
            if ranks.is_first and (now - said > PROGRESS_INTERVAL or done == len(mine)):
                said = now
                rate = tokens / max(now - begun, 1e-9)
                say(f"captured {done} of {len(mine)} trajectories{whose}, {rate:.0f} tokens a second")
    finally:
        writer.close()
    return left_out


def _joined(capturing: Capturing, wanted: List[bytes], out: Path, count: int) -> None:
    """Makes one capture of the parts, in the order of the set."""
    paths = _parts_of(out)
    parts = [_writer(capturing, path) for path in paths]
    if len(parts) == 1 and len(parts[0].index) == count:
        parts[0].finish(out)
        return
    merged = out.with_name(f"{out.name}.merging")
    merged.unlink(missing_ok=True)
    whole = _writer(capturing, merged)
    taken = whole.take(parts, wanted)
    if taken < count:
        raise ScaleError(
            f"{out} lacks {count - taken} trajectories, as parts of it were removed meanwhile: run it again."
        )
    whole.finish(out)
    for part, path in zip(parts, paths):
        part.leave()
        path.unlink(missing_ok=True)
