"""The lab's random generator, number for number (workers/random.ts)."""

import math
from typing import List, Sequence, TypeVar

import torch

Item = TypeVar("Item")

MASK = 0xFFFFFFFF
#: What the state of mulberry32 grows by with every number.
INCREMENT = 0x6D2B79F5


class Random:
    """mulberry32: seeded, 32 bits of state, the same numbers on every machine. Not for cryptography."""

    def __init__(self, seed: int):
        self.state = seed & MASK

    def next(self) -> float:
        """A number in [0, 1) with 32 random bits."""
        self.state = (self.state + INCREMENT) & MASK
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & MASK
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & MASK
        return (t ^ (t >> 14)) / 4294967296

    def below(self, bound: int) -> int:
        """An integer in [0, bound)."""
        return math.floor(self.next() * bound)

    def normals(self, count: int) -> torch.Tensor:
        """
        Draws from the normal distribution with mean 0 and standard deviation 1 (Box-Muller), all at once.

        :return: [count] float64; the same numbers as `count` calls of `normal()` in the lab, to the last digits
        """
        drawn = self._many(2 * count).view(count, 2)
        radius = torch.sqrt(-2 * torch.log(1 - drawn[:, 0]))
        return radius * torch.cos(2 * math.pi * drawn[:, 1])

    def _many(self, count: int) -> torch.Tensor:
        """[count] float64: the next numbers. The state is a sum, so that all of them are known from the first."""
        steps = torch.arange(1, count + 1, dtype=torch.int64)
        t = (self.state + steps * INCREMENT) & MASK
        self.state = (self.state + count * INCREMENT) & MASK
        # Products of two 32-bit numbers run over 63 bits; what runs over does not reach the low 32 that are kept.
        t = ((t ^ (t >> 15)) * (t | 1)) & MASK
        t = t ^ ((t + (t ^ (t >> 7)) * (t | 61)) & MASK)
        return (t ^ (t >> 14)).double() / 4294967296

    def shuffle(self, items: Sequence[Item]) -> List[Item]:
        """A shuffled copy (Fisher-Yates)."""
        copy = list(items)
        for i in range(len(copy) - 1, 0, -1):
            j = self.below(i + 1)
            copy[i], copy[j] = copy[j], copy[i]
        return copy

    def fork(self, label: str) -> "Random":
        """A generator of its own for a named purpose, so that drawing more in one place moves no other."""
        hash_ = self.state ^ 0x811C9DC5
        # By UTF-16 code units, as JavaScript counts characters.
        units = label.encode("utf-16-le", "surrogatepass")
        for low, high in zip(units[::2], units[1::2]):
            hash_ = ((hash_ ^ (low | high << 8)) * 0x01000193) & MASK
        return Random(hash_)
