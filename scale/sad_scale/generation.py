"""
Texts that a model writes token by token, many side by side (workers/models/generate.ts): the same tokens for
the same seed as in the lab, whatever else is written beside.
"""

import math
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Callable, List, Optional, Sequence

import torch
from torch import Tensor

from .model import Gpt
from .random import Random
from .sampling import check_sampling, draw, sample

#: Texts side by side at most, and values in all keys and values of a cache.
MOST_TEXTS = 256
MOST_CACHE_ELEMENTS = 1 << 28
#: Elements in the widest array of a pass at most; where there is more to read it takes several passes.
MOST_PASS_ELEMENTS = 1 << 24

#: Hears texts that have grown, unless by their end-of-text, with their tokens so far; true ends a text.
Listener = Callable[[List[int], List[List[int]]], List[bool]]


@dataclass(eq=False)
class Text:
    """
    A text that is being written.

    :ivar ids: the prompt and what was written
    :ivar place: its row of the cache
    :ivar start: the beginning of its window
    :ivar read: how many tokens from there are in the cache
    """

    index: int
    ids: List[int]
    random: Random
    room: int
    written: List[int] = field(default_factory=list)
    place: int = 0
    start: int = 0
    read: int = 0

    @property
    def unread(self) -> List[int]:
        """What of its window the cache does not have."""
        return self.ids[self.start + self.read :]


def window_start(length: int, context_length: int) -> int:
    """
    The first token that is read of a text of `length` tokens. What the model reads, its window, is the whole
    text until that is longer than its context; then it moves on by a quarter of the context at a time,
    whenever it must, and its tokens count their positions from its own beginning. It depends on the length
    alone, so that a text goes on in the same way wherever its prompt ended.
    """
    stride = math.ceil(context_length / 4)
    return math.ceil(max(0, length - context_length) / stride) * stride


@torch.no_grad()
def write_all(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_tokens: int,
    temperature: float,
    random: Callable[[int], Random],
    end_of_text_id: int,
    vocabulary_size: int,
    room: Optional[Sequence[int]] = None,
    done: Optional[Callable[[int, List[int]], bool]] = None,
    top_k: int = 0,
    top_p: float = 1.0,
    listener: Optional[Listener] = None,
    ended: Optional[Callable[[int, List[int]], None]] = None,
    side_by_side: int = MOST_TEXTS,
) -> List[List[int]]:
    """
    Continues several prompts side by side, a token of each at a time. Every text is read once and its keys
    and values kept. A text that has ended makes room for one that waits.

    :param model: a `Gpt`, or one of `pretrained.py`
    :param prompts: ids, at least one each
    :param random: a generator for each text, so that none depends on its neighbours
    :param end_of_text_id: ends a text; -1 for none
    :param room: tokens of each text at most, where they differ; `max_tokens` holds as well
    :param done: hears a text's tokens so far whenever it has grown, unless by its end-of-text; true ends it
    :param listener: the same for all that have grown at once
    :param ended: hears each text when no more comes, its end-of-text included
    :return: what was written to each, its end-of-text included
    :raises ValueError: for a manner of drawing that is none, or an empty prompt
    """
    check_sampling(temperature, top_k, top_p)
    if not all(len(prompt) > 0 for prompt in prompts):
        raise ValueError("A prompt is empty; a text goes on from one token at least.")
    most = [max_tokens if room is None else min(max_tokens, room[index]) for index in range(len(prompts))]
    texts = [Text(i, list(prompt), random(i), most[i]) for i, prompt in enumerate(prompts)]
    waiting = [text for text in texts if text.room > 0]
    if not waiting:
        return [text.written for text in texts]
    reader = reader_of(model, waiting, side_by_side)
    training = model.training
    model.eval()
    try:
        open_: List[Text] = []
        while waiting or open_:
            while waiting and reader.admits(waiting[0], open_):
                open_.append(waiting.pop(0))
            draws = torch.tensor([draw(text.random) if temperature > 0 else 0.0 for text in open_])
            logits = reader.after(open_)
            ids = sample(logits, draws.to(logits.device), temperature, top_k, top_p, vocabulary_size).tolist()
            for text, id_ in zip(open_, ids):
                text.ids.append(id_)
                text.written.append(id_)
            going = [text for text in open_ if text.written[-1] != end_of_text_id]
            over = _over(going, done, listener)
            still = {text.index for text in going if text.index not in over and len(text.written) < text.room}
            for text in open_:
                if text.index not in still:
                    reader.release(text)
                    if ended is not None:
                        ended(text.index, text.written)
            open_ = [text for text in open_ if text.index in still]
    finally:
        model.train(training)
    return [text.written for text in texts]


def _over(texts: List[Text], done: Any, listener: Optional[Listener]) -> set:
    """Indices of the texts whose listeners have heard enough."""
    over = {text.index for text in texts if done is not None and done(text.index, text.written)}
    if listener is not None and texts:
        heard = listener([text.index for text in texts], [text.written for text in texts])
        over |= {text.index for text, enough in zip(texts, heard) if enough}
    return over


def reader_of(model: Any, texts: Sequence[Text], side_by_side: int) -> Any:
    """What reads texts with a model: `admits`, `after`, `release` as of `GptReader`."""
    if isinstance(model, Gpt):
        return GptReader(model, texts, side_by_side)
    return model.reader(side_by_side)


class GptReader:
    """Reads texts with the lab's GPT, whose keys and values it keeps."""

    def __init__(self, model: Gpt, texts: Sequence[Text], side_by_side: int):
        """:param texts: all that will be read"""
        self._model = model
        config = model.config
        # What is written last is never read.
        longest = max(len(text.ids) + text.room - 1 for text in texts)
        capacity = min(config.contextLength, longest)
        size = 2 * config.layers * capacity * config.width
        rows = max(1, min(len(texts), side_by_side, MOST_CACHE_ELEMENTS // size))
        self._cache = model.cache(rows, capacity)
        self._places = list(range(rows))
        self._device = model.transformer["wte"].weight.device

    def admits(self, text: Text, _: List[Text]) -> bool:
        """Whether there is a place for a text, which it then has."""
        if not self._places:
            return False
        text.place = self._places.pop()
        return True

    def release(self, text: Text) -> None:
        """Gives the place of a text to others."""
        self._places.append(text.place)

    def after(self, texts: List[Text]) -> Tensor:
        """
        [B, V]: logits of the token after each text; what of them is not yet in the cache is there afterwards.
        """
        for text in texts:
            start = window_start(len(text.ids), self._model.context_length)
            if start != text.start:
                text.start, text.read = start, 0
        passes = self._passes(texts)
        read = [self._read(part) for part in passes]
        logits = read[0] if len(read) == 1 else torch.cat(read)
        rows = {text.index: row for row, text in enumerate(chain.from_iterable(passes))}
        order = [rows[text.index] for text in texts]
        if order == list(range(len(texts))):
            return logits
        return logits[torch.tensor(order, device=self._device)]

    def _passes(self, texts: List[Text]) -> List[List[Text]]:
        """Texts of which one token is new are kept apart from those that are read at length."""
        width, V = 4 * self._model.config.width, self._model.vocabulary_size
        passes: List[List[Text]] = []
        for text in sorted(texts, key=lambda text: -len(text.unread)):
            last = passes[-1] if passes else None
            if last is not None and (len(text.unread) == 1) == (len(last[0].unread) == 1):
                if (len(last) + 1) * max(width * len(last[0].unread), V) <= MOST_PASS_ELEMENTS:
                    last.append(text)
                    continue
            passes.append([text])
        return passes

    def _read(self, texts: List[Text]) -> Tensor:
        """[B, V]"""
        unread = [text.unread for text in texts]
        length = max(map(len, unread))
        # What stands behind the last token is not seen by it, attention being causal.
        rows = [ids + [0] * (length - len(ids)) for ids in unread]
        places, lengths = [text.place for text in texts], [text.read for text in texts]
        ids, places, lengths = (torch.tensor(each, device=self._device) for each in (rows, places, lengths))
        hidden = self._model.hidden_after(ids, self._cache, places, lengths)
        for text, new in zip(texts, unread):
            text.read += len(new)
        lasts = torch.tensor([len(new) - 1 for new in unread], device=self._device)
        return self._model.logits(hidden[torch.arange(len(texts), device=self._device), lasts])
