"""
`python -m sad_scale train`: the lab's training loop (cli/train.ts) on one rank or on many, started by
torchrun.

It writes the lab's own folder, and goes on from the lab's checkpoints as the lab does from its. Progress and
messages go to stderr, the summary to stdout.
"""

import argparse
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, List

from .acted_on import refuse_unknown
from .bundle import Bundle, is_run, open_bundle, open_parts
from .cache import default_cache
from .errors import ScaleError
from .files import javascript_json, make_folder
from .loop import Loop
from .parallel import Ranks, open_ranks
from .prepare import Wishes, prepare
from .progress import say
from .run_folder import RunFolder


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        "sad_scale train",
        description="Train a student by a recipe of the lab; start it with torchrun for several ranks.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="RUN.zip|spans.jsonl", help="a run, or spans exported by the lab"
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="the folder to write to, which every rank sees"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from DIR's checkpoint; begin where there is none"
    )
    parser.add_argument("--recipe", metavar="FILE", help="the recipe, where the inputs are spans")
    parser.add_argument(
        "--tokenizer", metavar="FILE", help="the student's tokenizer.json, where the inputs are spans"
    )
    parser.add_argument("--teacher", metavar="PATH_OR_NAME", help="the teacher's folder, name or capture")
    parser.add_argument(
        "--student", metavar="PATH_OR_NAME", help="a student to begin with, in place of the recipe's"
    )
    parser.add_argument(
        "--shard", action="store_true", help="share parameters and moments out over the ranks (FSDP)"
    )
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32", help="what is computed in"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--lab", metavar="COMMAND", help='the lab\'s command line, e.g. "node lab.js", to read steps'
    )
    parser.add_argument("--cache", metavar="DIR", help="where RUN.zip is unpacked and tokens are kept")
    return parser


def main(arguments: List[str]) -> None:
    """
    Runs the command.

    :raises ScaleError: for what a person can do something about
    """
    args = parser().parse_args(arguments)
    ranks = open_ranks(args.device)
    run(args, ranks)
    ranks.close()


def run(args: argparse.Namespace, ranks: Ranks) -> None:
    """
    The command on ranks that have joined.

    :raises ScaleError: for what a person can do something about
    """
    # Looked at ahead of what takes long.
    bundle = ranks.together(lambda: _bundle(args))
    ranks.together(lambda: make_folder(args.out))
    wishes = Wishes(
        out=Path(args.out),
        cache=default_cache(args.cache),
        shared=Path(args.cache or args.out),
        teacher=args.teacher,
        student=args.student,
        shard=args.shard,
        half=args.precision == "bfloat16",
        lab=args.lab,
        resume=args.resume,
    )
    with prepare(bundle, wishes, ranks) as prepared:
        trainer, folder = prepared.trainer, prepared.folder
        elapsed = ranks.together(lambda: folder.begin(trainer.step, ranks.is_first))
        with _asked_to_end() as stop:
            done = _run(Loop(trainer, folder, elapsed, stop), folder, ranks)
        if ranks.is_first:
            say(f"Run {'finished' if done else 'stopped'} at step {trainer.step}.")
            print(_summary(args.out, trainer.step, folder, ranks), flush=True)


def _run(loop: Loop, folder: RunFolder, ranks: Ranks) -> bool:
    """
    The loop, and what is written whether it ends well or not.

    :raises ScaleError: with what is left of the run
    """
    try:
        done = loop.run()
    except ScaleError as error:
        if ranks.is_first:
            try:
                folder.write_csv()
            except ScaleError as second:
                say(str(second))
        raise type(error)(f"{error} {folder.kept()}") from error
    ranks.together(lambda: folder.write_csv() if ranks.is_first else None)
    return done


def _bundle(args: argparse.Namespace) -> Bundle:
    takes_run = is_run(args.inputs[0])
    if takes_run and (len(args.inputs) > 1 or args.recipe):
        raise ScaleError("Name one RUN.zip, or files of spans with --recipe recipe.json, but not both.")
    if not takes_run and not args.recipe:
        raise ScaleError("Name the recipe of these spans: --recipe recipe.json; or name a RUN.zip.")
    if takes_run:
        bundle = open_bundle(Path(args.inputs[0]), default_cache(args.cache))
    else:
        tokenizer = Path(args.tokenizer) if args.tokenizer else None
        bundle = open_parts(Path(args.recipe), [Path(path) for path in args.inputs], tokenizer)
    refuse_unknown(bundle.recipe)
    return bundle


@contextmanager
def _asked_to_end() -> Iterator[Callable[[], bool]]:
    """
    Hears SIGINT and SIGTERM, which torchrun passes on as well: the step under way is finished and saved.
    """
    asked = False

    def hear(number: int, frame: Any) -> None:
        nonlocal asked
        asked = True

    before = {one: signal.signal(one, hear) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _summary(out: str, step: int, folder: RunFolder, ranks: Ranks) -> str:
    told = {
        "out": out,
        "step": step,
        **ranks.computed_by,
        "ranks": ranks.size,
        "train": folder.last.get("train"),
        "heldOut": folder.last.get("held-out"),
    }
    return javascript_json({key: value for key, value in told.items() if value is not None})
