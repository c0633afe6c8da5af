"""
How a student is spread over the ranks: alone, a copy on each (DistributedDataParallel), or a part on each
(FSDP2's `fully_shard`, of current PyTorch).
"""

from contextlib import contextmanager, nullcontext
from typing import Any, Callable, Iterator, List, TypeVar

import torch
from torch import nn

from .errors import ScaleError
from .parallel import Ranks

Result = TypeVar("Result")


class Held(nn.Module):
    """
    A student behind one `forward`, which is where DDP and FSDP come in: it is called with the work to do on
    it.
    """

    def __init__(self, student: nn.Module):
        super().__init__()
        self.student = student

    def forward(self, work: Callable[[nn.Module], Result]) -> Result:
        return work(self.student)


class Engine:
    """A student on the ranks' devices."""

    def __init__(self, student: nn.Module, ranks: Ranks, shard: bool = False, half: bool = False):
        """
        :param shard: keeps a part of each parameter, and of its moments, on each rank
        :param half: computes in bfloat16; parameters, moments and sums stay float32
        :raises ScaleError: where this PyTorch cannot shard
        """
        self.ranks = ranks
        self.half = half
        self.student = student
        self.held = Held(student)
        self.sharded = shard and ranks.size > 1
        self.runner: nn.Module = self.held
        if self.sharded:
            _shard(self.held, ranks, half)
        else:
            student.to(ranks.device)
            if ranks.size > 1:
                self.runner = nn.parallel.DistributedDataParallel(
                    self.held,
                    device_ids=[ranks.device.index] if ranks.device.type == "cuda" else None,
                    process_group=ranks.gradients,
                    gradient_as_bucket_view=True,
                )

    def autocast(self):
        """The precision that the student computes in."""
        return torch.autocast(self.ranks.device.type, torch.bfloat16, enabled=self.half)

    def learn(self, work: Callable[[nn.Module], Result], *, last: bool) -> Result:
        """
        Work whose way back reaches the parameters.

        :param last: whether gradients are to be added over the ranks with it; those before wait for it
        """
        waiting = not last and isinstance(self.runner, nn.parallel.DistributedDataParallel)
        with self.runner.no_sync() if waiting else nullcontext(), self.autocast():
            return self.runner(work)

    def measure(self, work: Callable[[nn.Module], Result]) -> Result:
        """Work that asks for no gradient of the parameters; every rank does as much of it."""
        with self.autocast():
            return self.held(work)

    @contextmanager
    def whole(self) -> Iterator[nn.Module]:
        """
        The student for work of which each rank does as much as it likes, such as writing; nothing is learned
        from it.
        """
        if not self.sharded:
            with torch.no_grad(), self.autocast():
                yield self.student
            return
        parts = _sharded_modules(self.held)
        for part in parts:
            part.set_reshard_after_forward(False)
            part.unshard()
        try:
            with torch.no_grad(), self.autocast():
                yield self.student
        finally:
            for part in parts:
                part.reshard()
                part.set_reshard_after_forward(part is not self.held)


def _shard(held: Held, ranks: Ranks, half: bool) -> None:
    try:
        from torch.distributed.device_mesh import DeviceMesh
        from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
    except ImportError:
        raise ScaleError(
            f"--shard needs fully_shard, which PyTorch {torch.__version__} does not have: install PyTorch "
            "2.6 or later, or leave --shard out."
        ) from None
    mesh = DeviceMesh.from_group(ranks.gradients, ranks.device.type)
    policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32, cast_forward_inputs=False) if half else None
    given = {"mp_policy": policy} if policy else {}
    for block in _blocks(held.student):
        fully_shard(block, mesh=mesh, **given)
    fully_shard(held, mesh=mesh, reshard_after_forward=False, **given)


def _blocks(student: nn.Module) -> List[nn.Module]:
    """A student's layers: the list of modules that holds most parameters."""
    lists = [module for module in student.modules() if isinstance(module, nn.ModuleList) and len(module) > 0]
    if not lists:
        return []
    return list(max(lists, key=lambda blocks: sum(one.numel() for one in blocks.parameters())))


def _sharded_modules(held: Held) -> List[Any]:
    return [module for module in held.modules() if hasattr(module, "unshard")]
