"""
What a run is made of: RUN.zip, which the lab packs (workers/cluster/runZip.ts), or its parts one by one.
"""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Dict, List, NoReturn, Optional, Sequence, Union

from .cache import once
from .errors import ScaleError
from .files import read_json
from .javascript import parse_json
from .recipe import Recipe, read_recipe, recipe_from_text
from .tokenizer import Tokenizer, tokenizer_from_json
from .trajectories import Trajectories

FORMAT = "structured-agent-distillation-lab run"
VERSION = 1
ABOUT = "run.json"
#: Files that every run has, and those that go with a teacher. All else in the zip is for people, or the
#: program.
NEEDED = ("recipe.json", "trajectories.jsonl", "tokenizer.json")
TEACHER = ("teacher/config.json", "teacher/model.safetensors", "teacher/tokenizer.json")
OPTIONAL = ("teacher.capture", "targets.safetensors", *TEACHER)
#: Bytes that are copied at a time.
PART = 1 << 20


@dataclass
class Bundle:
    """
    A run on its way from the lab.

    :ivar tokenizer: the student's; None where the folder of a teacher or student brings one
    :ivar vocabulary_size: rows of the student's embedding, at least the tokenizer's ids; None where it is not
      told
    :ivar teacher: folder of a model, `capture` a file of stored log-probabilities, `targets` those that came
      with the trajectories; None each where the run has none
    """

    recipe: Recipe
    trajectories: Trajectories
    tokenizer: Optional[Tokenizer]
    vocabulary_size: Optional[int]
    teacher: Optional[Path]
    capture: Optional[Path]
    targets: Optional[Path]


def open_parts(
    recipe_path: Path, jsonl_paths: Sequence[Path], tokenizer_path: Optional[Path] = None
) -> Bundle:
    """
    A run from its parts: a recipe, and segmented trajectories as `lab segment` and the page write them.

    :raises ScaleError: where a file cannot be read or is not what it should be
    """
    recipe = read_recipe(recipe_path)
    tokenizer = None
    if tokenizer_path is not None:
        tokenizer = tokenizer_from_json(read_json(tokenizer_path, str(tokenizer_path)), str(tokenizer_path))
    return Bundle(recipe, Trajectories(jsonl_paths), tokenizer, None, None, None, None)


def is_run(path: Union[str, Path]) -> bool:
    """Whether a file is a RUN.zip, by its name."""
    return str(path).lower().endswith(".zip")


def open_bundle(path: Path, cache: Path) -> Bundle:
    """
    A run from RUN.zip, whose files are unpacked once on each machine.

    :param cache: the folder that keeps them
    :raises ScaleError: naming in one sentence all that is wrong with the zip
    """
    path = Path(path)
    where = path.name
    try:
        with zipfile.ZipFile(path) as zipped:
            content = _read_about(zipped, where)
            about = _check_about(content, where)
            _refuse_all(_problems_of_list(zipped, about), where)
            # Its list holds the hash of every file, so that one key names one content.
            key = hashlib.sha256(content).hexdigest()[:32]
            folder = once(cache / f"run-{key}", lambda part: _unpack(zipped, about, part, where))
    except OSError as problem:
        raise ScaleError(f"{where} cannot be read: {problem.strerror or problem}; check its path.") from None
    except (zipfile.BadZipFile, EOFError) as problem:
        raise ScaleError(
            f"{where} is no whole zip ({problem}): it may have been cut short on its way; copy it anew."
        ) from None
    return _open_folder(folder, about, where)


def _read_about(zipped: zipfile.ZipFile, where: str) -> bytes:
    try:
        return zipped.read(ABOUT)
    except KeyError:
        raise ScaleError(
            f'{where} is not a run of the lab, as it holds no {ABOUT}: pack it with "Take this run to a'
            ' cluster".'
        ) from None
    except (zlib.error, RuntimeError, NotImplementedError) as problem:
        raise ScaleError(
            f"{where} is damaged, its {ABOUT} cannot be read ({problem}); copy it anew."
        ) from None


def _check_about(content: bytes, where: str) -> Dict[str, Any]:
    def refuse(what: str) -> NoReturn:
        raise ScaleError(f"{where} {what}.")

    try:
        about = parse_json(content.decode())
    except ValueError as problem:
        refuse(f"is damaged, its {ABOUT} is no JSON ({problem}); copy it anew")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        refuse(f'is not a run of the lab by its {ABOUT}: pack it with "Take this run to a cluster"')
    if about.get("version") != VERSION:
        refuse(
            f"is of version {about.get('version')} and this program reads version {VERSION}: pack it and take"
            " the program from one and the same lab"
        )
    files = about.get("files")
    sound = isinstance(files, dict) and all(
        isinstance(facts, dict)
        and isinstance(facts.get("bytes"), int)
        and isinstance(facts.get("sha256"), str)
        for facts in files.values()
    )
    numbers = [about.get("trajectories"), about.get("vocabularySize")]
    if not sound or not all(isinstance(number, int) for number in numbers):
        refuse(f"is damaged, its {ABOUT} does not tell what it holds; pack it anew")
    return about


def _problems_of_list(zipped: zipfile.ZipFile, about: Dict[str, Any]) -> List[str]:
    """What is wrong with the names and sizes of the files that are in the zip and those that should be."""
    held = {info.filename: info.file_size for info in zipped.infolist()}
    files = about["files"]
    problems = [
        f"its file {name} would be written outside of its folder"
        for name in held
        if PurePosixPath(name).is_absolute()
        or ".." in PurePosixPath(name).parts
        or "\\" in name
        or ":" in name
    ]
    for name in {**dict.fromkeys(NEEDED), **files}:
        if name not in held:
            problems.append(f"{name} is missing")
        elif name not in files:
            problems.append(f"{ABOUT} does not tell of {name}")
        elif held[name] != files[name]["bytes"]:
            problems.append(f"{name} has {held[name]} bytes in place of {files[name]['bytes']}")
    if "tokenizer.json" in files and about.get("tokenizer") != files["tokenizer.json"]["sha256"]:
        problems.append("tokenizer.json is not the tokenizer that the run was packed with")
    return problems


def _unpack(zipped: zipfile.ZipFile, about: Dict[str, Any], folder: Path, where: str) -> None:
    """Writes the files of the run into a folder, each held against its hash."""
    problems = []
    for name in (*NEEDED, *OPTIONAL):
        if name not in about["files"]:
            continue
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        try:
            with open(target, "wb") as file, zipped.open(name) as source:
                for part in iter(lambda: _read(source), b""):
                    digest.update(part)
                    file.write(part)
        except (_Damaged, zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
            problems.append(f"{name} is damaged ({problem})")
            continue
        if digest.hexdigest() != about["files"][name]["sha256"]:
            problems.append(f"{name} is not as it was packed")
    _refuse_all(problems, where)


class _Damaged(Exception):
    """What is wrong with a file in the zip; other errors while it is unpacked are those of the disk."""


def _read(source: Any) -> bytes:
    try:
        return source.read(PART)
    except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
        raise _Damaged(problem) from None


def _refuse_all(problems: Sequence[str], where: str) -> None:
    if problems:
        raise ScaleError(
            f"{where} cannot be run: {'; '.join(problems)}: copy it anew, or pack it anew in the lab."
        )


def _open_folder(folder: Path, about: Dict[str, Any], where: str) -> Bundle:
    files = about["files"]

    def present(name: str) -> Optional[Path]:
        return folder / name if name in files else None

    recipe = recipe_from_text((folder / "recipe.json").read_text(encoding="utf-8"), f"recipe.json in {where}")
    json = read_json(folder / "tokenizer.json", f"tokenizer.json in {where}")
    tokenizer = tokenizer_from_json(json, f"tokenizer.json in {where}")
    lines = "trajectories.jsonl"
    trajectories = Trajectories([folder / lines], [f"{lines} in {where}"], files[lines]["sha256"])
    problems = []
    if len(trajectories) != about["trajectories"]:
        problems.append(f"{lines} holds {len(trajectories)} trajectories in place of {about['trajectories']}")
    if about["vocabularySize"] < tokenizer.vocabulary_size:
        problems.append(
            f"its tokenizer has {tokenizer.vocabulary_size} ids and its student's vocabulary"
            f" {about['vocabularySize']}"
        )
    some = [name for name in TEACHER if name in files]
    if some and len(some) < len(TEACHER):
        problems.append(
            f"{' and '.join(name for name in TEACHER if name not in files)} of its teacher are missing"
        )
    _refuse_all(problems, where)
    return Bundle(
        recipe=recipe,
        trajectories=trajectories,
        tokenizer=tokenizer,
        vocabulary_size=about["vocabularySize"],
        teacher=folder / "teacher" if some else None,
        capture=present("teacher.capture"),
        targets=present("targets.safetensors"),
    )
