"""
`python -m sad_scale generate`: lets a student write, many texts side by side and shared out over the ranks,
for evaluation elsewhere.

A line of the output is `{"index", "prompt", "text", "tokens", "finished"}`: `tokens` is how many were
written, `finished` whether the text came to its own end (its end-of-text or a --stop) or was cut off. Of a
RUN.zip or segmented JSONL the student goes on from the history of each step; `recorded` is what the
trajectory has in its place. The same command writes the same texts on any number of ranks. Progress goes to
stderr.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any, Dict, List, Sequence

import torch

from .cache import default_cache
from .errors import ScaleError
from .folder import read_student
from .generation import write_all
from .parallel import Ranks, open_ranks
from .progress import say
from .prompts import open_prompts
from .random import Random
from .rollouts import Rollouts, line_of
from .sampling import check_sampling
from .written_text import WrittenText

#: Texts that are taken up at a time, for each that is written side by side.
AHEAD = 8
SECONDS_BETWEEN_NEWS = 10


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        "sad_scale generate", description="Let a student write; start it with torchrun for several ranks."
    )
    parser.add_argument(
        "student", metavar="STUDENT", help="a student's folder, or a name that transformers knows"
    )
    parser.add_argument(
        "--prompts",
        required=True,
        metavar="FILE",
        help='JSONL of {"prompt": "…"}; of a RUN.zip or exported spans the history of each (held-out) step',
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the JSONL of rollouts to write")
    parser.add_argument(
        "--recipe", metavar="FILE", help="of spans: write only the steps that this recipe holds out"
    )
    parser.add_argument("--max-tokens", type=int, default=256, help="of each text at most (default 256)")
    parser.add_argument(
        "--temperature", type=float, default=0.0, help="0 takes the likeliest token (default)"
    )
    parser.add_argument(
        "--top-k", type=int, default=0, help="draw from so many of the likeliest; 0 for all (default)"
    )
    parser.add_argument(
        "--top-p", type=float, default=1.0, help="draw from the fewest that reach this share (default 1)"
    )
    parser.add_argument(
        "--stop", action="append", default=[], metavar="TEXT", help="ends a text; may be given again"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn (default 1)")
    parser.add_argument("--batch", type=int, default=64, help="texts side by side on a rank (default 64)")
    parser.add_argument(
        "--resume", action="store_true", help="leave out what an interrupted command has written"
    )
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--cache", metavar="DIR", help="where a RUN.zip is unpacked")
    return parser


def main(arguments: List[str]) -> None:
    """
    Runs the command.

    :raises ScaleError: for what a person can do something about
    """
    args = parser().parse_args(arguments)
    _check(args)
    ranks = open_ranks(args.device)
    dtype = torch.bfloat16 if args.precision == "bfloat16" else torch.float32
    model, tokenizer = ranks.together(lambda: read_student(args.student, dtype))
    model = model.to(ranks.device)
    cache = default_cache(args.cache)
    recipe = Path(args.recipe) if args.recipe else None
    prompts = ranks.together(
        lambda: open_prompts(Path(args.prompts), tokenizer, model.context_length, recipe, cache)
    )
    rollouts = Rollouts(Path(args.out), ranks.together(lambda: _settings(args)), args.resume)
    ranks.together(lambda: rollouts.begin() if ranks.is_first else None)
    done = ranks.together(rollouts.written)
    open_ = [index for index in range(len(prompts)) if index not in done]
    if ranks.is_first:
        known = f", {len(done)} of them written before" if done else ""
        say(f"{_count(len(prompts), 'prompt')}{known}; {_count(ranks.size, 'rank')} on {ranks.device.type}.")
    own = open_[ranks.rank :: ranks.size]
    ranks.together(lambda: _write(model, tokenizer, prompts, own, rollouts, args, ranks))
    count = ranks.together(lambda: rollouts.finish() if ranks.is_first else 0)
    if ranks.is_first:
        print(json.dumps({"out": args.out, "rollouts": count}), flush=True)
    ranks.close()


def _check(args: argparse.Namespace) -> None:
    try:
        check_sampling(args.temperature, args.top_k, args.top_p)
        if args.max_tokens < 1 or args.batch < 1:
            raise ValueError("--max-tokens and --batch must be 1 or more.")
        WrittenText(None, args.stop)
    except ValueError as error:
        parser().error(str(error))


def _settings(args: argparse.Namespace) -> Dict[str, Any]:
    """What the texts depend on."""
    digest = hashlib.sha256()
    try:
        with open(args.prompts, "rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                digest.update(part)
    except OSError as error:
        raise ScaleError(
            f"{args.prompts} cannot be read: {error.strerror or error}; check its path."
        ) from None
    names = ("student", "max_tokens", "temperature", "top_k", "top_p", "stop", "seed", "precision")
    return {"prompts": digest.hexdigest(), **{name: getattr(args, name) for name in names}}


def _write(
    model: Any, tokenizer: Any, prompts: Any, own: Sequence[int], rollouts: Rollouts, args: Any, ranks: Ranks
) -> None:
    """Writes this rank's texts, each to its part as soon as it has ended."""
    news = _News(len(own), ranks)
    with rollouts.open(ranks.rank) as file:
        ahead = AHEAD * args.batch
        for start in range(0, len(own), ahead):
            indices = own[start : start + ahead]
            taken = [prompts[index] for index in indices]
            texts = [WrittenText(tokenizer, args.stop) for _ in indices]

            def ended(which: int, ids: List[int]) -> None:
                stopped = texts[which].has_ended
                rollout = {"index": indices[which], **taken[which][1], "text": texts[which].finish()}
                finished = stopped or ids[-1] == tokenizer.end_of_text_id
                file.write(line_of({**rollout, "tokens": len(ids), "finished": finished}))
                file.flush()
                news.add(len(ids))

            write_all(
                model,
                [ids for ids, _ in taken],
                max_tokens=args.max_tokens,
                temperature=args.temperature,
                top_k=args.top_k,
                top_p=args.top_p,
                random=lambda which: Random(args.seed).fork(f"prompt {indices[which]}"),
                end_of_text_id=tokenizer.end_of_text_id,
                vocabulary_size=tokenizer.vocabulary_size,
                done=lambda which, ids: texts[which].add(ids[-1]),
                ended=ended,
                side_by_side=args.batch,
            )
    news.tell()


class _News:
    """How far the first rank is, now and then on stderr."""

    def __init__(self, count: int, ranks: Ranks):
        self._total = count
        self._of = " of the first rank" if ranks.size > 1 else ""
        self._tells = ranks.is_first
        self._texts = self._tokens = 0
        self._began = self._told = time.monotonic()

    def add(self, tokens: int) -> None:
        """A text has ended."""
        self._texts += 1
        self._tokens += tokens
        if time.monotonic() - self._told > SECONDS_BETWEEN_NEWS:
            self.tell()

    def tell(self) -> None:
        """Says it now."""
        self._told = time.monotonic()
        if self._tells:
            speed = self._tokens / max(1e-9, self._told - self._began)
            say(f"{self._texts} of {_count(self._total, 'text')}{self._of}, {speed:.0f} tokens/s")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
