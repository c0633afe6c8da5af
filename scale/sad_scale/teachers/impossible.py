"""
Tokens that cannot stand at a place of any text, for where a capture must list k of them and fewer are known.

A capture has exactly k entries per position. UTF-8 has bytes that no text holds (C0, C1, F5 … FF); behind a
whole character no continuation byte (80 … BF) can follow, and inside one nothing else can. A teacher of text
gives such tokens no probability, so listing them with next to none (the lab's own floor of a tail, 2^-24)
says nothing that is not so, and leaves the mass of all that is not listed where it was.
"""

from typing import Any, List, Optional

import torch
from torch import Tensor

#: Their log-probability: of the floor that the lab gives a tail without mass, rounded to what float16 has. A
#: hundred of them weigh less than that format can tell.
NEVER = -16.625
NOWHERE = [0xC0, 0xC1, *range(0xF5, 0x100)]
INSIDE = list(range(0x80, 0xC0))
OUTSIDE = [*range(0xC2, 0xF5), *range(0x80)]
#: As many entries can be made up at any place.
MOST = len(NOWHERE) + len(INSIDE)


class Impossible:
    """Of one byte-level tokenizer of the lab's."""

    def __init__(self, tokenizer: Any):
        ids = {}
        for id_ in range(tokenizer.vocabulary_size):
            content = tokenizer.bytes_of(id_)
            if content is not None and len(content) == 1:
                ids[content[0]] = id_

        def listed(what: List[int]) -> List[int]:
            return [ids[byte] for byte in what]

        behind, within = listed(NOWHERE + INSIDE), listed(NOWHERE + OUTSIDE)
        #: [2, MOST]: behind a whole character, and inside one
        self._ids = torch.tensor([behind, within[:MOST]], dtype=torch.int32)

    def fill(self, ids: Tensor, logs: Tensor, content: bytes, starts: List[int]) -> Optional[Tensor]:
        """
        Replaces −1.

        :param ids: [m, k] the likeliest of m places, −1 behind them where fewer are known; changed in place
        :param logs: [m, k] theirs; changed in place
        :param content: the text's UTF-8
        :param starts: [m] the byte at which each place begins
        :return: [m] whether a place has too few even so, None where none has
        """
        missing = ids < 0
        rows = missing.any(1).nonzero()[:, 0]
        if len(rows) == 0:
            return None
        inside = [0x80 <= content[at] < 0xC0 if at < len(content) else False for at in starts]
        fillers = self._ids[torch.tensor(inside).long()[rows]]
        ids_here, missing = ids[rows], missing[rows]
        # Which of the made-up entries each gap takes: the first gap the first one.
        order = (missing.cumsum(1) - 1).clamp(0, MOST - 1)
        filled = torch.where(missing, fillers.gather(1, order), ids_here)
        short = torch.zeros(len(ids), dtype=torch.bool)
        short[rows] = missing.sum(1) > MOST
        ranked = filled.sort(1).values
        for row in (ranked[:, 1:] == ranked[:, :-1]).any(1).nonzero()[:, 0].tolist():
            # A teacher that is not sure of its bytes lists one of these itself.
            own = set(ids_here[row].tolist())
            left = [id_ for id_ in fillers[row].tolist() if id_ not in own]
            gaps = missing[row].nonzero()[:, 0].tolist()
            short[rows[row]] = len(left) < len(gaps)
            for gap, id_ in zip(gaps, left):
                filled[row, gap] = id_
        ids[rows] = filled
        logs[rows] = torch.where(missing, torch.tensor(NEVER), logs[rows])
        return short if bool(short.any()) else None
