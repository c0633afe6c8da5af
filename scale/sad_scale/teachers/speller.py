"""Writing other tokenizers' tokens with a student's (workers/teacher/speller.ts)."""

from itertools import accumulate
from typing import Any, Dict, List, Sequence, Tuple


class Speller:
    """The student's ids for pieces of text."""

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        self._ids: Dict[bytes, int] = {}
        for id_ in range(tokenizer.vocabulary_size):
            content = tokenizer.bytes_of(id_)
            if content is not None:
                self._ids[content] = id_

    def ids_of(self, content: bytes) -> Tuple[int, ...]:
        """
        The token that is exactly that, or else the tokens as it would be encoded by itself. Empty for a piece
        that ends inside a character and is no token of the student's.
        """
        if not content:
            return ()
        whole = self._ids.get(content)
        if whole is not None:
            return (whole,)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return ()
        return tuple(self.tokenizer.encode(text).ids)


class Places:
    """Where the tokens of a text end, in bytes of its UTF-8."""

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        contents = map(tokenizer.bytes_of, range(tokenizer.vocabulary_size))
        #: End-of-text counts as one byte, so that it has a place of its own behind the text.
        self._lengths = [1 if content is None else len(content) for content in contents]

    def byte_ends(self, ids: Sequence[int]) -> List[int]:
        """For each token the offset at which it ends."""
        return list(accumulate(self._lengths[id_] for id_ in ids))

    def placed(self, text: str) -> Tuple[List[int], List[int]]:
        """A text's ids, end-of-text the last, and where they end."""
        ids = [*self.tokenizer.encode(text).ids, self.tokenizer.end_of_text_id]
        return ids, self.byte_ends(ids)
