"""Students and teachers that are causal language models of Hugging Face transformers (4.40 or later)."""

import inspect
import math
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Set, Tuple, Union

import torch
from torch import Tensor, nn

from .attention import segment_mask
from .errors import ScaleError
from .files import replace_files
from .hf_tokenizer import HfTokenizer
from .pretrained_reader import PretrainedReader

#: Where configurations keep the longest row that a model reads.
CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "seq_length", "max_seq_len")
#: Of a model that is linear or convolutional in time and so knows no longest row.
UNBOUNDED = 1 << 20


def read_pretrained(
    path: Union[str, Path], dtype: torch.dtype = torch.float32
) -> Tuple["Pretrained", HfTokenizer]:
    """
    Reads a folder, or what a name stands for where transformers can find it.

    :return: the model without dropout, as the lab trains, and its tokenizer
    :raises ScaleError: where transformers cannot read it, or it is no causal language model that sad_scale
        can drive
    """
    from transformers import AutoConfig, AutoModelForCausalLM, __version__
    from transformers.utils import logging

    # Each rank would draw bars of its own.
    logging.disable_progress_bar()
    kind = "torch_dtype" if __version__.startswith("4.") else "dtype"
    try:
        config = AutoConfig.from_pretrained(str(path))
        for name, value in config.to_dict().items():
            if ("dropout" in name or name.endswith("_pdrop")) and isinstance(value, float):
                setattr(config, name, 0.0)
        model = AutoModelForCausalLM.from_pretrained(str(path), config=config, **{kind: dtype})
    except Exception as error:
        raise ScaleError(
            f"{path}: transformers reads no causal language model there ({error}).".replace("\n", " ")
        )
    tokenizer = HfTokenizer.read(path)
    student = Pretrained(model, str(path))
    if tokenizer.vocabulary_size > student.vocabulary_size:
        raise ScaleError(
            f"{path}: its tokenizer has {tokenizer.vocabulary_size} tokens, its model only "
            f"{student.vocabulary_size}."
        )
    return student, tokenizer


class Pretrained(nn.Module):
    """A model of transformers with the interface of `model.Gpt`."""

    def __init__(self, model: Any, where: str):
        """:raises ScaleError: where its predictions are not its head's of its last hidden states"""
        super().__init__()
        self.model = model
        self._where = where
        config = model.config
        found = [getattr(config, key, None) for key in CONTEXT_KEYS]
        self.context_length: int = next((length for length in found if isinstance(length, int)), UNBOUNDED)
        self.vocabulary_size: int = model.get_output_embeddings().weight.shape[0]
        parameters = inspect.signature(model.base_model.forward).parameters
        self.takes_positions = "position_ids" in parameters
        self.takes_mask = "attention_mask" in parameters
        self.takes_cache = self.takes_mask and "past_key_values" in parameters
        self._packed_form: Optional[int] = None
        self._check_head()

    def hidden(
        self,
        ids: Tensor,
        segments: Optional[Tensor] = None,
        positions: Optional[Tensor] = None,
        recompute: bool = False,
    ) -> Tensor:
        """
        As `Gpt.hidden`: ids [B, T] -> [B, T, D].

        :raises ScaleError: for rows of several windows where this architecture cannot keep them apart
        """
        if recompute != getattr(self.model, "is_gradient_checkpointing", False):
            self._switch_recomputing(recompute)
        given: Dict[str, Any] = {}
        if positions is not None and self.takes_positions:
            given["position_ids"] = positions
        if segments is not None:
            given["attention_mask"] = self._window_mask(segments)
        return self._states(ids, given)

    forward = hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [.., D] -> [.., V], with what some architectures do to them behind the head."""
        config = self.model.config
        logits = self.model.get_output_embeddings()(hidden)
        # Cohere's factor, Granite's divisor, Gemma 2's soft cap.
        logits = logits * (getattr(config, "logit_scale", None) or 1)
        logits = logits / (getattr(config, "logits_scaling", None) or 1)
        cap = getattr(config, "final_logit_softcapping", None)
        return cap * torch.tanh(logits / cap) if cap else logits

    def decayed(self) -> Set[str]:
        """Names of the parameters that weight decay touches: matrices that are no embeddings."""
        tables = {id(one.weight) for one in self.model.modules() if isinstance(one, nn.Embedding)}
        return {name for name, one in self.named_parameters() if one.dim() == 2 and id(one) not in tables}

    def reader(self, side_by_side: int) -> PretrainedReader:
        """Reads texts that are being written; see `generation.py`."""
        return PretrainedReader(self, side_by_side)

    def save(self, folder: Path, tensors: Optional[Mapping[str, Tensor]] = None) -> None:
        """
        Writes the model's files as transformers does, each replaced as a whole.

        :param tensors: its parameters by name, where the model itself does not hold all of them
        :raises ScaleError: where the disk is full
        """
        state = None
        if tensors is not None:
            # A dictionary of names without this module's own in front, tied ones among them.
            own = {name[len("model.") :]: value.detach().cpu() for name, value in tensors.items()}
            names = {id(value): name for name, value in self.model.named_parameters()}
            state = {
                name: own[names.get(id(value), name)]
                for name, value in self.model.state_dict(keep_vars=True).items()
                if names.get(id(value), name) in own
            }
        given = {"state_dict": state} if state is not None else {}
        replace_files(folder, lambda part: self.model.save_pretrained(part, safe_serialization=True, **given))

    def _states(self, ids: Tensor, given: Dict[str, Any]) -> Tensor:
        return self.model.base_model(
            input_ids=ids, use_cache=False, return_dict=True, **given
        ).last_hidden_state

    def _switch_recomputing(self, recompute: bool) -> None:
        if recompute:
            if not self.model.supports_gradient_checkpointing:
                raise ScaleError(
                    f"{self._where}: this architecture cannot recompute; set recompute to false."
                )
            self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        else:
            self.model.gradient_checkpointing_disable()

    @torch.no_grad()
    def _check_head(self) -> None:
        """
        Of an architecture that is not known here, whether hidden states and head give its own predictions.
        """
        ids = self._some_ids(4)[None]
        self.model.eval()
        wanted = self.model(input_ids=ids, use_cache=False, return_dict=True).logits.float()
        own = self.logits(self._states(ids, {})).float()
        self.model.train()
        if not _close(own, wanted):
            kind = getattr(self.model.config, "model_type", "unknown")
            raise ScaleError(
                f"{self._where}: the architecture {kind} does more to its predictions than its head, "
                "which sad_scale does not know."
            )

    def _some_ids(self, count: int) -> Tensor:
        device = self.model.get_output_embeddings().weight.device
        return (torch.arange(count, device=device) * 7 + 3) % self.vocabulary_size

    def _window_mask(self, segments: Tensor) -> Tensor:
        """
        A mask by which no window of a row sees another, in the form that this architecture takes it: learned
        by trying whether two windows side by side have the hidden states that each has alone.
        """
        window = getattr(self.model.config, "sliding_window", None)
        if window and getattr(self.model.config, "use_sliding_window", True) and segments.shape[1] > window:
            raise self._cannot_pack(f"it looks back only {window} tokens")
        if self._packed_form is None:
            self._packed_form = next(filter(self._keeps_apart, range(len(MASK_FORMS))), None)
        if self._packed_form is None:
            raise self._cannot_pack("it keeps windows of a row apart by no mask")
        return MASK_FORMS[self._packed_form](segment_mask(segments), self._dtype())

    @torch.no_grad()
    def _keeps_apart(self, form: int) -> bool:
        if not self.takes_mask or not self.takes_positions:
            return False
        ids = self._some_ids(9)[None]
        segments = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1, 1]], device=ids.device)
        positions = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3, 4]], device=ids.device)
        mask = MASK_FORMS[form](segment_mask(segments), self._dtype())
        training = self.model.training
        self.model.eval()
        try:
            packed = self._states(ids, {"attention_mask": mask, "position_ids": positions})
            alone = torch.cat([self._states(ids[:, :4], {}), self._states(ids[:, 4:], {})], 1)
        except Exception:
            # Not a form that this architecture takes.
            return False
        finally:
            self.model.train(training)
        return _close(packed.float(), alone.float())

    def _dtype(self) -> torch.dtype:
        return self.model.get_input_embeddings().weight.dtype

    def _cannot_pack(self, why: str) -> ScaleError:
        kind = getattr(self.model.config, "model_type", "unknown")
        return ScaleError(
            f"{self._where}: rows of several windows (data.packing) are not possible with the architecture "
            f"{kind}, as {why}: set data.packing to false."
        )


#: Forms of a mask [B, 1, T, T] that is true where a query may look.
MASK_FORMS = (
    lambda mask, dtype: torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(
        ~mask, torch.finfo(dtype).min
    ),
    lambda mask, dtype: mask,
    lambda mask, dtype: mask.to(dtype),
)


def _close(ours: Tensor, theirs: Tensor) -> bool:
    """Equal but for rounding, which in bfloat16 is coarse."""
    most = theirs.abs().max().item()
    return math.isfinite(most) and (ours - theirs).abs().max().item() <= 0.03 * max(most, 1e-3)
