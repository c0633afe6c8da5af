"""
The layout of a capture, a teacher's log-probabilities of whole trajectories in one file
(workers/teacher/captureFormat.ts describes it byte by byte), and numbers to and from its bytes. All numbers
are little-endian.
"""

import ctypes
import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from ..javascript import utf8

MAGIC = b"SADLOGP1"
PREAMBLE = 16
HASH_BYTES = 32
FORMAT = "structured-agent-distillation-lab log-probabilities"


@dataclass(frozen=True)
class CapturedTrajectory:
    """What a teacher thought of one trajectory of n tokens, end-of-text the last."""

    #: [n] int32
    ids: Tensor
    #: [n - 1] float32, nats: of the tokens from the second on
    written: Tensor
    #: [n - 1, k] int32, the likeliest first
    top_ids: Tensor
    #: [n - 1, k] float32
    top: Tensor


def content_hash(text: str) -> bytes:
    """
    The key by which what belongs to a text finds it again: SHA-256 of its UTF-8
    (workers/trajectories/contentHash.ts).
    """
    return hashlib.sha256(utf8(text)).digest()


def id_bytes(vocabulary_size: int) -> int:
    """Bytes that an id takes."""
    return 2 if vocabulary_size <= 2**16 else 4


def bytes_per_token(k: int, vocabulary_size: int) -> int:
    """Bytes that a token takes, of a long trajectory."""
    return (k + 1) * (id_bytes(vocabulary_size) + 2)


def entry_bytes(n: int, k: int, width: int) -> int:
    """Bytes that a trajectory of n tokens takes; `width`: of an id."""
    return HASH_BYTES + 4 + n * width + (n - 1) * 2 + (n - 1) * k * (width + 2)


def pack_entry(hash_: bytes, entry: CapturedTrajectory, width: int) -> bytes:
    """One trajectory as it lies in the file."""
    n = len(entry.ids)
    return b"".join(
        [
            hash_,
            n.to_bytes(4, "little"),
            _pack_ids(entry.ids, width),
            _bytes_of(entry.written.to(torch.float16)),
            _pack_ids(entry.top_ids, width),
            _bytes_of(entry.top.to(torch.float16)),
        ]
    )


def unpack_entry(entry: bytes, n: int, k: int, width: int) -> CapturedTrajectory:
    """The inverse of `pack_entry`, numbers unchecked."""
    buffer = bytearray(entry)
    at = HASH_BYTES + 4

    def taken(count: int, dtype: torch.dtype, size: int) -> Tensor:
        nonlocal at
        at += count * size
        if count == 0:
            return torch.empty(0, dtype=dtype)
        return torch.frombuffer(buffer[at - count * size : at], dtype=dtype)

    def ids(count: int) -> Tensor:
        # 16 bits are read as signed ones, which is all that older versions of PyTorch know.
        return taken(count, torch.int32, 4) if width == 4 else taken(count, torch.int16, 2).int() & 0xFFFF

    own = ids(n)
    written = taken(n - 1, torch.float16, 2).float()
    top_ids = ids((n - 1) * k).view(n - 1, k)
    top = taken((n - 1) * k, torch.float16, 2).float().view(n - 1, k)
    return CapturedTrajectory(own, written, top_ids, top)


def _pack_ids(ids: Tensor, width: int) -> bytes:
    ids = ids.to(torch.int32).contiguous().view(-1)
    if width == 2:
        # The lower halves of the little-endian numbers.
        ids = ids.view(torch.int16).view(-1, 2)[:, 0].contiguous()
    return _bytes_of(ids)


def _bytes_of(values: Tensor) -> bytes:
    values = values.contiguous()
    return (
        ctypes.string_at(values.data_ptr(), values.numel() * values.element_size()) if values.numel() else b""
    )
