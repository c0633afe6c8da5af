"""
Which predictions of a batch are trained and what each counts: workers/objective/weights.ts in torch.

Position t predicts token t + 1, so the shift comes first and the mask is that of the token predicted. With
w_t the token's own weight (1 without), N_k the sum of those of term k in the whole optimiser step, over all
ranks and micro-batches, and λ_k the term's weight, a token of term k counts

    span-mean    λ_k w_t / N_k, each kind by its own mean
    token-mean   λ_k w_t / Σ_j N_j over the terms with λ_j > 0, one mean over all supervised tokens
    weight-sum   λ_k w_t / Σ_j λ_j N_j
    sum          λ_k w_t

A token whose own weight is 0 is neither trained on nor measured nor counted. Tokens of kind `other` behind
the prompt are treated as observations. Reason and act tokens are always listed, so that they are measured
even where λ is 0; observations only where λ_observation > 0. A term without tokens adds 0.
"""

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Sequence

import torch
from torch import Tensor

from .data.row import PADDING
from .divergence import Divergence
from .random import Random

#: The kinds with a loss of their own, in the order of every K-row below.
TERMS = ("reason", "act", "observation")
REASON, ACT, OBSERVATION = range(3)

#: Of a token that is not trained on.
NO_TERM = 255
#: Term by kind code (workers/dataset/row.ts): prompt, reason, act, observation, other; PADDING is the last.
TERM_OF_KIND = torch.full((256,), NO_TERM, dtype=torch.uint8)
TERM_OF_KIND[1:5] = torch.tensor([REASON, ACT, OBSERVATION, OBSERVATION], dtype=torch.uint8)

Lambda = Dict[str, float]


@dataclass(frozen=True)
class Objective:
    """A recipe's objective with the weights of the moment."""

    weights: Lambda
    normaliser: str
    divergence: Divergence
    #: Deals each row's reason and act labels anew among its reason and act tokens, by this seed and the row's
    #: own ids.
    shuffle_seed: Optional[int] = None

    def measured(self) -> "Objective":
        """The same for held-out rows, which are measured by their own labels."""
        return Objective(self.weights, self.normaliser, self.divergence)


def objective_of(recipe, weights: Optional[Lambda] = None) -> Objective:
    """
    :param recipe: resolved, as `recipe.parse_recipe` gives it
    :param weights: λ where it was changed on the way; the recipe's without
    """
    own = recipe.objective
    divergence = Divergence(
        own.divergence,
        float(own.temperature),
        bool(own.temperatureSquared),
        float(own.hardShare),
        getattr(own, "beta", None),
        getattr(own, "alpha", None),
    )
    # `lambda` is a word of Python's own.
    stated = getattr(own, "lambda")
    weights = weights or {term: getattr(stated, term) for term in TERMS}
    return Objective(weights, own.normaliser, divergence, recipe.seed if own.spans == "shuffled" else None)


class Predictions(NamedTuple):
    """The predictions of a batch that are listed. M entries each, on the batch's own device."""

    #: [M] index into the batch's N = rows · length positions: the hidden state at t, which predicts t + 1.
    positions: Tensor
    #: [M] the recorded token at t + 1.
    tokens: Tensor
    #: [M] index into TERMS, int64.
    terms: Tensor
    #: [M] float32, what each token counts beside its kind's λ, the normaliser left out; None where that is 1
    #: each.
    own: Optional[Tensor]


class Tally(NamedTuple):
    """What is listed of a batch, by term."""

    #: [K] float64: tokens
    counts: Tensor
    #: [K] float64: the sum of their own weights, N_k of the normalisers
    totals: Tensor


class Supervised(NamedTuple):
    """Predictions with what each counts in the objective."""

    predictions: Predictions
    #: [M] float32: factor of each prediction's divergence
    weights: Tensor


def predictions_of(batch, objective: Objective) -> Predictions:
    """
    :param batch: a `data.row.Batch`
    :raises ValueError: for a kind code that no row has
    """
    kinds = batch.kinds
    if bool(((kinds > 4) & (kinds != PADDING)).any()):
        raise ValueError(f"unknown kind codes among {sorted(set(kinds.flatten().tolist()))}")
    terms = TERM_OF_KIND.to(kinds.device)[kinds[:, 1:].long()]
    listed = terms != NO_TERM
    if objective.weights["observation"] == 0:
        listed &= terms != OBSERVATION
    if batch.weights is not None:
        listed &= batch.weights[:, 1:] != 0
    if batch.segments is not None:
        # The first token of a window is context: nothing before it predicts it.
        listed &= batch.segments[:, :-1] == batch.segments[:, 1:]
    rows, places = listed.nonzero(as_tuple=True)
    terms = terms[rows, places].long()
    if objective.shuffle_seed is not None:
        terms = _shuffled(batch, rows, terms, objective.shuffle_seed)
    own = None if batch.weights is None else batch.weights[rows, places + 1]
    return Predictions(rows * batch.length + places, batch.ids[rows, places + 1], terms, own)


def tally(predictions: Predictions) -> Tally:
    """Tokens and weights by term; of several batches they are added."""
    counts = torch.bincount(predictions.terms, minlength=len(TERMS)).double()
    if predictions.own is None:
        return Tally(counts, counts)
    return Tally(counts, torch.bincount(predictions.terms, predictions.own.double(), minlength=len(TERMS)))


def supervise(predictions: Predictions, objective: Objective, totals: Sequence[float]) -> Supervised:
    """
    :param totals: [K] N_k of the whole optimiser step, of which this may be a part
    """
    factors = [objective.weights[term] * scale for term, scale in zip(TERMS, term_scales(objective, totals))]
    weights = torch.tensor(factors, dtype=torch.float64, device=predictions.terms.device)[predictions.terms]
    if predictions.own is not None:
        weights = weights * predictions.own
    return Supervised(predictions, weights.float())


def term_scales(objective: Objective, totals: Sequence[float]) -> List[float]:
    """[K] the factor of each term's summed divergence under the normaliser; 0 for a term without tokens."""
    weights = [objective.weights[term] for term in TERMS]
    normaliser = objective.normaliser

    def scale(own: float) -> float:
        if own == 0:
            return 0.0
        if normaliser == "sum":
            return 1.0
        if normaliser == "span-mean":
            return 1 / own
        if normaliser == "token-mean":
            tokens = sum(total for total, weight in zip(totals, weights) if weight > 0)
        else:
            tokens = sum(total * weight for total, weight in zip(totals, weights))
        return 1 / tokens if tokens > 0 else 0.0

    return [scale(float(total)) for total in totals]


def _shuffled(batch, rows: Tensor, terms: Tensor, seed: int) -> Tensor:
    """Reason and act labels of each row dealt anew; the same for a row in whatever batch it comes."""
    terms = terms.clone()
    for row in range(batch.rows):
        places = ((rows == row) & (terms != OBSERVATION)).nonzero()[:, 0]
        if len(places) == 0:
            continue
        filled = (batch.kinds[row] != PADDING).nonzero()
        ids = batch.ids[row, : int(filled[-1]) + 1].tolist()
        random = Random(seed).fork("spans " + ",".join(map(str, ids)))
        terms[places] = torch.tensor(random.shuffle(terms[places].tolist()), device=terms.device)
    return terms
