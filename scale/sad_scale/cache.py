"""Folders of what takes long to make, made once for all ranks and runs of a machine."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Callable, Iterator, Optional

from .errors import ScaleError

try:
    import fcntl
except ImportError:  # Windows, where ranks that start together may make the same folder twice and keep one.
    fcntl = None

#: Names the files of a folder and their sizes, written when it is whole.
SIZES = "sizes.json"


def default_cache(wished: Optional[str]) -> Path:
    """
    Where caches of this machine's user lie: where a person wished by --cache, else by the environment
    variable SAD_SCALE_CACHE, else the usual folder.
    """
    wished = wished or os.environ.get("SAD_SCALE_CACHE")
    if wished:
        return Path(wished)
    usual = os.environ.get("XDG_CACHE_HOME")
    return (Path(usual) if usual else Path.home() / ".cache") / "sad_scale"


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """
    A folder that is there whole or not at all. Of several processes that ask at once on one machine one makes
    it and the others wait; one that dies meanwhile leaves nothing that is taken for whole.

    :param folder: named after what is in it, so that another content has another name
    :param make: writes the files into the folder that it is given, which becomes `folder`
    :raises ScaleError: where the disk is full or cannot be written to, and what `make` raises
    """
    if _is_whole(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f"{folder.name}.lock")):
            if not _is_whole(folder):
                _make(folder, make)
    except OSError as problem:
        raise ScaleError(
            f"The cache {folder.parent} cannot be written to: {problem.strerror or problem}; make room, or"
            " name another folder with --cache."
        ) from None
    return folder


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for left in folder.parent.glob(f"{folder.name}.part-*"):
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
    try:
        make(part)
        files = [path for path in part.rglob("*") if path.is_file()]
        sizes = {path.relative_to(part).as_posix(): path.stat().st_size for path in files}
        (part / SIZES).write_text(json.dumps(sizes), encoding="utf-8")
        try:
            os.rename(part, folder)
        except OSError:
            # On a file system without locks somebody else may have been faster.
            if not _is_whole(folder):
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    """A machine that went down may have kept a folder's name and lost what was in it: sizes tell."""
    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock; one that dies lets go of it."""
    with open(path, "a+b") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError:
                # Some network file systems have no locks; then several do the same work and one result is
                # kept.
                pass
        yield
