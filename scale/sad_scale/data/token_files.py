"""
The tokens of all trajectories in files, which all ranks of a machine map into memory and a later run finds
again.
"""

import hashlib
import os
import unicodedata
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Iterator, Optional, Tuple

import torch

from ..cache import once
from ..files import javascript_json
from ..trajectories import Trajectories
from .store import TORCH_TYPES, TYPES, Tokens, TokenStore

#: Changes with what the files hold.
VERSION = 1
#: Trajectories that are made into tokens at a time.
PART = 512
#: Fewer than these are not worth the start of further processes.
MANY = 8192
#: More processes than these would wait for the one that writes.
MOST_PROCESSES = 64


def open_store(
    trajectories: Trajectories,
    tokenizer: Any,
    cache: Path,
    processes: Optional[int] = None,
    heard: Optional[Callable[[int, int], None]] = None,
) -> TokenStore:
    """
    The tokens of all trajectories, from the cache where they have been made before. Several ranks may ask at
    once: one of a machine makes them, the others wait.

    :param processes: how many make them; as many as there are cores where it is left out, one for a small set
    :param heard: told how many of how many trajectories are done
    :raises ScaleError: for a line that is no trajectory, or a cache that cannot be written to
    """
    if processes is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        processes = min(cores, MOST_PROCESSES) if len(trajectories) >= MANY else 1
    if "__reduce__" not in vars(type(tokenizer)):
        # It does not say itself how another process makes the same.
        processes = 1

    def make(folder: Path) -> None:
        files: Dict[str, BinaryIO] = {name: open(folder / name, "wb") for name in TYPES}
        try:
            done = 0
            for columns, count in _parts(trajectories, tokenizer, processes):
                for name, content in columns.items():
                    files[name].write(content)
                done += count
                if heard:
                    heard(done, len(trajectories))
        finally:
            for file in files.values():
                file.close()

    return _mapped(once(cache / f"tokens-{_key(trajectories, tokenizer)}", make))


def _key(trajectories: Trajectories, tokenizer: Any) -> str:
    """Names what decides the tokens: texts, tokenizer, and the Unicode that tells letters from others."""
    told = [VERSION, trajectories.fingerprint, unicodedata.unidata_version, tokenizer.to_json()]
    return hashlib.sha256(javascript_json(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _mapped(folder: Path) -> TokenStore:
    columns = {}
    for name, code in TYPES.items():
        path = folder / name
        dtype = TORCH_TYPES[code]
        size = path.stat().st_size // torch.empty(0, dtype=dtype).element_size()
        columns[name] = torch.from_file(str(path), shared=False, size=size, dtype=dtype)
    return TokenStore(columns)


Part = Tuple[Dict[str, bytes], int]


def _parts(trajectories: Trajectories, tokenizer: Any, processes: int) -> Iterator[Part]:
    """The columns of the trajectories in order, some at a time, and of how many trajectories they are."""
    bounds = [(start, min(start + PART, len(trajectories))) for start in range(0, len(trajectories), PART)]
    if processes <= 1:
        for start, end in bounds:
            yield _columns(trajectories, tokenizer, start, end)
        return
    # Processes that are started anew, not forked: the one that asks may hold a GPU and threads of its own.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (trajectories, tokenizer))
    try:
        yield from pool.map(_work, bounds)
    finally:
        pool.shutdown(cancel_futures=True)


def _columns(trajectories: Trajectories, tokenizer: Any, start: int, end: int) -> Part:
    columns = Tokens.of(trajectories.between(start, end), tokenizer).columns
    return {name: column.tobytes() for name, column in columns.items()}, end - start


_own: Dict[str, Any] = {}


def _begin(trajectories: Trajectories, tokenizer: Any) -> None:
    """What a further process works with."""
    _own["trajectories"] = trajectories
    _own["tokenizer"] = tokenizer


def _work(bounds: Tuple[int, int]) -> Part:
    return _columns(_own["trajectories"], _own["tokenizer"], *bounds)
