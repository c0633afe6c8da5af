"""Files that are there whole or not at all, and JSON as the lab writes it."""

import contextlib
import ctypes
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Callable, Union

from torch import Tensor

from .errors import ScaleError
from .javascript import number_text, quote


def replace_file(path: Union[str, Path], content: Union[bytes, Callable[[BinaryIO], None]]) -> None:
    """
    Writes a file beside its place (`.part`), has the disk take it, and puts it there: one who is interrupted
    here leaves the file before.

    :param content: the bytes, or what writes them
    :raises ScaleError: where the disk is full or the folder cannot be written to, and what `content` raises
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        # Whatever went wrong, half a file is of use to nobody.
        with contextlib.suppress(OSError):
            part.unlink()
        if not isinstance(error, OSError):
            raise
        raise ScaleError(
            f"{path} could not be written: {error.strerror or error}; what was there before is intact."
        )


def make_folder(folder: Union[str, Path]) -> None:
    """:raises ScaleError: where there is none afterwards"""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScaleError(f"{folder} cannot be written to: {error.strerror or error}.") from None


def replace_files(folder: Path, write: Callable[[str], Any]) -> None:
    """
    Lets files be written into a folder beside, then puts each of them into its place.

    :param write: called with the folder to write to
    :raises ScaleError: where the disk is full
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:
            write(part)
            names = sorted(os.listdir(part))
            for name in names:
                with open(os.path.join(part, name), "rb") as file:
                    os.fsync(file.fileno())
            for name in names:
                os.replace(os.path.join(part, name), folder / name)
    except OSError as error:
        raise ScaleError(
            f"{folder} could not be written: {error.strerror or error}; what was there is intact."
        )


def write_tensor(file: BinaryIO, tensor: Tensor) -> None:
    """
    A tensor's values as they lie in memory, row by row, without a copy of them where they lie on the CPU.
    """
    tensor = tensor.detach().cpu().contiguous()
    size = tensor.numel() * tensor.element_size()
    if size > 0:
        file.write((ctypes.c_char * size).from_address(tensor.data_ptr()))


def read_json(path: Union[str, Path], where: str) -> Any:
    """
    The JSON of a file.

    :param where: how messages name it
    :raises ScaleError: for a file that cannot be read or is no JSON
    """
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ScaleError(f"{where} cannot be read: {error.strerror or error}.")
    except (ValueError, RecursionError) as error:
        raise ScaleError(f"{where} is not valid JSON ({error}).")


def javascript_json(value: Any, indent: bool = False) -> str:
    """
    JSON as JavaScript's JSON.stringify writes it, with two blanks a level or none at all: its numbers, its
    order of keys (those that are whole numbers first), its escapes.
    """
    return _written(value, "\n" if indent else "")


def _written(value: Any, line: str) -> str:
    """:param line: what begins the line that the value stands on; empty for all on one line"""
    inner = line and line + "  "
    if isinstance(value, dict):
        colon = ": " if line else ":"
        items = [f"{quote(key)}{colon}{_written(value[key], inner)}" for key in _in_order(value)]
        return "{" + inner + ("," + inner).join(items) + line + "}" if items else "{}"
    if isinstance(value, (list, tuple)):
        items = [_written(item, inner) for item in value]
        return "[" + inner + ("," + inner).join(items) + line + "]" if items else "[]"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return number_text(value) if math.isfinite(value) else "null"
    return json.dumps(value)


def _in_order(value: dict) -> list:
    """Keys that are array indices come first, by size, as JavaScript's objects have them."""
    numbers = [key for key in value if key.isascii() and key.isdigit() and str(int(key)) == key]
    numbers = [key for key in numbers if int(key) < 2**32 - 1]
    if not numbers:
        return list(value)
    first = set(numbers)
    return sorted(numbers, key=int) + [key for key in value if key not in first]
