"""
Text as it is written token by token, up to the first of some strings that end it
(workers/models/writtenText.ts).
"""

import codecs
from typing import Any, Sequence


class WrittenText:
    """
    As with OpenAI's `stop`, neither the string that ends a text nor what comes after it is part of the text.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str] = ()):
        """:raises ValueError: for an empty string to end at"""
        if "" in stops:
            raise ValueError("A text cannot end at an empty stop string.")
        self._tokenizer = tokenizer
        self._stops = stops
        # A token may end inside a character, the rest of which comes with the next.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._longest = max(map(len, stops), default=0)
        self._written = ""
        self.has_ended = False

    def add(self, id_: int) -> bool:
        """:return: whether the text ends with this token"""
        self._append(self._decoder.decode(self._tokenizer.bytes_of(id_) or b""))
        return self.has_ended

    def finish(self) -> str:
        """All of it, when nothing more is to come; half a character becomes U+FFFD."""
        self._append(self._decoder.decode(b"", True))
        return self._written

    def _append(self, more: str) -> None:
        if self.has_ended:
            return
        since = max(0, len(self._written) - self._longest + 1)
        self._written += more
        ends = [at for at in (self._written.find(stop, since) for stop in self._stops) if at >= 0]
        if ends:
            self.has_ended = True
            self._written = self._written[: min(ends)]
