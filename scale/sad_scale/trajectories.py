"""Segmented trajectories, one JSON line each, as the lab exports them (workers/trajectories/export.ts)."""

import hashlib
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, NoReturn, Optional, Sequence

from .errors import ScaleError
from .javascript import paired, parse_json, units, utf8

SPAN_KINDS = ("prompt", "reason", "act", "observation", "other")


@dataclass(frozen=True)
class Span:
    """
    A stretch of a trajectory's text.

    :ivar kind: one of SPAN_KINDS
    :ivar text: the stretch, its marker and end-of-turn newline included
    :ivar content: the same without its marker and outer white space
    :ivar step: the step of the episode it belongs to, counted from 0; -1 before the first
    :ivar content_at: where the content begins in the text, in UTF-16 code units as the lab counts
    """

    kind: str
    text: str
    content: str
    step: int
    content_at: int


@dataclass(frozen=True)
class Trajectory:
    """
    One linear text, exactly what the student will read and write, and the spans that partition it.

    :ivar file: the file it came from in the lab
    :ivar index: its place among the trajectories of that file, counted from 0
    :ivar text: the texts of its spans together; halves of surrogate pairs that meet are joined
    :ivar success: how it ended, where its file told it, as `reward` and `task_type`
    :ivar unfinished: whether it is known to stop before its end
    :ivar line: the line as it is, parsed
    """

    file: str
    index: int
    format: str
    environment: str
    spans: List[Span]
    text: str
    success: Optional[bool]
    reward: Optional[float]
    task_type: Optional[str]
    unfinished: bool
    line: Dict[str, Any]

    def span_ends(self) -> List[int]:
        """
        One past the last character of each span, in code points of `text`. A character whose halves belong to
        two spans is in the first of them, as in the lab.
        """
        if self.text.isascii():
            return _sums([len(span.text) for span in self.spans])
        ends = _sums([units(span.text) for span in self.spans])
        # Where each character begins, in UTF-16 code units.
        begins = [0, *_sums([2 if character > "\uffff" else 1 for character in self.text])][:-1]
        return [bisect_right(begins, end - 1) for end in ends]

    def content_hash(self) -> str:
        """
        The key by which what belongs to a text finds it again: SHA-256, hexadecimal
        (workers/trajectories/contentHash.ts).
        """
        return hashlib.sha256(utf8(self.text)).hexdigest()


def _sums(values: List[int]) -> List[int]:
    total, sums = 0, []
    for value in values:
        total += value
        sums.append(total)
    return sums


class Trajectories(Sequence[Trajectory]):
    """Trajectories of JSONL files in order, each read from disk and parsed when asked for."""

    def __init__(
        self, paths: Sequence[Path], names: Optional[Sequence[str]] = None, fingerprint: Optional[str] = None
    ):
        """
        Finds where the lines begin, and reads no line but to its end. Blank lines are passed over.

        :param names: what to call the files in messages; their paths where there are none
        :param fingerprint: what it is, where that is known, so that it need not be worked out
        :raises ScaleError: where a file cannot be read, or none holds a line
        """
        self.paths = [Path(path) for path in paths]
        self.names = [str(name) for name in names or paths]
        #: By line: where it begins in its file, and its number there, counted from 1.
        self._begins = array("q")
        self._numbers = array("q")
        #: By file: how many lines all files up to it hold.
        self._counts: List[int] = []
        digest = None if fingerprint else hashlib.sha256()
        for path, name in zip(self.paths, self.names):
            try:
                self._index(path, digest)
            except OSError as problem:
                raise ScaleError(f"{name} cannot be read: {problem.strerror}; check its path.") from None
            self._counts.append(len(self._begins))
        if not self._begins:
            raise ScaleError(
                f"{' and '.join(self.names)} hold no trajectory; export the spans anew from the lab."
            )
        #: SHA-256 of all lines, hexadecimal: the key of what is worked out from them.
        self.fingerprint = fingerprint or digest.hexdigest()

    def _index(self, path: Path, digest: Any) -> None:
        with open(path, "rb") as file:
            at = 0
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    self._begins.append(at)
                    self._numbers.append(number)
                    if digest:
                        digest.update(line)
                at += len(line)

    def __len__(self) -> int:
        return len(self._begins)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        file = bisect_right(self._counts, index)
        with open(self.paths[file], "rb") as opened:
            opened.seek(self._begins[index])
            line = opened.readline()
        return read_line(line, f"{self.names[file]}, line {self._numbers[index]}")

    def __iter__(self) -> Iterator[Trajectory]:
        return self.between(0, len(self))

    def between(self, start: int, end: int) -> Iterator[Trajectory]:
        """The trajectories from `start` up to and without `end`, read one after another."""
        file, opened = -1, None
        try:
            for index in range(start, end):
                if index == start or index >= self._counts[file]:
                    if opened:
                        opened.close()
                    file = bisect_right(self._counts, index)
                    opened = open(self.paths[file], "rb")
                opened.seek(self._begins[index])
                yield read_line(opened.readline(), f"{self.names[file]}, line {self._numbers[index]}")
        finally:
            if opened:
                opened.close()


def read_line(line: bytes, where: str) -> Trajectory:
    """
    Reads one line.

    :param where: what to call it in messages, e.g. `spans.jsonl, line 3`
    :raises ScaleError: where the line is no JSON, or not a trajectory that this version of the lab exports
    """

    def refuse(what: str) -> NoReturn:
        raise ScaleError(f"{where}: {what}.")

    try:
        value = parse_json(line.decode())
    except (ValueError, RecursionError) as problem:
        refuse(f"no whole JSON object ({problem}); the file is damaged, export the spans anew from the lab")
    if not isinstance(value, dict) or not isinstance(value.get("spans"), list):
        refuse(
            'not a segmented trajectory, which has "spans"; export spans from the lab, not tokens or chats'
        )
    spans = [_read_span(span, refuse) for span in value["spans"]]
    if not any(span.text for span in spans):
        refuse("its spans hold no text; remove the line")
    success, reward, task = value.get("success"), value.get("reward"), value.get("taskType")
    number = isinstance(reward, (int, float)) and not isinstance(reward, bool)
    warnings = value.get("warnings") or []
    return Trajectory(
        file=str(value.get("file", "")),
        index=value.get("index", 0),
        format=str(value.get("format", "")),
        environment=str(value.get("environment", "unknown")),
        spans=spans,
        text=paired("".join(span.text for span in spans)),
        success=success if isinstance(success, bool) else None,
        reward=float(reward) if number else None,
        task_type=task if isinstance(task, str) else None,
        unfinished=any(isinstance(each, dict) and each.get("code") == "unfinished" for each in warnings),
        line=value,
    )


def _read_span(span: Any, refuse: Any) -> Span:
    if (
        not isinstance(span, dict)
        or span.get("kind") not in SPAN_KINDS
        or not isinstance(span.get("text"), str)
    ):
        refuse(
            f'one of its spans is not of "kind" {", ".join(SPAN_KINDS[:-1])} or {SPAN_KINDS[-1]} with a'
            ' "text"'
        )
    if not isinstance(span.get("step"), int) or not isinstance(span.get("contentAt"), int):
        refuse(
            'its spans have no "step" and "contentAt", which older versions left out; export the spans anew'
        )
    return Span(span["kind"], span["text"], str(span.get("content", "")), span["step"], span["contentAt"])
