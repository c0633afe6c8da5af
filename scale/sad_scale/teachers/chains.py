"""
One token of a teacher's as one or more of the student's, by the chain rule, for all such places of a text at
once.

With w the student's tokens written so far in the group, P(s | w) is the probability of the teacher's
candidates that the student would begin to write as w, s, over that of those it would begin as w. At the
group's first token the latter is 1, so that all that is not listed is in the tail. G groups, C = 1 + k
candidates of each, the written one first.
"""

from dataclasses import dataclass
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor

from .targets import CHOSEN, LEAST, LISTED, NONE, TokenTargets


@dataclass(frozen=True)
class Scored:
    """
    A teacher's n tokens of a text, and what else it might have written in the place of each.

    :ivar starts: [n] the byte of the text's UTF-8 at which each begins, `ends` that behind its last
    :ivar written: [n] float64 log-probabilities
    :ivar spelled: [n, k, longest] int32 the others as the student writes them, −1 behind, or all of it where
        it cannot
    :ivar others: [n, k] float64 theirs
    :ivar there: [n, k] whether there is such another; the written token itself is none
    """

    starts: List[int]
    ends: List[int]
    written: Tensor
    spelled: Tensor
    others: Tensor
    there: Tensor


class Chain(NamedTuple):
    """The teacher's token and the student's [first, first + count) that stand in its place."""

    token: int
    first: int
    count: int


def chained(ids: Sequence[int], teacher: Scored, chains: Sequence[Chain]) -> TokenTargets:
    """
    :param ids: [n] of the student
    :return: the targets of all n; of those that are in no chain the origin is NONE
    """
    n, most = len(ids), teacher.others.shape[1] + 1
    found = torch.full((n, most), -1, dtype=torch.int32)
    logs = torch.zeros(n, most)
    origins = torch.full((n,), NONE, dtype=torch.uint8)
    if chains:
        token, first, count = torch.tensor(chains).T
        own = torch.tensor(ids, dtype=torch.int32)
        there = teacher.there[token]
        listed = torch.where(there.any(1), torch.tensor(LISTED), torch.tensor(CHOSEN)).to(torch.uint8)
        others = teacher.others[token].exp() * there
        probabilities = torch.cat([teacher.written[token, None].exp(), others], 1)
        live = torch.cat([torch.ones(len(token), 1, dtype=torch.bool), there], 1)
        begun = torch.ones(len(token), dtype=torch.float64)
        spelled = teacher.spelled[token]
        group = torch.arange(len(token))
        for depth in range(int(count.max())):
            group = group[count[group] > depth]
            at = first[group] + depth
            wanted = own[at, None]
            following = torch.full_like(live[group], -1, dtype=torch.int32)
            following[:, :1] = wanted
            if depth < spelled.shape[2]:
                following[:, 1:] = spelled[group, :, depth]
            valid = live[group] & (following >= 0)
            shares = probabilities[group] / begun[group, None] * valid
            # Mostly nothing else begins as what was written does.
            found[at, :1] = wanted
            logs[at, 0] = shares[:, 0].clamp(LEAST, 1).log().float()
            several = valid[:, 1:].any(1).nonzero()[:, 0]
            found[at[several]], logs[at[several]] = _ranked(
                following[several], shares[several], valid[several]
            )
            origins[at] = listed[group]
            valid &= following == wanted
            live[group] = valid
            begun[group] = (probabilities[group] * valid).sum(1)
    used = max(1, int((found >= 0).sum(1).max())) if n else 1
    return TokenTargets(used, found[:, :used].contiguous(), logs[:, :used].contiguous(), origins)


def _ranked(ids: Tensor, shares: Tensor, valid: Tensor) -> Tuple[Tensor, Tensor]:
    """Ids [G, C] with the sum of their shares each, the likeliest first, as ids and logarithms [G, C]."""
    same = (ids[:, :, None] == ids[:, None, :]) & valid[:, None, :] & valid[:, :, None]
    summed = (same * shares[:, None, :]).sum(2)
    again = same.tril(-1).any(2)
    summed = torch.where(valid & ~again, summed, torch.tensor(-1.0, dtype=torch.float64))
    ranked, order = torch.sort(summed, dim=1, descending=True, stable=True)
    there = ranked >= 0
    # Rounded numbers may add up to a little more than 1.
    whole = (ranked * there).sum(1, keepdim=True).clamp_min(1)
    logs = (ranked / whole).clamp_min(LEAST).log().float()
    return torch.where(there, ids.gather(1, order), torch.tensor(-1, dtype=torch.int32)), logs * there


class Spellings:
    """Tokens of a teacher's as the student writes them, each spelled once."""

    def __init__(self, spell: Callable[[int, bytes], Tuple[int, ...]], vocabulary: int):
        """
        :param spell: a token's id, and what its text is to be without in front -> the student's ids; none
            where it cannot
        :param vocabulary: of the teacher
        """
        self._spell = spell
        #: Where each id stands in the table; 0, a row without a token, where that is not known yet.
        self._rows = torch.zeros(vocabulary, dtype=torch.int64)
        self._known = torch.zeros(vocabulary, dtype=torch.bool)
        self._table = torch.full((1, 1), -1, dtype=torch.int32)
        self._cut: Dict[Tuple[int, bytes], int] = {}

    def of(self, ids: Tensor, cuts: Dict[int, bytes]) -> Tensor:
        """
        :param ids: [n, k], −1 where there is none
        :param cuts: what is left out in front, by the tokens' numbers, where anything is
        :return: [n, k, longest] int32
        """
        ids = ids.long()
        new = ids[(ids >= 0) & ~self._known[ids.clamp_min(0)]].unique()
        if len(new) > 0:
            self._rows[new] = self._added([self._spell(id_, b"") for id_ in new.tolist()])
            self._known[new] = True
        rows = torch.where(ids >= 0, self._rows[ids.clamp_min(0)], torch.zeros_like(ids))
        for t, cut in cuts.items():
            for place, id_ in enumerate(ids[t].tolist()):
                if id_ >= 0:
                    rows[t, place] = self._without(id_, cut)
        return self._table[rows]

    def _without(self, id_: int, cut: bytes) -> int:
        if (id_, cut) not in self._cut:
            self._cut[id_, cut] = int(self._added([self._spell(id_, cut)]))
        return self._cut[id_, cut]

    def _added(self, spelled: List[Tuple[int, ...]]) -> Tensor:
        """Puts spellings behind the others; returns where."""
        longest = max(self._table.shape[1], max(map(len, spelled)))
        table = torch.full((len(self._table) + len(spelled), longest), -1, dtype=torch.int32)
        table[: len(self._table), : self._table.shape[1]] = self._table
        rows = [[*ids, *[-1] * (longest - len(ids))] for ids in spelled]
        table[len(self._table) :] = torch.tensor(rows, dtype=torch.int32)
        start, self._table = len(self._table), table
        return torch.arange(start, len(table))
