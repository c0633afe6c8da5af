"""
`python -m sad_scale score`: what a teacher predicts of trajectories, written as a capture that the lab and
scale train on.

The teacher is a model on this machine (the lab's GPT, or with transformers any causal language model), on one
rank or on several, or one behind an OpenAI-compatible completions server that tells log-probabilities of
prompts: vLLM by its `prompt_logprobs`, others by the legacy `echo` with `logprobs`. A run that was
interrupted goes on with the same command.

Limits, of which `teachers/route.py` and `teachers/impossible.py` say why:

- The lab's capture holds the teacher's own tokens where the lab reads its tokenizer (byte-level BPE as GPT-2
  has it). Of any other teacher it holds the student's tokens, to which the predictions are aligned by the
  lab's own rules; it is then of use for this student's tokenizer, and through a second alignment for others.
- A chat model is asked about the trajectory's plain text, without its template.
- vLLM: k is at most its --max-logprobs (20 unless told otherwise); start it with --no-enable-prefix-caching,
  as some versions tell nothing of a part of a prompt that they have cached.
- Legacy servers that write tokens as texts cannot tell parts of characters apart: those count to the tail.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, List, Optional, Tuple

import torch

from .bundle import is_run, open_bundle
from .cache import default_cache
from .errors import ScaleError
from .files import read_json
from .folder import has_transformers, read_student
from .parallel import open_ranks
from .progress import say
from .teachers.capture import Capture
from .teachers.capture_format import bytes_per_token
from .teachers.capturing import Capturing, capture_teacher
from .teachers.identity import digest, fingerprint
from .teachers.json_client import JsonClient
from .teachers.local import LocalScorer
from .teachers.opening import DEFAULT_K, left_out_line
from .teachers.ranks import own_ranks
from .teachers.route import Route, route_of
from .teachers.server import ServerScorer
from .tokenizer import tokenizer_from_json
from .trajectories import Trajectories

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        "sad_scale score",
        description="Write what a teacher predicts of trajectories as a capture for the lab.",
    )
    parser.add_argument(
        "inputs", nargs="+", metavar="RUN.zip|spans.jsonl", help="a run, or spans exported by the lab"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the capture to write")
    parser.add_argument(
        "--teacher", metavar="PATH_OR_NAME", help="a model's folder, or a name that transformers knows"
    )
    parser.add_argument(
        "--k", type=int, default=DEFAULT_K, help=f"likeliest tokens to keep (default {DEFAULT_K})"
    )
    parser.add_argument(
        "--align", action="store_true", help="write the student's tokens, whatever the teacher's are"
    )
    parser.add_argument(
        "--student-tokenizer", metavar="FILE", help="the student's tokenizer.json, where no RUN.zip has it"
    )
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help="of a model on this machine"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--cache", metavar="DIR", help="where a RUN.zip is unpacked")
    server = parser.add_argument_group("a server instead of --teacher")
    server.add_argument("--server", metavar="URL", help="e.g. http://localhost:8000/v1")
    server.add_argument("--model", metavar="NAME", help="the teacher's name there")
    server.add_argument(
        "--tokenizer", metavar="PATH", help="the teacher's tokenizer.json or folder (default: --model)"
    )
    server.add_argument(
        "--api-key-env", metavar="VAR", help="the environment variable that holds the server's key"
    )
    server.add_argument("--context", type=int, help="tokens that the server reads, where it does not tell")
    server.add_argument("--at-once", type=int, default=8, help="requests under way at a time (default 8)")
    server.add_argument(
        "--timeout", type=float, default=600, help="seconds that an answer may take (default 600)"
    )
    server.add_argument(
        "--attempts", type=int, default=6, help="before a silent server is given up (default 6)"
    )
    return parser


def main(arguments: List[str]) -> None:
    """
    Runs the command.

    :raises ScaleError: for what a person can do something about
    """
    args = parser().parse_args(arguments)
    if args.server and (args.teacher or not args.model):
        parser().error("--server goes with --model NAME, and without --teacher")
    if not args.server and not args.teacher and not is_run(args.inputs[0]):
        parser().error("name a teacher: --teacher PATH_OR_NAME, or --server URL with --model NAME")
    ranks = open_ranks("cpu" if args.server else args.device)
    capturing, trajectories = ranks.together(lambda: _prepared(args, ranks.device))
    try:
        left_out = capture_teacher(capturing, trajectories, args.out)
    except KeyboardInterrupt:
        raise ScaleError(
            f"Stopped; what has been scored lies beside {args.out}, and the same command goes on from there."
        ) from None
    if own_ranks().is_first:
        if left_out:
            say(left_out_line(left_out, capturing.name))
        capture = Capture(args.out)
        told = {
            "out": args.out,
            "model": capture.model,
            "k": capture.k,
            "trajectories": len(capture),
            "tokens": capture.tokens,
            "bytes": os.path.getsize(args.out),
            "bytesPerToken": bytes_per_token(capture.k, capture.tokenizer.vocabulary_size),
        }
        print(json.dumps(told), flush=True)
    ranks.close()


def _prepared(args: argparse.Namespace, device: torch.device) -> Tuple[Capturing, Trajectories]:
    trajectories, student, teacher = _inputs(args)
    if args.server:
        return _on_server(args, student), trajectories
    path = args.teacher or teacher
    if path is None:
        raise ScaleError(f"{args.inputs[0]} brings no teacher: name its folder by --teacher.")
    precision = PRECISIONS[args.precision]
    model, tokenizer = read_student(path, precision)
    name = Path(args.teacher).name if args.teacher else "teacher"
    route = route_of(tokenizer, student, args.k, name, args.align)
    vocabulary = route.tokenizer.vocabulary_size
    scorer = LocalScorer(model, name, k=args.k, vocabulary=vocabulary, device=device, dtype=precision)
    return _capturing(args, route, scorer, name, fingerprint(path)), trajectories


def _on_server(args: argparse.Namespace, student: Any) -> Capturing:
    key = None
    if args.api_key_env:
        key = os.environ.get(args.api_key_env)
        if not key:
            raise ScaleError(
                f"The environment variable {args.api_key_env} is not set, so there is no key for the server."
            )
    client = JsonClient(args.server, key=key, timeout=args.timeout, attempts=max(1, args.attempts))
    tokenizer = _tokenizer_at(args.tokenizer or args.model)
    route = route_of(tokenizer, student, args.k, args.model, args.align)
    scorer = ServerScorer(
        client, args.model, route.tokenizer, k=args.k, context=args.context, at_once=max(1, args.at_once)
    )
    return _capturing(args, route, scorer, args.model, f"server {args.model}")


def _capturing(args: argparse.Namespace, route: Route, scorer: Any, name: str, identity: str) -> Capturing:
    aligned = route.begin is not None
    of = digest(
        teacher=identity,
        k=args.k,
        dtype=args.precision,
        begin=route.begin,
        tokenizer=route.writing.tokenizer.to_json(),
    )
    label = f"{name}, aligned" if aligned else name
    return Capturing(route.tokenizer, route.begin, route.writing, scorer.scored, label, args.k, of)


def _inputs(args: argparse.Namespace) -> Tuple[Trajectories, Optional[Any], Optional[Path]]:
    """The trajectories, and what a run brings along: the student's tokenizer and the teacher's folder."""
    student = _tokenizer_at(args.student_tokenizer) if args.student_tokenizer else None
    if not any(is_run(path) for path in args.inputs):
        return Trajectories([Path(path) for path in args.inputs]), student, None
    if len(args.inputs) > 1:
        raise ScaleError("Name one RUN.zip, or files of spans, but not both.")
    bundle = open_bundle(Path(args.inputs[0]), default_cache(args.cache))
    return bundle.trajectories, student or bundle.tokenizer, bundle.teacher


def _tokenizer_at(path: str) -> Any:
    """
    The lab's tokenizer where it reads the file, else that of transformers.

    :param path: a tokenizer.json, a folder with one, or a name that transformers knows
    """
    place = Path(path)
    file = place / "tokenizer.json" if place.is_dir() else place
    if file.is_file():
        try:
            return tokenizer_from_json(read_json(file, str(file)), str(file))
        except ScaleError:
            if not has_transformers():
                raise
    elif not has_transformers():
        raise ScaleError(
            f"{path} is no tokenizer.json and no folder with one: name the teacher's by --tokenizer."
        )
    from .hf_tokenizer import HfTokenizer

    return HfTokenizer.read(place.parent if place.is_file() else path)
