"""
The teacher's entropies by trajectory, kept from one run to the next: a study trains the same rows dozens of times, and
reading them all takes a large teacher as long as training a small student.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, List, Union

from ..cache import once
from .identity import digest, fingerprint
from .ranks import own_ranks
from .teacher import Teacher

#: The file in a folder of the cache.
VALUES = "entropies.json"


def kept_entropies(
    teacher: Teacher, path: Union[str, Path], dataset: Any, count: int, recipe: Any, cache: Path
) -> List[float]:
    """
    As `Teacher.entropies` of a model beside the student, from the cache where they are there. All ranks call
    it.

    :param path: the model's folder or name
    :param cache: a folder of this machine
    :raises ScaleError: where the cache cannot be written to
    """
    of = digest(teacher=fingerprint(path), dtype=str(teacher.dtype), rows=_rows_of(dataset), count=count)
    folder = Path(cache) / f"entropies-{of}"
    ranks = own_ranks()
    # Either none of them works them out, or all do it together.
    if not all(ranks.gather((folder / VALUES).exists())):
        values = teacher.entropies(dataset, count, recipe)
        ranks.together(lambda: once(folder, lambda part: _write(part, values)))
        return values
    return ranks.together(lambda: json.loads((folder / VALUES).read_text(encoding="utf-8")))


def _write(part: Path, values: List[float]) -> None:
    (part / VALUES).write_text(json.dumps(values), encoding="utf-8")


def _rows_of(dataset: Any) -> str:
    """What the rows hold, in whatever order they are trained."""
    found = []
    for row in dataset.train:
        held = hashlib.sha256(f"{row.trajectory} ".encode())
        held.update(row.ids.numpy().tobytes())
        held.update(row.kinds.numpy().tobytes())
        found.append(held.hexdigest())
    return digest(rows=sorted(found))
