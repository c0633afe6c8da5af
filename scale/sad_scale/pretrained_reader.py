"""Reads texts that are being written with a model of transformers; see `generation.py`."""

from typing import Any, List, Optional

import torch
from torch import Tensor

from .generation import Text, window_start


class PretrainedReader:
    """
    Keeps what its model keeps of texts that began together: they are padded on the left, and those that have
    ended are dropped. Where the model keeps nothing that can be used so, each token reads its whole window
    anew.
    """

    def __init__(self, model: Any, side_by_side: int):
        """:param model: a `pretrained.Pretrained`"""
        self._model = model
        self._most = side_by_side
        #: The texts that `_cache` is of, in its order; none where it is of nothing.
        self._known: List[Text] = []
        self._cache: Any = None
        #: [B, L] 1 where there is a token.
        self._mask: Optional[Tensor] = None
        self._device = model.model.get_output_embeddings().weight.device
        self._caches = model.takes_cache

    def admits(self, _: Text, open_: List[Text]) -> bool:
        """Texts are taken in together, when none is open any more that would have to be read anew for it."""
        return len(open_) < self._most and not self._known

    def release(self, text: Text) -> None:
        """Forgets a text."""
        if text not in self._known:
            return
        kept = [i for i, one in enumerate(self._known) if one is not text]
        self._known = [self._known[i] for i in kept]
        if not kept or not self._select(kept):
            self._cache = None

    def after(self, texts: List[Text]) -> Tensor:
        """[B, V]: logits of the token after each text."""
        moved = False
        for text in texts:
            start = window_start(len(text.ids), self._model.context_length)
            moved = moved or start != text.start
            text.start = start
        windows = [text.ids[text.start :] for text in texts]
        if not self._caches:
            self._known = texts
            return self._anew(windows)
        if self._cache is None or moved or texts != self._known:
            logits = self._begin(windows)
        else:
            logits = self._go_on([[window[-1]] for window in windows])
        self._known = texts
        return logits

    def _begin(self, windows: List[List[int]]) -> Tensor:
        length = max(map(len, windows))
        rows = [[0] * (length - len(window)) + window for window in windows]
        self._cache = None
        self._mask = torch.tensor(
            [[0] * (length - len(window)) + [1] * len(window) for window in windows], device=self._device
        )
        logits = self._read(rows)
        if self._cache is None:
            # It keeps nothing, so that there is nothing to go on from.
            self._caches = False
            return self._anew(windows)
        return logits

    def _go_on(self, rows: List[List[int]]) -> Tensor:
        self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], 1)
        return self._read(rows)

    def _read(self, rows: List[List[int]]) -> Tensor:
        ids = torch.tensor(rows, device=self._device)
        positions = (self._mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        given = {"position_ids": positions} if self._model.takes_positions else {}
        output = self._model.model.base_model(
            input_ids=ids,
            attention_mask=self._mask,
            past_key_values=self._cache,
            use_cache=True,
            return_dict=True,
            **given,
        )
        self._cache = getattr(output, "past_key_values", None)
        return self._model.logits(output.last_hidden_state[:, -1])

    def _anew(self, windows: List[List[int]]) -> Tensor:
        """Padded on the right, where nothing that comes before can see it."""
        length = max(map(len, windows))
        ids = torch.tensor([window + [0] * (length - len(window)) for window in windows], device=self._device)
        lasts = torch.tensor([len(window) - 1 for window in windows], device=self._device)
        hidden = self._model.hidden(ids)
        return self._model.logits(hidden[torch.arange(len(windows), device=self._device), lasts])

    def _select(self, kept: List[int]) -> bool:
        """Keeps some rows of the cache; false where it cannot."""
        if self._cache is None:
            return False
        rows = torch.tensor(kept, device=self._device)
        self._mask = self._mask[rows]
        if isinstance(self._cache, tuple):
            self._cache = tuple(tuple(part[rows] for part in layer) for layer in self._cache)
        elif hasattr(self._cache, "batch_select_indices"):
            self._cache.batch_select_indices(rows)
        else:
            self._cache.reorder_cache(rows)
        return True
