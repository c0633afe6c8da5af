"""
The file of rollouts, a JSON object a line, that several ranks write and that an interrupted command goes on
with.
"""

import json
import os
from pathlib import Path
from typing import Any, Dict, Iterator, Set, Tuple

from .errors import ScaleError
from .files import javascript_json, replace_file


class Rollouts:
    """
    While they are written, each rank's lines lie in a part of its own (`.part-0`, …) behind a line of the
    settings that they were written with; at the end they are put together in the order of the prompts.
    """

    def __init__(self, path: Path, settings: Dict[str, Any], resume: bool):
        """:param resume: goes on with what is there, which else is replaced at the end"""
        self.path = path
        self._resume = resume
        # As they come back from JSON.
        self._settings = json.loads(json.dumps(settings))

    def parts(self) -> list:
        """The parts that lie there."""
        return sorted(self.path.parent.glob(f"{self.path.name}.part-*"))

    def begin(self) -> None:
        """
        Leaves what an earlier command began, where it is not gone on with.

        :raises ScaleError: where the file cannot be written
        """
        path = self.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            writable = os.access(path.parent, os.W_OK) and not path.is_dir()
        except OSError as error:
            raise ScaleError(f"{path} cannot be written: {error.strerror or error}.") from None
        if not writable:
            raise ScaleError(
                f"{path} cannot be written: it is a folder, or the folder it is in takes no files."
            )
        if not self._resume:
            self._clear()

    def _clear(self) -> None:
        for part in self.parts():
            part.unlink()

    def written(self) -> Set[int]:
        """
        The prompts that were gone on from.

        :raises ScaleError: where that was with other settings
        """
        indices: Set[int] = set()
        if not self._resume:
            return indices
        for part in self.parts():
            for index, where, _ in _entries(part):
                if index >= 0:
                    indices.add(index)
                elif where != self._settings:
                    raise ScaleError(
                        f"{part} was begun with other settings ({_difference(where, self._settings)}): "
                        "give the same, or leave --resume out to begin anew."
                    )
        if self.path.exists():
            indices |= {index for index, _, _ in _entries(self.path)}
        return indices

    def open(self, rank: int) -> Any:
        """A rank's part, to write lines to; a line that was cut short is cut off."""
        part = self.path.with_name(f"{self.path.name}.part-{rank}")
        file = open(part, "ab+")
        file.seek(0)
        whole = sum(len(line) for line in file if line.endswith(b"\n"))
        file.truncate(whole)
        if whole == 0:
            file.write(f"{json.dumps({'settings': self._settings})}\n".encode())
        return file

    def finish(self) -> int:
        """
        Puts the parts together.

        :return: how many rollouts there are
        """
        sources = [*self.parts(), *([self.path] if self._resume and self.path.exists() else [])]
        places = {}
        for source in sources:
            for index, _, place in _entries(source):
                if index >= 0:
                    places.setdefault(index, (source, place))
        files = {source: open(source, "rb") for source in sources}

        def write(out: Any) -> None:
            for index in sorted(places):
                source, place = places[index]
                files[source].seek(place)
                out.write(files[source].readline())

        try:
            replace_file(self.path, write)
        finally:
            for file in files.values():
                file.close()
        self._clear()
        return len(places)


def line_of(rollout: Dict[str, Any]) -> bytes:
    """A rollout's line."""
    return f"{javascript_json(rollout)}\n".encode()


def _entries(path: Path) -> Iterator[Tuple[int, Any, int]]:
    """(index, the line, where it begins) of each whole line; -1 for the settings."""
    place = 0
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                try:
                    said = json.loads(line)
                    if "settings" in said:
                        yield -1, said["settings"], place
                    else:
                        yield int(said["index"]), said, place
                except (ValueError, KeyError, TypeError):
                    raise ScaleError(
                        f"{path} holds a line that is no rollout: leave --resume out to begin anew."
                    ) from None
            place += len(line)


def _difference(theirs: Any, ours: Dict[str, Any]) -> str:
    theirs = theirs if isinstance(theirs, dict) else {}
    return ", ".join(f"{key} {theirs.get(key)!r}" for key in ours if theirs.get(key) != ours[key])
