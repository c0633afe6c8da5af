"""
Checkpoints in the lab's own format (workers/training/checkpointFile.ts), so that the lab and scale go on from
each other's: a safetensors file of three float32 vectors [P] in the parameters' order, the step, and λ as
JSON in its metadata. They are written value by value, so that a model need not be in memory three times.
"""

import json
import math
import struct
from pathlib import Path
from typing import Any, BinaryIO, Iterable, Mapping, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor

from .errors import ScaleError
from .files import javascript_json, replace_file, write_tensor
from .objective import TERMS, Lambda
from .optimiser import VECTORS
from .safetensors import header_of, read_safetensors

NAME = "checkpoint.safetensors"
FORMAT = "structured-agent-distillation-lab checkpoint"
#: What the numbers of a vector are called where they are not finite.
PARTS = {"parameters": "parameters", "firstMoment": "first moment", "secondMoment": "second moment"}


class Checkpoint(NamedTuple):
    """What a file holds; the vectors are mapped from the disk."""

    step: int
    #: λ where the run had one of its own
    weights: Optional[Lambda]
    vectors: Mapping[str, Tensor]


def write_checkpoint(
    path: Union[str, Path],
    step: int,
    weights: Lambda,
    count: int,
    values: Iterable[Tuple[str, str, Tensor]],
    advice: str,
) -> None:
    """
    Writes a checkpoint beside its place and then there; whatever goes wrong, the one before stays.

    :param count: P
    :param values: (vector, parameter, values) as `Optimiser.values` gives them; gone through to the end in
      any case
    :param advice: what to do about numbers that are not finite
    :raises ScaleError: where the disk is full, or a number is not finite
    """
    values = iter(values)

    def write(file: BinaryIO) -> None:
        shapes = [*((vector, torch.float32, [count]) for vector in VECTORS), ("step", torch.float32, [1])]
        file.write(header_of(shapes, {"format": FORMAT, "lambda": javascript_json(weights)}))
        for vector, _, tensor in values:
            if not bool(torch.isfinite(tensor).all()):
                raise ScaleError(
                    f"The {PARTS[vector]} of AdamW’s update at step {step} holds numbers that are not "
                    f"finite: {advice}"
                )
            write_tensor(file, tensor)
        file.write(struct.pack("<f", step))

    try:
        replace_file(path, write)
    finally:
        # Other ranks are at work on them as well.
        for _ in values:
            pass


def read_checkpoint(path: Union[str, Path], count: int) -> Checkpoint:
    """
    :param count: P of the student that is to go on
    :raises ScaleError: for a damaged file, or one of another student
    """
    where = str(path)
    tensors = read_safetensors(path)

    def vector(name: str, size: int) -> Tensor:
        held = math.prod(tensors.shape(name)) if name in tensors else None
        if held != size:
            raise ScaleError(
                f'{where} holds {"nothing" if held is None else f"{held} values"} under "{name}" where this '
                "recipe's student needs "
                f"{size}: it is of another run; name another folder with --out, or leave --resume out to "
                "begin anew."
            )
        tensor = tensors[name]
        if tensor.dtype != torch.float32:
            raise ScaleError(f'{where} holds "{name}" in another type than float32: the file is damaged.')
        return tensor.view(-1)

    step = float(vector("step", 1)[0])
    if not (step >= 0 and step == int(step)):
        raise ScaleError(
            f"{where} holds the step {step:g}, which is no whole number of steps: the file is damaged."
        )
    vectors = {name: vector(name, count) for name in VECTORS}
    stored = tensors.metadata.get("lambda")
    return Checkpoint(int(step), None if stored is None else _weights(stored, where), vectors)


def _weights(stored: Any, where: str) -> Lambda:
    try:
        weights = json.loads(str(stored))
        if all(_is_weight(weights[term]) for term in TERMS):
            return {term: weights[term] for term in TERMS}
    except (ValueError, KeyError, TypeError):
        pass
    raise ScaleError(
        f"{where} holds the weights {stored}, which are not one of 0 or more for each of {', '.join(TERMS)}: "
        "the file is damaged."
    )


def _is_weight(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf
