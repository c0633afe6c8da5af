"""What the ranks tell one another while a teacher is made ready, which may take days on a large set."""

from datetime import timedelta
from typing import Optional

import torch.distributed as dist

from ..parallel import Ranks

#: Ranks wait for the slowest of them.
PATIENCE = timedelta(days=14)

_own: Optional[Ranks] = None


def own_ranks() -> Ranks:
    """
    The ranks of this run with a process group of their own, that has the patience; one rank where nobody has
    joined others. All ranks must ask for it.
    """
    global _own
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return Ranks()
    if _own is None:
        group = dist.new_group(backend="gloo", timeout=PATIENCE)
        _own = Ranks(dist.get_rank(), dist.get_world_size(), control=group, gradients=group)
    return _own
