"""Which trajectories are kept out of training (workers/dataset/split.ts)."""

import math
from typing import List, Tuple

from ..random import Random


def split_held_out(count: int, share: float, seed: int) -> Tuple[List[int], List[int]]:
    """
    Whole trajectories only, so that no row of a held-out one is ever trained on. A function of its arguments
    alone.

    :param share: 0 … 1; above 0 at least one trajectory is held out where there are two or more, and never
      all
    :return: indices for training and held-out ones, rising
    """
    size = 0
    if share > 0 and count >= 2:
        # Halves are rounded up, as Math.round does.
        size = min(max(math.floor(count * share + 0.5), 1), count - 1)
    shuffled = Random(seed).fork("held-out").shuffle(range(count))
    return sorted(shuffled[size:]), sorted(shuffled[:size])
