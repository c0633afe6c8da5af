"""
`python -m sad_scale act`: reads texts and draws their next tokens for the lab, which plays its worlds with
them (cli/pytorch/model.ts). Which texts, when they end and what they are answered is the lab's business; here
a model sits beside its cache.

A line of JSON comes in on stdin and one goes out on stdout, the first of which, `{"engine", "backend",
"adapter"}`, is unasked for:

- `{"open": {"rows", "capacity"}}` -> `{}`: a new cache for so many texts of so many tokens each, in place of
  the one before
- `{"draw": [{"length", "ids", "lasts", "lengths", "places", "draws"}, …], "sampling": {…}}` -> a list of the
  tokens drawn, [B] for each pass (workers/models/textModel.ts)
"""

import argparse
import json
import sys
from typing import Any, Dict, List

import torch
from torch import Tensor

from .errors import ScaleError
from .folder import read_student
from .model import Gpt
from .parallel import open_ranks
from .sampling import sample


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        "sad_scale act", description="Draw tokens for the lab, which asks on stdin."
    )
    parser.add_argument("student", metavar="DIR", help="a student's folder, of the lab's GPT")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser


def main(arguments: List[str]) -> None:
    """
    Runs the command until stdin ends.

    :raises ScaleError: for a student that is none of the lab's GPT
    """
    args = parser().parse_args(arguments)
    ranks = open_ranks(args.device)
    dtype = torch.bfloat16 if args.precision == "bfloat16" else torch.float32
    model, _ = read_student(args.student, dtype)
    if not isinstance(model, Gpt):
        raise ScaleError(f"{args.student} is no GPT-2 as the lab has it; only such students act.")
    writer = Writer(model.to(ranks.device).eval())
    _say(ranks.computed_by)
    for line in sys.stdin:
        _say(writer.answer(json.loads(line)))
    ranks.close()


class Writer:
    """A model and the keys and values of what it has read."""

    def __init__(self, model: Gpt):
        self._model = model
        self._device = model.transformer["wte"].weight.device
        self._cache: Any = None

    def answer(self, asked: Dict[str, Any]) -> Any:
        """The answer to one line."""
        if "open" in asked:
            self._cache = self._model.cache(asked["open"]["rows"], asked["open"]["capacity"])
            return {}
        return [self._draw(one, asked["sampling"]).tolist() for one in asked["draw"]]

    @torch.no_grad()
    def _draw(self, asked: Dict[str, Any], sampling: Dict[str, Any]) -> Tensor:
        """[B]: the token after each text of a pass."""
        ids, lasts, lengths, places = (
            torch.tensor(asked[name], device=self._device) for name in ("ids", "lasts", "lengths", "places")
        )
        hidden = self._model.hidden_after(ids.view(len(places), -1), self._cache, places, lengths)
        logits = self._model.logits(hidden.reshape(-1, hidden.shape[-1])[lasts])
        draws = torch.tensor(asked["draws"], dtype=torch.float32, device=self._device)
        top_k, top_p = sampling.get("topK", 0), sampling.get("topP", 1.0)
        vocabulary_size = sampling.get("vocabularySize", self._model.vocabulary_size)
        return sample(logits, draws, sampling["temperature"], top_k, top_p, vocabulary_size)


def _say(answer: Any) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
