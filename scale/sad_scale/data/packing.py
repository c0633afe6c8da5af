"""Windows side by side in rows (workers/dataset/pack.ts)."""

from typing import List, Sequence

#: Windows that are packed together: as many neighbours in the curriculum's order.
BLOCK = 64


def pack_rows(lengths: Sequence[int], length: int) -> List[List[int]]:
    """
    Windows side by side in rows of at most `length` tokens, by first fit decreasing: the longest first, each
    into the first row with room. Block by block of the order given, so that the curriculum is kept; within a
    block the rows stand by the mean place of their windows in that order.

    :param lengths: of the windows in curriculum order, none longer than `length`
    :return: of each row its windows, by their places in `lengths`; every window once
    """
    packs: List[List[int]] = []
    for start in range(0, len(lengths), BLOCK):
        packs += _pack_block(start, lengths[start : start + BLOCK], length)
    return packs


def _pack_block(first: int, lengths: Sequence[int], length: int) -> List[List[int]]:
    rooms: List[int] = []
    members: List[List[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        size = lengths[index]
        row = next((row for row, room in enumerate(rooms) if room >= size), None)
        if row is None:
            row = len(rooms)
            rooms.append(length)
            members.append([])
        rooms[row] -= size
        members[row].append(index)
    members.sort(key=lambda row: sum(row) / len(row))
    return [sorted(first + index for index in row) for row in members]
