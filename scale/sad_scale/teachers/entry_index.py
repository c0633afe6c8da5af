"""Finding trajectories in a file of captured ones."""

import os
from typing import Callable, Iterator, List, Optional, Tuple

import torch

from ..errors import ScaleError
from .capture_format import HASH_BYTES, entry_bytes


class EntryIndex:
    """
    Where the trajectories of a file lie, by their hashes; of those that stand twice the last, as in the lab.
    """

    def __init__(
        self,
        file: int,
        start: int,
        size: int,
        k: int,
        width: int,
        broken: Optional[Callable[[str], ScaleError]] = None,
    ):
        """
        :param file: a descriptor of the file, whose trajectories lie in [start, size)
        :param broken: makes the error of a file that ends inside a trajectory; without it what follows the
            last whole one is left aside, as it is in a file that was being written
        """
        self._file = file
        hashes: List[bytes] = []
        places: List[int] = []
        lengths: List[int] = []
        at = start
        while at < size:
            head = os.pread(file, HASH_BYTES + 4, at)
            n = int.from_bytes(head[HASH_BYTES:], "little") if len(head) == HASH_BYTES + 4 else 0
            end = at + entry_bytes(n, k, width) if n else size + 1
            if end > size:
                if broken is None:
                    break
                raise broken(f"ends inside trajectory {len(places) + 1}")
            hashes.append(head[:8])
            places.append(at)
            lengths.append(n)
            at = end
        #: Where the last whole trajectory ends.
        self.end = at
        #: Of all trajectories, end-of-text included.
        self.tokens = sum(lengths)
        keys = (
            torch.frombuffer(bytearray(b"".join(hashes)), dtype=torch.int64)
            if hashes
            else torch.empty(0).long()
        )
        self._keys, order = torch.sort(keys, stable=True)
        self._in_order = torch.tensor(places, dtype=torch.int64)
        self._places = self._in_order[order]
        self._lengths = torch.tensor(lengths, dtype=torch.int64)[order]

    def __len__(self) -> int:
        return len(self._keys)

    def hashes(self) -> Iterator[bytes]:
        """Of every trajectory, in the order of the file."""
        for at in self._in_order:
            yield os.pread(self._file, HASH_BYTES, int(at))

    def find(self, hash_: bytes) -> Optional[Tuple[int, int]]:
        """Where a trajectory begins in the file, and its number of tokens."""
        key = int.from_bytes(hash_[:8], "little", signed=True)
        at = int(torch.searchsorted(self._keys, key, right=True)) - 1
        # Others may begin with the same eight bytes, though it would be a wonder.
        while at >= 0 and int(self._keys[at]) == key:
            place = int(self._places[at])
            if os.pread(self._file, HASH_BYTES, place) == hash_:
                return place, int(self._lengths[at])
            at -= 1
        return None
