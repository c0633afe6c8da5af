"""
Files in the safetensors format (https://github.com/huggingface/safetensors, "Format"): eight bytes of
little-endian header length, a JSON header, then the raw values.
"""

import json
import math
import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterable, Iterator, Sequence, Tuple, Union

import torch
from torch import Tensor

from .errors import ScaleError
from .files import javascript_json, replace_file, write_tensor

TYPES = {
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I32": torch.int32,
    "I64": torch.int64,
    "U8": torch.uint8,
}
NAMES = {dtype: name for name, dtype in TYPES.items()}
#: Far above any header of a model; a larger number means that the file is something else.
LARGEST_HEADER = 100_000_000


def write_safetensors(path: Union[str, Path], tensors: Mapping, metadata: Dict[str, str]) -> None:
    """
    Writes named tensors in their order; a file that was there stays whole until the new one is.

    :param tensors: name -> tensor of one of TYPES, on any device; one is copied to the CPU at a time
    :raises ScaleError: where the disk is full
    """
    head = header_of(((name, tensor.dtype, tensor.shape) for name, tensor in tensors.items()), metadata)

    def write(file: BinaryIO) -> None:
        file.write(head)
        for tensor in tensors.values():
            write_tensor(file, tensor)

    replace_file(path, write)


def header_of(
    tensors: Iterable[Tuple[str, torch.dtype, Sequence[int]]], metadata: Dict[str, str]
) -> bytes:
    """
    What a file begins with, the header's length included.

    :param tensors: names, types (of TYPES) and shapes, in the order in which the values follow
    """
    header: Dict[str, Any] = {"__metadata__": metadata}
    offset = 0
    for name, dtype, shape in tensors:
        end = offset + math.prod(shape) * _width(dtype)
        header[name] = {"dtype": NAMES[dtype], "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = javascript_json(header).encode()
    # Values begin at a multiple of eight.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


class Safetensors(Mapping):
    """
    The tensors of a file by name, mapped from the disk when they are asked for; changing one changes no file.

    `metadata` is what the file says of itself, an empty dictionary where that is nothing.
    """

    def __init__(self, path: Union[str, Path], where: str = ""):
        """
        :param where: how messages name the file; its path by default
        :raises ScaleError: for a file that cannot be read or is damaged
        """
        self.where = where or str(path)
        try:
            with open(path, "rb") as file:
                size = file.seek(0, 2)
                if size < 8:
                    raise self._damaged("it is shorter than eight bytes")
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except OSError as error:
            raise ScaleError(f"{self.where} cannot be read: {error.strerror or error}.")
        (head,) = struct.unpack_from("<Q", self._bytes)
        self._start = 8 + head
        if head > LARGEST_HEADER or self._start > size:
            raise self._damaged("it ends inside its header")
        try:
            header = json.loads(self._bytes[8 : self._start])
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"its header is broken ({error})")
        if not isinstance(header, dict):
            raise self._damaged("its header is no JSON object")
        metadata = header.pop("__metadata__", None)
        self.metadata: Dict[str, Any] = metadata if isinstance(metadata, dict) else {}
        self._entries: Dict[str, dict] = header
        for name in header:
            self._check(name, size - self._start)

    def _check(self, name: str, size: int) -> None:
        entry = self._entries[name]
        if not isinstance(entry, dict):
            raise self._damaged(f'the entry of tensor "{name}" is broken')
        shape, cut = entry.get("shape"), entry.get("data_offsets")
        if not _are_counts(shape) or not _are_counts(cut) or len(cut) != 2:
            raise self._damaged(f'the entry of tensor "{name}" is broken')
        if cut[1] > size:
            raise self._damaged(f'it ends inside tensor "{name}"')
        dtype = TYPES.get(str(entry.get("dtype")))
        if dtype is None:
            return
        if cut[1] - cut[0] != math.prod(shape) * _width(dtype):
            raise self._damaged(f'tensor "{name}" has {cut[1] - cut[0]} bytes for shape {listed(shape)}')

    def shape(self, name: str) -> list:
        """The sides of a tensor, without reading it."""
        return self._entries[name]["shape"]

    def __getitem__(self, name: str) -> Tensor:
        entry = self._entries[name]
        dtype = TYPES.get(str(entry.get("dtype")))
        if dtype is None:
            named = entry.get("dtype")
            kind = named if isinstance(named, str) else "of an unnamed type"
            raise self._damaged(f'tensor "{name}" is {kind}; what is read is {", ".join(TYPES)}')
        start, end = (self._start + at for at in entry["data_offsets"])
        if start == end:
            return torch.empty(entry["shape"], dtype=dtype)
        width = _width(dtype)
        # Values need not lie at a multiple of their size; a copy does.
        source, offset = (
            (self._bytes, start) if start % width == 0 else (bytearray(self._bytes[start:end]), 0)
        )
        flat = torch.frombuffer(source, dtype=dtype, count=(end - start) // width, offset=offset)
        return flat.view(entry["shape"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _damaged(self, what: str) -> ScaleError:
        return ScaleError(f"{self.where} is not a readable safetensors file: {what}.")


def read_safetensors(path: Union[str, Path], where: str = "") -> Safetensors:
    """See `Safetensors`."""
    return Safetensors(path, where)


def _width(dtype: torch.dtype) -> int:
    """Bytes of a value."""
    return torch.empty(0, dtype=dtype).element_size()


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)


def listed(shape: Sequence[int]) -> str:
    """A shape as messages show it."""
    return f"[{','.join(map(str, shape))}]"
