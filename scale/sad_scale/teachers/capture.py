"""
Captures as they are read (workers/teacher/capture.ts): found by a trajectory's text, read when asked for.
"""

import json
import os
from pathlib import Path
from typing import Any, Callable, Optional, Sequence, Tuple, Union

from torch import Tensor

from ..errors import ScaleError
from ..tokenizer import Tokenizer, same_vocabulary, tokenizer_from_json
from .capture_format import (
    FORMAT,
    MAGIC,
    PREAMBLE,
    CapturedTrajectory,
    entry_bytes,
    id_bytes,
    unpack_entry,
)
from .entry_index import EntryIndex

#: Far above any tokenizer.json; a larger number means that the file is damaged.
LARGEST_HEADER = 2**28
#: Rounded log-probabilities may stand for a little more than 1, alone or together.
MOST_LOGPROB = 1e-3
MOST_SUM = 1.01
#: What is written for "never" (−9999, −∞) is as good as this.
LEAST_LOGPROB = -100.0
HEADER_KEYS = {"format": str, "model": str, "k": int, "trajectories": int, "tokens": int, "tokenizer": object}


class Capture:
    """
    One capture file. Of its trajectories 24 bytes each are kept in memory: where they lie, in the order of
    their hashes.

    `model`: the teacher's name; `k`: tokens listed per position; `tokenizer`: the one whose ids are in it.
    """

    def __init__(self, path: Union[str, Path], name: str = ""):
        """
        :param name: what to call it in messages; its path by default
        :raises ScaleError: for a file that is no capture, was never finished or ends too early
        """
        self.name = name or str(path)
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise ScaleError(f"{self.name} cannot be read: {error.strerror or error}.")
        self._size = os.fstat(self._file).st_size
        start, header = self._header()
        self.model: str = header["model"]
        self.k: int = header["k"]
        self.tokenizer: Tokenizer = tokenizer_from_json(
            header["tokenizer"], f"{self.name}: the teacher's tokenizer.json"
        )
        vocabulary = self.tokenizer.vocabulary_size
        if self.k > vocabulary:
            raise self._broken(f"lists {self.k} tokens per position out of a vocabulary of {vocabulary}")
        self._width = id_bytes(vocabulary)
        self._index = EntryIndex(self._file, start, self._size, self.k, self._width, self._broken)
        if len(self._index) < header["trajectories"]:
            raise self._broken(f"holds {len(self._index)} of its {header['trajectories']} trajectories")

    def __del__(self):
        if hasattr(self, "_file"):
            os.close(self._file)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def tokens(self) -> int:
        """Of all its trajectories, end-of-text included."""
        return self._index.tokens

    def __contains__(self, hash_: bytes) -> bool:
        return self._index.find(hash_) is not None

    def get(self, hash_: bytes) -> Optional[CapturedTrajectory]:
        """
        :param hash_: `content_hash` of the text
        :return: None for a text that it does not hold
        :raises ScaleError: for ids that are no tokens and numbers that are no log-probabilities
        """
        place = self._index.find(hash_)
        if place is None:
            return None
        at, n = place
        size = entry_bytes(n, self.k, self._width)
        entry = os.pread(self._file, size, at)
        if len(entry) < size:
            raise self._broken("has become shorter")
        captured = unpack_entry(entry, n, self.k, self._width)
        self._check(captured, hash_)
        written = captured.written.clamp(LEAST_LOGPROB, 0)
        return CapturedTrajectory(
            captured.ids, written, captured.top_ids, captured.top.clamp(LEAST_LOGPROB, 0)
        )

    def _check(self, captured: CapturedTrajectory, hash_: bytes) -> None:
        vocabulary = self.tokenizer.vocabulary_size

        def refuse(bad: Tensor, first: int, what: Callable[[tuple], str]) -> None:
            """:param bad: [tokens] or [tokens, k], whose first is that of the token number `first`"""
            if not bad.any():
                return
            place = tuple(bad.nonzero()[0].tolist())
            where = f"at token {place[0] + first + 1} of the trajectory with the hash {hash_.hex()[:12]}…"
            raise self._broken(what(place).format(where=where))

        for ids, first in ((captured.ids, 0), (captured.top_ids, 1)):
            strange = (ids < 0) | (ids >= vocabulary)
            named = "names the token %s {where}, which its tokenizer does not have"
            refuse(strange, first, lambda place: named % int(ids[place]))
        for values in (captured.written, captured.top):
            above = ~(values <= MOST_LOGPROB)
            refuse(
                above, 1, lambda place: f"has {_shown(float(values[place]))} for a log-probability {{where}}"
            )
        ranked = captured.top_ids.sort(1).values
        twice = (ranked[:, 1:] == ranked[:, :-1]).any(1)
        refuse(twice, 1, lambda place: "lists a token twice {where}")
        sums = captured.top.double().exp().sum(1)
        added = "has probabilities that add up to %.4g {where}"
        refuse(sums > MOST_SUM, 1, lambda place: added % float(sums[place]))

    def _header(self) -> Tuple[int, dict]:
        """Where the trajectories begin, and what the file says of itself."""
        preamble = os.pread(self._file, PREAMBLE, 0)
        if preamble[: len(MAGIC)] != MAGIC:
            raise ScaleError(
                f"{self.name} is no capture of this lab, or one that was never finished: make one with "
                '"sad_scale score", with "lab capture" or in the page.'
            )
        length = int.from_bytes(preamble[8:12], "little")
        if length > LARGEST_HEADER or PREAMBLE + length > self._size:
            raise self._broken("ends inside its header")
        try:
            header: Any = json.loads(os.pread(self._file, length, PREAMBLE))
        except (ValueError, RecursionError) as error:
            raise self._broken(f"has a header that is no JSON ({error})")
        wrong = _issues(header)
        if wrong:
            raise self._broken(f"has a header that cannot be read ({wrong})")
        return PREAMBLE + length, header

    def _broken(self, what: str) -> ScaleError:
        return ScaleError(
            f"{self.name} {what}: the file is damaged, so capture the teacher anew or take another copy."
        )


class CaptureSet:
    """Several captures of one teacher, such as the ranks of a machine may have written, as one."""

    def __init__(self, captures: Sequence[Capture]):
        """:raises ScaleError: where they are of different vocabularies"""
        first = captures[0]
        for other in captures[1:]:
            if not same_vocabulary(first.tokenizer, other.tokenizer):
                raise ScaleError(
                    f"{first.name} and {other.name} lie in one folder and are of different vocabularies; "
                    "leave the captures of one teacher there."
                )
        self._captures = list(captures)
        self.name, self.model, self.tokenizer = first.name, first.model, first.tokenizer

    def __contains__(self, hash_: bytes) -> bool:
        return any(hash_ in capture for capture in self._captures)

    def get(self, hash_: bytes) -> Optional[CapturedTrajectory]:
        """See `Capture.get`."""
        for capture in self._captures:
            captured = capture.get(hash_)
            if captured is not None:
                return captured
        return None


def open_captures(path: Union[str, Path]) -> Union[Capture, CaptureSet]:
    """
    A capture, or all `*.capture` of a folder as one.

    :raises ScaleError: see `Capture`
    """
    if not os.path.isdir(path):
        return Capture(path)
    files = sorted(Path(path).glob("*.capture"))
    if not files:
        raise ScaleError(f"{path} holds no *.capture; make one with sad_scale score, or name the file.")
    return CaptureSet([Capture(file) for file in files])


def _issues(header: Any) -> str:
    if not isinstance(header, dict):
        return "it must be a JSON object"
    wrong = [f"{key} is unknown" for key in header if key not in HEADER_KEYS]
    for key, kind in HEADER_KEYS.items():
        value = header.get(key)
        if key not in header:
            wrong.append(f"{key} is missing")
        elif kind is int and (type(value) is not int or value < (1 if key == "k" else 0)):
            wrong.append(f"{key} must be a whole number of at least {1 if key == 'k' else 0}")
        elif kind is str and not isinstance(value, str):
            wrong.append(f"{key} must be a text")
    if not wrong and header["format"] != FORMAT:
        wrong.append(f'format must be "{FORMAT}"')
    return "; ".join(wrong)


def _shown(value: float) -> str:
    return "NaN" if value != value else f"{value:g}"
