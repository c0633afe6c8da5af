"""
The ranks of a run, as torchrun starts them: who they are, what they add up, and how they end together.

Numbers that the host needs (counts, whether to stop, what went wrong) go over gloo; gradients and sums over
nccl where there are GPUs. Everything here works on one rank without torchrun as well, where nothing is sent.
"""

import ctypes
import json
import os
import platform
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Callable, Dict, List, Optional, Sequence, TypeVar

import torch
from torch import Tensor

from .errors import ScaleError

Result = TypeVar("Result")

#: How long a rank waits for another one before it gives up.
TIMEOUT = timedelta(minutes=30)


class Agreed(ScaleError):
    """An error that all ranks raise alike, so that one of them prints it."""


class RankLost(ScaleError):
    """Another rank does not answer any more; what it had to say it has said itself."""


@dataclass
class Ranks:
    """Who this process is among those of the run, and what it does together with the others."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")
    #: The process group for what lies on `device`, and the one for the host; None on one rank.
    gradients: Any = None
    control: Any = None

    @property
    def is_first(self) -> bool:
        """Whether this rank writes the files."""
        return self.rank == 0

    @property
    def computed_by(self) -> Dict[str, str]:
        """What computes, in the lab's words."""
        is_gpu = self.device.type == "cuda"
        return {
            "backend": self.device.type,
            "engine": f"PyTorch {torch.__version__}",
            "adapter": (
                torch.cuda.get_device_name(self.device) if is_gpu else platform.processor() or platform.machine()
            ),
        }

    def share(self, count: int) -> range:
        """This rank's part of `count` things in order; the parts differ by one at most."""
        return range(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def most(self, count: int) -> int:
        """The size of the largest share of any rank."""
        return -(-count // self.size)

    def add(self, values: Tensor) -> Tensor:
        """The sum over the ranks, in place; `values` is on `device`."""
        if self.size > 1:
            self._send(lambda dist: dist.all_reduce(values, group=self.gradients))
        return values

    def add_numbers(self, values: Sequence[float]) -> List[float]:
        """The sums over the ranks, in float64, without waiting for the GPU."""
        if self.size == 1:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64)
        self._send(lambda dist: dist.all_reduce(sums, group=self.control))
        return sums.tolist()

    def spread(self, values: Tensor) -> Tensor:
        """The first rank's values, in place; `values` is on `device`."""
        if self.size > 1:
            self._send(lambda dist: dist.broadcast(values, 0, group=self.gradients))
        return values

    def gather(self, value: Any) -> List[Any]:
        """
        What every rank has, by rank.

        :param value: anything that JSON can hold
        """
        if self.size == 1:
            return [value]
        text = json.dumps(value).encode()
        lengths = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
        self._send(lambda dist: dist.all_gather(lengths, torch.tensor([len(text)]), group=self.control))
        longest = max(int(length) for length in lengths)
        own = torch.frombuffer(bytearray(text.ljust(longest)), dtype=torch.uint8)
        texts = [torch.empty(longest, dtype=torch.uint8) for _ in range(self.size)]
        self._send(lambda dist: dist.all_gather(texts, own, group=self.control))
        return [json.loads(ctypes.string_at(one.data_ptr(), longest)) for one in texts]

    def together(self, work: Callable[[], Result]) -> Result:
        """
        Does something that may go wrong on any rank, and goes on only where it went well on all.

        :raises Agreed: on every rank, with what the first rank in trouble had to say
        """
        problem, result = None, None
        try:
            result = work()
        except Exception as error:
            problem = sentence_of(error)
            if problem is None or isinstance(error, RankLost):
                raise
        self.agree(problem)
        return result  # type: ignore[return-value]

    def agree(self, problem: Optional[str]) -> None:
        """
        :param problem: what is wrong on this rank, if anything is
        :raises Agreed: where anything is wrong on any
        """
        told = [one for one in self.gather(problem) if one is not None]
        if told:
            raise Agreed(told[0])

    def _send(self, work: Callable[[Any], Any]) -> None:
        import torch.distributed as dist

        try:
            work(dist)
        except RuntimeError as error:
            raise RankLost(lost(error)) from error

    def close(self) -> None:
        """Takes leave of the others; after it nothing can be sent."""
        if self.size > 1:
            import torch.distributed as dist

            dist.destroy_process_group()


def lost(error: BaseException) -> str:
    """What to say where a rank does not answer."""
    return (
        "Another rank has ended or does not answer; what it said stands above, and --resume goes on from the "
        f"last checkpoint ({str(error).splitlines()[0][:200] if str(error) else type(error).__name__})."
    )


def sentence_of(error: BaseException) -> Optional[str]:
    """What a person can do about an error; None for one that is the program's own fault."""
    if isinstance(error, ScaleError):
        return str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    memory = getattr(torch.cuda, "OutOfMemoryError", ())
    if isinstance(error, (MemoryError, memory)) or "can't allocate memory" in str(error):
        return (
            "There is no room in memory for this run: raise accumulate in the recipe or set recompute, give "
            "--shard or --precision bfloat16, or start more ranks."
        )
    return None


def open_ranks(device: str = "auto", timeout: timedelta = TIMEOUT) -> Ranks:
    """
    Joins the ranks that torchrun has started, or stands alone where it has not.

    :param device: "auto" takes a GPU where there is one, "cpu", or "cuda"
    :raises ScaleError: where a rank would be without a GPU, or the others do not answer
    """
    size = int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1
    if size == 1:
        chosen, problem = _device(device)
        if problem:
            raise ScaleError(problem)
        return Ranks(device=chosen)
    import torch.distributed as dist

    if not dist.is_available():
        raise ScaleError(
            "This PyTorch was built without torch.distributed: install one that has it, or start one rank."
        )
    try:
        dist.init_process_group("gloo", timeout=timeout)
    except (RuntimeError, ValueError) as error:
        raise RankLost(lost(error)) from error
    ranks = Ranks(int(os.environ["RANK"]), size, control=dist.group.WORLD, gradients=dist.group.WORLD)
    chosen, problem = _device(device)
    ranks.agree(problem)
    kinds = ranks.gather([socket.gethostname(), chosen.type])
    if len({kind for _, kind in kinds}) > 1:
        without = next(host for host, kind in kinds if kind == "cpu")
        raise Agreed(
            f"There are GPUs on some machines and PyTorch finds none on {without}: leave that machine out, "
            "or give --device cpu."
        )
    ranks.device = chosen
    if chosen.type == "cuda":
        ranks.gradients = dist.new_group(backend="nccl", timeout=timeout)
    return ranks


def _device(wished: str):
    """The device of this rank, and what is wrong with it if anything is."""
    cpu = torch.device("cpu")
    if wished == "cpu" or (wished == "auto" and not torch.cuda.is_available()):
        return cpu, None
    host = socket.gethostname()
    if not torch.cuda.is_available():
        return (
            cpu,
            f"PyTorch {torch.__version__} finds no GPU on {host}: give --device cpu, or install PyTorch for "
            "CUDA.",
        )
    local, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    started = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if started > count:
        return cpu, (
            f"torchrun started {started} ranks on {host}, where PyTorch finds {count} GPUs, so that a rank "
            "would be without one: give torchrun "
            f"--nproc-per-node={count}, or --device cpu to train without GPUs."
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local), None
