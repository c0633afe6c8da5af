"""
AdamW as the lab has it (workers/kernels/trainable): decoupled decay (Loshchilov and Hutter 2017, arXiv
1711.05101) of the matrices alone, after clipping by the global norm with the factor min(1, clip / (norm +
1e-6)).
"""

from typing import Dict, Iterator, List, Mapping, Tuple

import torch
from torch import Tensor, nn

from .parallel import Ranks

BETAS = (0.9, 0.999)
EPSILON = 1e-8

#: The vectors of a checkpoint: parameters, and the two moments under their names in torch.optim.AdamW.
VECTORS = {"parameters": None, "firstMoment": "exp_avg", "secondMoment": "exp_avg_sq"}


def local(tensor: Tensor) -> Tensor:
    """This rank's part of a tensor that may be sharded."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


class Optimiser:
    """The optimiser of a student's parameters, sharded or whole, and all that a checkpoint holds of both."""

    def __init__(self, student: nn.Module, ranks: Ranks, weight_decay: float, clip_norm: float):
        """
        :param student: its parameters are in the order of checkpoints; `decayed()` names those that weight
          decay touches
        :param clip_norm: largest global norm; 0 means no clipping
        """
        self.ranks = ranks
        self.clip_norm = clip_norm
        self.named: Dict[str, nn.Parameter] = dict(student.named_parameters())
        self.sharded = any(hasattr(parameter, "to_local") for parameter in self.named.values())
        decayed = student.decayed()
        groups = [
            {
                "params": [self.named[name] for name in self.named if name in decayed],
                "weight_decay": weight_decay,
            },
            {"params": [self.named[name] for name in self.named if name not in decayed], "weight_decay": 0.0},
        ]
        # Of several implementations the one that reads and writes memory once.
        fast = {"fused": True} if ranks.device.type == "cuda" and torch.__version__ >= "2" else {}
        self.adamw = torch.optim.AdamW(
            [group for group in groups if group["params"]], betas=BETAS, eps=EPSILON, **fast
        )

    def update(self, learning_rate: float) -> Tensor:
        """
        One step by the gradients, which it uses up.

        :return: scalar float64 on the device: the norm of the gradient before clipping
        """
        gradients = [local(one.grad) for one in self.named.values() if one.grad is not None]
        norms = torch.stack([torch.linalg.vector_norm(gradient.float()) for gradient in gradients])
        squares = norms.double().square().sum()
        norm = (self.ranks.add(squares) if self.sharded else squares).sqrt()
        if self.clip_norm > 0:
            factor = (self.clip_norm / (norm + 1e-6)).clamp(max=1)
            for gradient in gradients:
                gradient.mul_(factor.to(gradient.dtype))
        for group in self.adamw.param_groups:
            group["lr"] = learning_rate
        self.adamw.step()
        self.adamw.zero_grad(set_to_none=True)
        return norm

    @property
    def parameter_count(self) -> int:
        """P, of the whole student."""
        return sum(parameter.numel() for parameter in self.named.values())

    def values(self) -> Iterator[Tuple[str, str, Tensor]]:
        """
        (vector, parameter's name, its values whole, float32, on the CPU of the first rank) by vector and
        parameter. Every rank has to go through all of it: where the student is sharded each value is put
        together on the way.
        """
        for vector, moment in VECTORS.items():
            for name, parameter in self.named.items():
                value = parameter.detach() if moment is None else self._moment(parameter, moment)
                whole = value.full_tensor() if hasattr(value, "full_tensor") else value
                yield vector, name, whole.float().cpu() if self.ranks.is_first else whole

    def parameters_whole(self) -> Dict[str, Tensor]:
        """The parameters by name on the CPU of the first rank, nothing elsewhere; every rank calls it."""
        wholes: Dict[str, Tensor] = {}
        for vector, name, whole in self.values():
            if vector != "parameters":
                break
            if self.ranks.is_first:
                wholes[name] = whole
        return wholes

    def _moment(self, parameter: nn.Parameter, moment: str) -> Tensor:
        """0 before the first step."""
        value = self.adamw.state[parameter].get(moment)
        return torch.zeros_like(parameter.detach()) if value is None else value

    @torch.no_grad()
    def load(self, step: int, vectors: Mapping[str, Tensor]) -> None:
        """
        Takes the first rank's values for those of all.

        :param step: optimiser steps taken
        :param vectors: [P] each by the names of VECTORS, looked into on the first rank alone
        """
        for vector, moment in VECTORS.items():
            offset = 0
            for parameter in self.named.values():
                size = parameter.numel()
                whole = torch.empty(parameter.shape, dtype=torch.float32, device=self.ranks.device)
                if self.ranks.is_first:
                    whole.view(-1).copy_(vectors[vector][offset : offset + size])
                offset += size
                self.ranks.spread(whole)
                if moment is None:
                    local(parameter).copy_(self._own(whole, parameter))
                    continue
                state = self.adamw.state[parameter]
                state["step"] = torch.tensor(float(step), device=self._step_device())
                state[moment] = torch.zeros_like(parameter)
                local(state[moment]).copy_(self._own(whole, parameter))

    def _step_device(self) -> torch.device:
        """Where AdamW counts its steps."""
        fused = self.adamw.param_groups[0].get("fused")
        return self.ranks.device if fused else torch.device("cpu")

    def _own(self, whole: Tensor, parameter: nn.Parameter) -> Tensor:
        """
        This rank's part of a value, cut as the parameter is: in equal parts along the first axis, the last
        shorter.
        """
        if not hasattr(parameter, "to_local"):
            return whole
        parts: List[Tensor] = list(whole.chunk(self.ranks.size, 0))
        own = parts[self.ranks.rank] if self.ranks.rank < len(parts) else whole[:0]
        assert own.shape == local(parameter).shape, "the parameter is sharded in another way"
        return own
