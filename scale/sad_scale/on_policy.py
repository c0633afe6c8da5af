"""
Rows that the student writes itself (workers/training/onPolicy.ts): GKD, Agarwal et al. 2023, arXiv
2306.13649, at the borders of steps.
"""

import codecs
import math
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch

from .data.row import KIND_CODES, Row
from .generation import write_all
from .lab_reader import LabReader, StepSpan
from .random import Random
from .reasoning_match import INK
from .step_borders import StepBorder, as_units, borders_of, ends_a_line, opening

#: Borders of a row that are looked at for one whose step can be read.
TRIES_PER_ROW = 4


@dataclass
class Written:
    """
    What the student wrote to the rows of one rank: how many rows and tokens, and how many rows read as steps.
    """

    rows: int = 0
    tokens: int = 0
    parsed: int = 0


@dataclass
class _Start:
    """A row that the student is to continue: its place among the rows of the step, and where."""

    index: int
    border: StepBorder


class OnPolicy:
    """
    Lets the student write a share of the rows of an optimiser step: each goes on from the beginning of one of
    its own steps, at the true history, up to the end of that step. What it writes is read by the rules that
    read the trajectory; its thoughts and acts are supervised, and nothing else of such a row. A step that
    does not read as one is not trained on.
    """

    def __init__(self, trajectories: Any, tokenizer: Any, recipe: Any, row_length: int, reader: LabReader):
        """
        :param row_length: tokens of a row at most
        :raises ScaleError: where the lab's reader cannot be begun
        """
        self._trajectories = trajectories
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._row_length = row_length
        self._reader = reader
        reader.begin()

    def write(
        self, rows: Sequence[Row], step: int, model: Any, own: Optional[range] = None
    ) -> Tuple[List[Row], Written]:
        """
        A function of its arguments and the recipe's seed alone.

        :param rows: all of the step, as they are drawn
        :param step: counted from 0
        :param own: places among the rows of those that are this rank's, all without; of the others nothing
            is written
        :return: this rank's rows, and what was written to them
        """
        random = Random(self._recipe.seed).fork(f"on-policy {step}")
        own = range(len(rows)) if own is None else own
        starts = self._starts(rows, random, own)
        prompts = [start.border.row.ids[: start.border.at].tolist() for start in starts]
        try:
            written = write_all(
                model,
                prompts,
                max_tokens=self._recipe.onPolicy.maxTokens,
                temperature=self._recipe.onPolicy.temperature,
                random=lambda i: random.fork(f"row {starts[i].index}"),
                room=[self._row_length - start.border.at for start in starts],
                end_of_text_id=self._tokenizer.end_of_text_id,
                vocabulary_size=self._tokenizer.vocabulary_size,
                listener=lambda indices, texts: self._over([starts[i].border for i in indices], texts),
            )
            kinds = self._kinds(written, [start.border for start in starts])
        finally:
            self._reader.close([start.border.step.id for start in starts])
        changed = {
            start.index: _continued(start.border, ids, own_kinds)
            for start, ids, own_kinds in zip(starts, written, kinds)
        }
        mine = [changed[index] if index in changed else rows[index] for index in own]
        parsed = sum(one is not None for one in kinds)
        return mine, Written(len(starts), sum(map(len, written)), parsed)

    def _starts(self, rows: Sequence[Row], random: Random, own: range) -> List[_Start]:
        """Which rows are continued, and where; a row whose steps cannot be read stays as it is."""
        wished = self._recipe.onPolicy.share * len(rows)
        # What is left over of a whole row is drawn, so that small shares come about as well.
        count = math.floor(wished) + (1 if random.next() < wished % 1 else 0)
        chosen = random.shuffle(range(len(rows)))[:count]
        # Every rank draws for all rows, so that what is drawn for one does not depend on whose it is.
        looked_at = {index: rows[index] for index in chosen}
        waiting = [(index, random.shuffle(borders_of(looked_at[index]))[:TRIES_PER_ROW]) for index in chosen]
        waiting = [(index, tries) for index, tries in waiting if index in own]
        found: Dict[int, _Start] = {}
        while waiting:
            # One try of every row that has none yet.
            asked = []
            for index, tries in waiting:
                while tries:
                    at = tries.pop(0)
                    one = opening(looked_at[index], at, self._trajectories, self._tokenizer)
                    if one is not None:
                        asked.append((index, at, one))
                        break
            answers = self._reader.open([one for _, _, one in asked])
            for (index, at, one), answer in zip(asked, answers):
                if answer is not None:
                    found[index] = _Start(index, StepBorder(looked_at[index], at, one.from_, answer))
            waiting = [(index, tries) for index, tries in waiting if tries and index not in found]
        return [found[index] for index in chosen if index in found]

    def _over(self, borders: List[StepBorder], texts: List[List[int]]) -> List[bool]:
        """For each whether somebody else's turn has come; looked at where a line ends."""
        looked = [i for i, ids in enumerate(texts) if ends_a_line(self._tokenizer, ids)]
        read = self._reader.read([(borders[i].step.id, self._tokenizer.decode(texts[i])) for i in looked])
        over = [False] * len(texts)
        for i, spans in zip(looked, read):
            over[i] = spans is not None and len(_own(spans)) < len(spans)
        return over

    def _kinds(self, written: List[List[int]], borders: List[StepBorder]) -> List[Optional[torch.Tensor]]:
        """For each text the KIND_CODES of its tokens; None where it is no step."""
        texts = [self._tokenizer.decode(ids) for ids in written]
        # Bytes that are no text have no place in it.
        whole = [i for i, text in enumerate(texts) if "\ufffd" not in text]
        read = self._reader.read([(borders[i].step.id, texts[i]) for i in whole])
        kinds: List[Optional[torch.Tensor]] = [None] * len(texts)
        for i, spans in zip(whole, read):
            if spans is not None:
                kinds[i] = self._labelled(written[i], texts[i], spans)
        return kinds

    def _labelled(self, ids: List[int], text: str, spans: List[StepSpan]) -> torch.Tensor:
        """[n] kinds: each token is of the span in which its first ink lies."""
        units = as_units(text)
        own = _own(spans)
        decoder = codecs.getincrementaldecoder("utf-8")()
        kinds = torch.full((len(ids),), KIND_CODES["prompt"], dtype=torch.int64)
        complete = start = 0
        for t, id_ in enumerate(ids):
            complete += len(as_units(decoder.decode(self._tokenizer.bytes_of(id_) or b"")))
            # A character that has begun counts as one, as what stands for it when decoded there does.
            end = complete + (1 if decoder.getstate()[0] else 0)
            ink = INK.search(units, start, end)
            anchor = ink.start() if ink else start
            if id_ == self._tokenizer.end_of_text_id:
                span = own[-1] if own and len(own) == len(spans) else None
            else:
                span = next((one for one in own if one.start <= anchor < one.end), None)
            if span is not None:
                kinds[t] = KIND_CODES[span.kind]
            start = end
        return kinds


def _own(spans: List[StepSpan]) -> List[StepSpan]:
    """The thoughts and acts before anybody answers."""
    answered = next((i for i, span in enumerate(spans) if span.kind not in ("reason", "act")), len(spans))
    return spans[:answered]


def _continued(border: StepBorder, written: List[int], kinds: Optional[torch.Tensor]) -> Row:
    """The history up to a border and what was written behind it, of which alone anything is supervised."""
    row, at = border.row, border.at
    count = len(written)
    prompt = KIND_CODES["prompt"]
    own = torch.full((count,), prompt, dtype=torch.int64) if kinds is None else kinds
    weights = row.weights
    if weights is not None:
        weights = weights[at].expand(at + count).clone()
    return replace(
        row,
        ids=torch.cat([row.ids[:at], torch.tensor(written, dtype=torch.int64)]),
        kinds=torch.cat([torch.full((at,), prompt, dtype=torch.int64), own]),
        steps=torch.cat([row.steps[:at], row.steps[at].expand(count)]),
        # Its tokens are none of the trajectory's.
        places=torch.cat([row.places[:at], torch.full((count,), -1, dtype=torch.int64)]),
        weights=weights,
    )
