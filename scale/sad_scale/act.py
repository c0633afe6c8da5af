"""
`python -m sad_scale act`: reads texts and draws their next tokens for the lab, which plays its worlds with them
(cli/pytorch.ts). Which texts, when they end and what they are answered is the lab's business; here a model sits
beside its cache.

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
    parser = argparse.ArgumentParser("sad_scale act", description="Draw tokens for the lab, which asks on stdin.")
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


#: How many times as many texts a pass may have when it is filled.
MOST_FILLED = 3


class Writer:
    """A model and the keys and values of what it has read."""

    def __init__(self, model: Gpt):
        self._model = model
        self._device = model.transformer["wte"].weight.device
        self._cache: Any = None
        self._capacity = 0
        #: Tokens that the cache has of each text at most.
        self._known: List[int] = []

    def answer(self, asked: Dict[str, Any]) -> Any:
        """The answer to one line."""
        if "open" in asked:
            rows, self._capacity = asked["open"]["rows"], asked["open"]["capacity"]
            self._cache = self._model.cache(rows, self._capacity)
            self._known = [0] * rows
            return {}
        return [self._pass(one, asked["sampling"]) for one in asked["draw"]]

    def _pass(self, asked: Dict[str, Any], sampling: Dict[str, Any]) -> List[int]:
        """[B]: the token after each text of a pass."""
        for place, length, last in zip(asked["places"], asked["lengths"], asked["lasts"]):
            self._known[place] = length + last % asked["length"] + 1
        if asked["length"] > 1:
            return self._draw(asked, sampling).tolist()
        filled = self._filled(asked)
        drawn = self._draw(filled, sampling).tolist()
        first = filled["places"][0]
        return [drawn[place - first] for place in asked["places"]] if filled is not asked else drawn

    def _filled(self, asked: Dict[str, Any]) -> Dict[str, Any]:
        """
        A pass of one token each with the texts between them put in as well: the rows of the cache follow one
        another then, and need not be copied together. What is written of those texts stands behind all that
        is known of them, where their own next token will.
        """
        places = asked["places"]
        all_ = range(min(places), max(places) + 1)
        if len(all_) > MOST_FILLED * len(places):
            return asked
        rows = {place: row for row, place in enumerate(places)}
        between = [place for place in all_ if place not in rows]
        if len(rows) < len(places) or any(self._known[place] >= self._capacity for place in between):
            return asked

        def taken(name: str, otherwise: List[Any]) -> List[Any]:
            return [asked[name][rows[place]] if place in rows else otherwise[place] for place in all_]

        zeros = [0] * len(self._known)
        return {
            "length": 1,
            "ids": taken("ids", zeros),
            "draws": taken("draws", zeros),
            "lengths": taken("lengths", self._known),
            "lasts": list(range(len(all_))),
            "places": list(all_),
        }

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
