"""
Captures as they are written, byte for byte as the lab's are (workers/teacher/captureWriter.ts), each
trajectory when it is known: what an interrupted run has written is found again and gone on with.
"""

import os
from pathlib import Path
from typing import Any, Iterable, List, Union

from ..errors import ScaleError
from ..files import javascript_json
from ..tokenizer import Tokenizer
from .capture_format import (
    FORMAT,
    MAGIC,
    PREAMBLE,
    CapturedTrajectory,
    entry_bytes,
    id_bytes,
    pack_entry,
)
from .entry_index import EntryIndex

#: What a file under way begins with; the lab takes no such file for a capture.
PART_MAGIC = b"SADLPART"
LARGEST_NUMBER = 2**53 - 1


class CaptureWriter:
    """One capture under way. Its header is written last, so that what was never finished is no capture."""

    def __init__(self, path: Union[str, Path], model: str, k: int, tokenizer: Tokenizer, of: str = ""):
        """
        Begins a file, or goes on with one that was left unfinished, less a last trajectory that is not whole.

        :param model: the teacher's name
        :param of: what the numbers are of, in letters and digits; a file of something else is not gone on
            with
        :raises ScaleError: for such a file, and where it cannot be written
        """
        self.path = Path(path)
        self._header = (model, k, tokenizer.to_json())
        self._k, self._width = k, id_bytes(tokenizer.vocabulary_size)
        self._room = -(-len(self._header_of(LARGEST_NUMBER, LARGEST_NUMBER)) // 8) * 8
        self._start = PREAMBLE + self._room
        begun = (
            PART_MAGIC + self._room.to_bytes(4, "little") + bytes(4) + javascript_json({"of": of}).encode()
        )
        begun = begun[: self._start].ljust(self._start)
        with self._said():
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            if os.fstat(self._file).st_size < self._start:
                os.ftruncate(self._file, 0)
                self._write(begun, 0)
        if os.pread(self._file, self._start, 0) != begun:
            os.close(self._file)
            raise ScaleError(
                f"{self.path} was left behind by another capture (another teacher, k or tokenizer): remove"
                " it, or write to another file."
            )
        #: Of what lay there already.
        self.index = EntryIndex(self._file, self._start, os.fstat(self._file).st_size, self._k, self._width)
        with self._said():
            os.ftruncate(self._file, self.index.end)
        self._at = self.index.end
        self._added, self._tokens = 0, 0

    def _header_of(self, trajectories: int, tokens: int) -> bytes:
        model, k, tokenizer = self._header
        header = {
            "format": FORMAT,
            "model": model,
            "k": k,
            "trajectories": trajectories,
            "tokens": tokens,
            "tokenizer": tokenizer,
        }
        return javascript_json(header).encode()

    def add(self, hash_: bytes, captured: CapturedTrajectory) -> None:
        """
        :param hash_: `content_hash` of the text, that was not added before
        :raises ScaleError: where the disk is full; what was written before stays
        """
        self._append(pack_entry(hash_, captured, self._width))
        self._added += 1
        self._tokens += len(captured.ids)

    def _append(self, entry: bytes) -> None:
        with self._said():
            self._write(entry, self._at)
        self._at += len(entry)

    def close(self) -> None:
        """Leaves it unfinished, for another run to go on with."""
        with self._said():
            os.fsync(self._file)
            os.close(self._file)

    def leave(self) -> None:
        """Closes it where nothing was added."""
        os.close(self._file)

    def finish(self, out: Union[str, Path]) -> None:
        """Makes it a capture, in the place of `out`, which stays whole until then."""
        header = self._header_of(len(self.index) + self._added, self.index.tokens + self._tokens)
        preamble = MAGIC + self._room.to_bytes(4, "little") + bytes(4)
        with self._said():
            # The disk has the numbers before anything says that they are there.
            os.fsync(self._file)
            self._write((preamble + header).ljust(self._start), 0)
            os.fsync(self._file)
            os.close(self._file)
            os.replace(self.path, out)

    def take(self, parts: List["CaptureWriter"], hashes: Iterable[bytes]) -> int:
        """
        Adds what lies in other files under way, in the order of the hashes.

        :return: how many were found
        """
        for hash_ in hashes:
            for part in parts:
                place = part.index.find(hash_)
                if place is not None:
                    at, n = place
                    self._append(os.pread(part._file, entry_bytes(n, self._k, self._width), at))
                    self._added += 1
                    self._tokens += n
                    break
        return self._added

    def _write(self, data: bytes, at: int) -> None:
        while data:
            written = os.pwrite(self._file, data, at)
            data, at = data[written:], at + written

    def _said(self) -> "_Said":
        return _Said(self.path)


class _Said:
    """Says what the disk refused."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, OSError):
            raise ScaleError(
                f"{self._path} cannot be written: {error.strerror or error}; what was captured before is"
                " kept, and the same command goes on from there."
            )
