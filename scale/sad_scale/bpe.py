"""
The lab's byte-level BPE tokenizer (workers/tokenizer/bpe.ts) in plain Python: the same ids for the same text.
"""

import heapq
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .byte_level import BYTE_OF_ID, WHITE_SPACE, spell, split_pieces
from .errors import ScaleError
from .javascript import HALVES, utf8

END_OF_TEXT = "<|endoftext|>"
#: Pieces kept in the cache, and the longest that is worth keeping, in characters.
CACHE_PIECES = 1_000_000
CACHE_LENGTH = 64

#: Ids of a piece, and where its tokens start and where their ink does, from the piece's first character.
Piece = Tuple[List[int], List[int], List[int]]


@dataclass
class Encoding:
    """
    Tokens of a text, three lists of one length.

    :ivar ids: token ids
    :ivar starts: the character that the token's first byte lies in, in code points of the text
    :ivar anchors: the character that the token's first non-space byte lies in (its first byte if all are
      white space), which gives the token its span kind
    """

    ids: List[int]
    starts: List[int]
    anchors: List[int]


@dataclass
class BpeParts:
    """
    What a byte-level BPE is made of.

    :ivar tokens: the bytes of each id; None for a special token. All 256 single bytes are among them
    :ivar merges: (left, right, result) ids in order of rank: the first is done first
    :ivar specials: special tokens by name, END_OF_TEXT among them
    """

    tokens: List[Optional[bytes]]
    merges: List[Tuple[int, int, int]]
    specials: Dict[str, int]


class Tokenizer:
    """A byte-level BPE tokenizer; `tokenizer.py` reads one from a file."""

    def __init__(self, parts: BpeParts):
        self._parts = parts
        self.vocabulary_size = len(parts.tokens)
        #: The id of END_OF_TEXT, which ends a trajectory.
        self.end_of_text_id = parts.specials[END_OF_TEXT]
        self._id_of_byte = [0] * 256
        for id_, content in enumerate(parts.tokens):
            if content is not None and len(content) == 1:
                self._id_of_byte[content[0]] = id_
        self._ranks: Dict[Tuple[int, int], int] = {}
        for rank, (left, right, _) in enumerate(parts.merges):
            self._ranks.setdefault((left, right), rank)
        self._cache: Dict[str, Piece] = {}

    def __reduce__(self) -> Tuple[Any, ...]:
        """What another process makes it of: all but what is remembered of pieces."""
        return Tokenizer, (self._parts,)

    def encode(self, text: str) -> Encoding:
        """
        Text to tokens. Special tokens spelled out in the text are encoded as ordinary text.

        :param text: halves of surrogate pairs that meet are joined (`javascript.paired`)
        """
        encoding = Encoding([], [], [])
        at = 0
        for piece in split_pieces(text):
            ids, starts, anchors = self.encode_piece(piece)
            encoding.ids += ids
            if len(ids) == 1:
                encoding.starts.append(at)
                encoding.anchors.append(at + anchors[0])
            else:
                encoding.starts += [at + start for start in starts]
                encoding.anchors += [at + anchor for anchor in anchors]
            at += len(piece)
        return encoding

    def encode_piece(self, piece: str) -> Piece:
        """Ids, starts and anchors of one piece of the split; what it returns must not be changed."""
        known = self._cache.get(piece)
        if known:
            return known
        ids, lengths = self._merge(utf8(piece))
        encoded = (ids, *_locate(piece, lengths))
        if len(piece) <= CACHE_LENGTH:
            if len(self._cache) >= CACHE_PIECES:
                self._cache.clear()
            self._cache[piece] = encoded
        return encoded

    def decode(self, ids: Sequence[int]) -> str:
        """
        Tokens to text; the inverse of encode for well-formed text. Special tokens give nothing, bytes that
        are no UTF-8 U+FFFD.

        :raises ScaleError: for an id outside the vocabulary
        """
        return b"".join(self.bytes_of(id_) or b"" for id_ in ids).decode("utf-8", "replace")

    def bytes_of(self, id_: int) -> Optional[bytes]:
        """
        UTF-8 of a token, which may begin or end inside a character; None for a special token.

        :raises ScaleError: for an id outside the vocabulary
        """
        if 0 <= id_ < self.vocabulary_size:
            return self._parts.tokens[id_]
        raise ScaleError(
            f"Token id {id_} is outside this tokenizer's vocabulary of {self.vocabulary_size} ids; use the "
            "tokenizer.json that came with the model."
        )

    def to_json(self) -> Dict[str, Any]:
        """
        The content of tokenizer.json, as the lab writes it: Hugging Face's layout, as GPT-2's own file has
        it.
        """
        tokens, merges, specials = self._parts.tokens, self._parts.merges, self._parts.specials
        name_of_special = {id_: name for name, id_ in specials.items()}
        names = [
            name_of_special[id_] if content is None else spell(content) for id_, content in enumerate(tokens)
        ]
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": id_,
                    "content": content,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                    "special": True,
                }
                for content, id_ in sorted(specials.items(), key=lambda special: special[1])
            ],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": {**byte_level, "trim_offsets": False},
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": {name: id_ for id_, name in enumerate(names)},
                "merges": [f"{names[left]} {names[right]}" for left, right, _ in merges],
            },
        }

    def _merge(self, content: bytes) -> Tuple[List[int], List[int]]:
        """
        BPE of one piece: the pair of lowest rank is merged first, the leftmost among equals. A linked list
        and a heap, so that a piece of n bytes costs n·log n (a long run of letters is one piece).

        :return: ids, and the bytes that each of them covers
        """
        n = len(content)
        ids = [self._id_of_byte[byte] for byte in content]
        lengths = [1] * n
        after = list(range(1, n + 1))
        before = list(range(-1, n - 1))
        #: Merges that wait: rank, place, and the pair that was found there.
        waiting: List[Tuple[int, int, int, int]] = []

        def consider(at: int) -> None:
            if after[at] < n:
                left, right = ids[at], ids[after[at]]
                rank = self._ranks.get((left, right))
                if rank is not None:
                    heapq.heappush(waiting, (rank, at, left, right))

        for at in range(n - 1):
            consider(at)
        while waiting:
            rank, at, left, right = heapq.heappop(waiting)
            follower = after[at]
            # A place swallowed by the token before it has length 0.
            if lengths[at] == 0 or ids[at] != left or follower >= n or ids[follower] != right:
                continue
            ids[at] = self._parts.merges[rank][2]
            lengths[at] += lengths[follower]
            lengths[follower] = 0
            after[at] = after[follower]
            if after[at] < n:
                before[after[at]] = at
            if before[at] >= 0:
                consider(before[at])
            consider(at)
        kept = [at for at in range(n) if lengths[at]]
        return [ids[at] for at in kept], [lengths[at] for at in kept]


def _locate(piece: str, lengths: List[int]) -> Tuple[List[int], List[int]]:
    """Starts and anchors of tokens in their piece, in characters, from the bytes that each covers."""
    #: The character that each byte lies in.
    character_of: List[int] = []
    for at, character in enumerate(HALVES.sub("\ufffd", piece)):
        character_of += [at] * len(character.encode())
    starts, anchors = [], []
    begin = 0
    for length in lengths:
        end = begin + length
        anchor = next(
            (byte for byte in range(begin, end) if piece[character_of[byte]] not in WHITE_SPACE), begin
        )
        starts.append(character_of[begin])
        anchors.append(character_of[anchor])
        begin = end
    return starts, anchors


def byte_tokens() -> List[bytes]:
    """The single bytes in the order of their ids in a vocabulary that the lab trains: GPT-2's."""
    return [bytes([byte]) for byte in BYTE_OF_ID]
