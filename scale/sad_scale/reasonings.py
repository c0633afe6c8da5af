"""Held-out steps whose reasoning the student writes by itself (workers/training/reasoningSamples.ts)."""

from dataclasses import dataclass
from typing import Any, List, Optional

from .data.batches import measured_rows
from .generation import write_all
from .lab_reader import LabReader
from .random import Random
from .reasoning_match import NEAR_MATCH, normalised_plan, token_f1
from .step_borders import StepBorder, borders_of, content_of, ends_a_line, opening

#: Steps that are looked at for each that is wanted; where fewer are readable, the sample is smaller.
TRIES_PER_SAMPLE = 8


@dataclass
class CotCounts:
    """Sums over samples, to be added over the ranks: shares are these over `samples`."""

    samples: int = 0
    exact: int = 0
    near: int = 0
    shared: float = 0.0


@dataclass
class _Sample:
    """A step and what the recorded one reasons, without its marker."""

    border: StepBorder
    reference: str


class ReasoningSamples:
    """The same steps at every evaluation of a run."""

    def __init__(
        self, dataset: Any, trajectories: Any, tokenizer: Any, recipe: Any, reader: Optional[LabReader]
    ):
        """
        Takes `evaluate.cotSamples` steps that begin with a reasoning, by the recipe's seed, or as many as
        there are.

        :param reader: may be None where the recipe asks for no samples
        """
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._reader = reader
        self._samples: List[_Sample] = []
        wanted = recipe.evaluate.cotSamples
        if wanted == 0:
            return
        places = [(row, at) for row in measured_rows(dataset) for at in borders_of(row)]
        tried = Random(recipe.seed).fork("reasonings").shuffle(places)[: TRIES_PER_SAMPLE * wanted]
        for start in range(0, len(tried), wanted):
            if len(self._samples) < wanted:
                self._take(tried[start : start + wanted], trajectories)

    def _take(self, places: List[Any], trajectories: Any) -> None:
        """Adds the samples that stand at these places, until there are enough."""
        asked = [(row, at, opening(row, at, trajectories, self._tokenizer)) for row, at in places]
        asked = [(row, at, one) for row, at, one in asked if one is not None]
        for (row, at, one), step in zip(asked, self._reader.open([one for _, _, one in asked])):
            if step is None:
                continue
            enough = len(self._samples) == self._recipe.evaluate.cotSamples
            if enough or not step.recorded or step.recorded[0].kind != "reason":
                self._reader.close([step.id])
                continue
            reference = content_of(one.trajectory.text[one.from_ :], step.recorded[0])
            self._samples.append(_Sample(StepBorder(row, at, one.from_, step), reference))

    def __len__(self) -> int:
        return len(self._samples)

    def measure(self, model: Any, own: slice = slice(None)) -> CotCounts:
        """
        Lets the student write the steps that are this rank's own, at temperature 0, and compares their
        reasonings.

        :param own: which of the samples, e.g. slice(rank, None, ranks)
        """
        samples = self._samples[own]
        if not samples:
            return CotCounts()
        tokenizer = self._tokenizer
        written = write_all(
            model,
            [sample.border.row.ids[: sample.border.at].tolist() for sample in samples],
            max_tokens=self._recipe.evaluate.cotTokens,
            temperature=0,
            random=lambda _: Random(self._recipe.seed),
            end_of_text_id=tokenizer.end_of_text_id,
            vocabulary_size=tokenizer.vocabulary_size,
            listener=lambda indices, texts: self._over([samples[i] for i in indices], texts),
        )
        texts = [tokenizer.decode(ids) for ids in written]
        counts = CotCounts(samples=len(samples))
        read = self._reader.read([(sample.border.step.id, text) for sample, text in zip(samples, texts)])
        for sample, text, spans in zip(samples, texts, read):
            if not spans or spans[0].kind != "reason":
                continue
            reasoning = content_of(text, spans[0])
            f1 = token_f1(reasoning, sample.reference)
            counts.exact += normalised_plan(reasoning) == normalised_plan(sample.reference)
            counts.near += f1 >= NEAR_MATCH
            counts.shared += f1
        return counts

    def _over(self, samples: List[_Sample], texts: List[List[int]]) -> List[bool]:
        """For each whether something follows its reasoning; looked at where a line ends."""
        looked = [i for i, ids in enumerate(texts) if ends_a_line(self._tokenizer, ids)]
        asked = [(samples[i].border.step.id, self._tokenizer.decode(texts[i])) for i in looked]
        over = [False] * len(texts)
        for i, spans in zip(looked, self._reader.read(asked)):
            over[i] = spans is not None and len(spans) > 1
        return over
