"""
Divergences of a student from its teacher and their gradients by logit (workers/kernels/head/divergence.ts).

M rows, V vocabulary. With z the student's logits, q = softmax(z/τ) and p the teacher's distribution at the
same τ, D is

    forward-kl        Σ p (log p − log q)                       (Hinton et al. 2015, arXiv 1503.02531)
    reverse-kl        Σ q (log q − log p)                       (MiniLLM, arXiv 2306.08543)
    jsd               β KL(p ‖ m) + (1 − β) KL(q ‖ m)           (GKD, arXiv 2306.13649, as TRL has it)
                      with m = β p + (1 − β) q
    skew-kl           KL(p ‖ α p + (1 − α) q)                   (DistiLLM, arXiv 2402.03898)
    total-variation   ½ Σ |p − q|
    cross-entropy     −log softmax(z)_y, y the recorded token; knows no τ

times τ² where asked for, and what is trained is (1 − w) D + w · cross-entropy. By the chain rule through the
softmax, with u_v = q_v ∂D/∂q_v, ∂D/∂z_v = (u_v − q_v Σ u) / τ. All of it is finite for finite logits,
whatever their size.
"""

import math
from dataclasses import dataclass
from typing import Callable, NamedTuple, Optional, Union

import torch
from torch import Tensor

#: Least log-probability of a stored entry, which may be −∞; exp of it is 0 in float32.
LOG_FLOOR = -100.0
#: Least mass whose logarithm is taken for the tail: half a unit in the last place of 1, all that 1 − Σp can
#: tell.
TAIL_FLOOR = 2.0**-24
#: Stands for the logarithm of 0 where −∞ would make NaN of a product with 0.
ABSENT = -1e30

#: The columns that are measured of each prediction, in the order of workers/kernels/operations.ts.
HEAD_SUMS = ("divergence", "kl", "crossEntropy", "teacherEntropy", "agreement")
#: What a prediction is looked at for by itself, on held-out rows.
HEAD_ROWS = ("agreement", "correct", "confidence")


@dataclass(frozen=True)
class Divergence:
    """
    What is trained at one position, (1 − hard_share) · D(teacher, student) + hard_share · cross-entropy.
    """

    name: str
    #: τ > 0; other than 1 only against a model's logits.
    temperature: float = 1.0
    #: Multiplies D by τ², which keeps the size of its gradient.
    temperature_squared: bool = True
    #: w, within [0, 1).
    hard_share: float = 0.0
    #: β of jsd, within (0, 1).
    beta: Optional[float] = None
    #: α of skew-kl, within (0, 1).
    alpha: Optional[float] = None

    @property
    def soft(self) -> float:
        """What D itself is multiplied with."""
        return (1 - self.hard_share) * (self.temperature**2 if self.temperature_squared else 1)


class Stored(NamedTuple):
    """Log-probabilities of k different tokens of each row; all other tokens are one outcome, the tail."""

    #: [M, k] int64, −1 where a row has fewer
    ids: Tensor
    #: [M, k] nats
    log_probabilities: Tensor


#: The teacher of some rows: its logits [M, V], what is stored of it, or None for the text, certain of each
#: token.
RowTeacher = Union[Tensor, Stored, None]


class Outcomes(NamedTuple):
    """
    Teacher p and student q over the same n outcomes: all tokens, or the stored ones and their tail. [M, n]
    each.
    """

    p: Tensor
    log_p: Tensor
    log_q: Tensor
    #: From u = q ∂D/∂q by outcome to the gradient by logit, [M, V], still to be divided by τ.
    to_logits: Callable[[Tensor], Tensor]


def measure_rows(logits: Tensor, tokens: Tensor, teacher: RowTeacher, divergence: Divergence) -> Tensor:
    """
    HEAD_SUMS of each row. KL, cross-entropy and the teacher's entropy are those at τ = 1, whatever is
    trained; over stored outcomes KL and entropy are lower bounds of those over all tokens, as the tail counts
    as one.

    :param logits: [M, V] float32 or float64, the student's
    :param tokens: [M] the recorded next tokens
    :return: [M, 5]
    :raises ValueError: when the divergence lacks its parameter, or there are no logits that τ could divide
    """
    _check(teacher, divergence)
    log_q = logits.log_softmax(-1)
    cross_entropy = -log_q.gather(1, tokens[:, None])[:, 0]
    plain = None if teacher is None else _outcomes(teacher, logits, log_q, 1.0)
    kl = cross_entropy if plain is None else _value(plain, Divergence("forward-kl"))
    entropy = torch.zeros_like(kl) if plain is None else -(plain.p * plain.log_p).sum(-1)
    trained = cross_entropy
    if not _is_hard(teacher, divergence):
        outcomes = plain if plain is not None and divergence.temperature == 1 else None
        outcomes = outcomes or _compared(teacher, logits, log_q, tokens, divergence)
        trained = divergence.soft * _value(outcomes, divergence) + divergence.hard_share * cross_entropy
    agreement = (logits.argmax(-1) == _choice(teacher, tokens)).to(logits.dtype)
    return torch.stack([trained, kl, cross_entropy, entropy, agreement], 1)


def logit_gradient(logits: Tensor, tokens: Tensor, teacher: RowTeacher, divergence: Divergence) -> Tensor:
    """
    ∂(what is trained)/∂logits of each row.

    :return: [M, V]
    :raises ValueError: as `measure_rows`
    """
    _check(teacher, divergence)
    log_q = logits.log_softmax(-1)
    if _is_hard(teacher, divergence):
        return _hard_gradient(log_q, tokens, 1.0)
    outcomes = _compared(teacher, logits, log_q, tokens, divergence)
    gradient = outcomes.to_logits(_slope(outcomes, divergence)) * (divergence.soft / divergence.temperature)
    if divergence.hard_share > 0:
        gradient += _hard_gradient(log_q, tokens, divergence.hard_share)
    return gradient


def look_at_rows(logits: Tensor, tokens: Tensor, columns: Tensor) -> Tensor:
    """
    HEAD_ROWS of each row.

    :param columns: [M, 5] of `measure_rows`
    :return: [M, 3]
    """
    confidence, choice = logits.softmax(-1).max(-1)
    agreement = columns[:, HEAD_SUMS.index("agreement")]
    return torch.stack([agreement, (choice == tokens).to(logits.dtype), confidence], 1)


def _check(teacher: RowTeacher, divergence: Divergence) -> None:
    if divergence.temperature != 1 and (not torch.is_tensor(teacher) or divergence.name == "cross-entropy"):
        raise ValueError("a temperature other than 1 needs the logits of a teacher")
    for name, owner in (("beta", "jsd"), ("alpha", "skew-kl")):
        value = getattr(divergence, name)
        if divergence.name == owner and not (value is not None and 0 < value < 1):
            raise ValueError(f"{name} must be between 0 and 1, not {value}")


def _is_hard(teacher: RowTeacher, divergence: Divergence) -> bool:
    """Whether all that is trained is cross-entropy; with the text as teacher forward KL is nothing else."""
    return divergence.name == "cross-entropy" or (teacher is None and divergence.name == "forward-kl")


def _hard_gradient(log_q: Tensor, tokens: Tensor, factor: float) -> Tensor:
    gradient = log_q.exp() * factor
    return gradient.scatter_add_(1, tokens[:, None], gradient.new_full((len(tokens), 1), -factor))


def _compared(
    teacher: RowTeacher, logits: Tensor, log_q: Tensor, tokens: Tensor, divergence: Divergence
) -> Outcomes:
    """What the divergence compares, at its temperature."""
    if teacher is None:
        teacher = Stored(tokens[:, None], torch.zeros_like(log_q[:, :1]))
    return _outcomes(teacher, logits, log_q, divergence.temperature)


def _outcomes(teacher: Union[Tensor, Stored], logits: Tensor, log_q: Tensor, temperature: float) -> Outcomes:
    """:param log_q: [M, V] log-softmax of the logits at τ = 1"""
    if isinstance(teacher, Stored):
        return _over_stored(teacher, log_q)
    log_p = (teacher / temperature).log_softmax(-1)
    warm = log_q if temperature == 1 else (logits / temperature).log_softmax(-1)
    return Outcomes(log_p.exp(), log_p, warm, lambda u: u - warm.exp() * u.sum(-1, keepdim=True))


def _over_stored(teacher: Stored, log_q: Tensor) -> Outcomes:
    """The k stored tokens of each row and, as outcome k, all the others together."""
    ids, given = teacher
    there = ids >= 0
    places = ids.clamp(min=0)
    # Added, as a token that is not there points to 0, which may be a stored one.
    listed = torch.zeros_like(log_q).scatter_add_(1, places, there.to(log_q.dtype)) > 0.5
    floor = log_q.new_full((), LOG_FLOOR)
    chosen_p = torch.where(there, given.to(log_q.dtype).clamp(min=LOG_FLOOR), floor)
    chosen_q = torch.where(there, log_q.gather(1, places), floor)
    mass = (1 - chosen_p.exp().sum(-1, keepdim=True)).clamp(min=0)
    tail_p = mass.clamp(min=TAIL_FLOOR).log()
    rest = log_q.masked_fill(listed, ABSENT).logsumexp(-1, keepdim=True)
    # Where all tokens are listed there is no tail to differ in.
    tail_q = torch.where(rest < ABSENT / 2, tail_p, rest)
    k = ids.shape[1]

    def to_logits(u: Tensor) -> Tensor:
        chosen = torch.zeros_like(log_q).scatter_add_(1, places, u[:, :k].masked_fill(~there, 0))
        # A token of the tail has its share of it, q_v / q_tail, which is at most 1.
        share = (log_q - tail_q).clamp(max=0).exp().masked_fill(listed, 0)
        return chosen + share * u[:, k:] - log_q.exp() * u.sum(-1, keepdim=True)

    p, log_p = torch.cat([chosen_p.exp(), mass], 1), torch.cat([chosen_p, tail_p], 1)
    return Outcomes(p, log_p, torch.cat([chosen_q, tail_q], 1), to_logits)


def _choice(teacher: RowTeacher, tokens: Tensor) -> Tensor:
    """[M]: the teacher's most likely token; the recorded one where it says nothing."""
    if teacher is None:
        return tokens
    if torch.is_tensor(teacher):
        return teacher.argmax(-1)
    likely = teacher.log_probabilities.masked_fill(teacher.ids < 0, ABSENT).argmax(-1, keepdim=True)
    choice = teacher.ids.gather(1, likely)[:, 0]
    return torch.where(choice < 0, tokens, choice)


def _value(outcomes: Outcomes, divergence: Divergence) -> Tensor:
    """[M]: D of each row."""
    p, log_p, log_q, _ = outcomes
    name = divergence.name
    if name == "forward-kl":
        return (p * (log_p - log_q)).sum(-1)
    if name == "reverse-kl":
        return (log_q.exp() * (log_q - log_p)).sum(-1)
    if name == "jsd":
        beta = divergence.beta
        log_m = _log_mixture(log_p, beta, log_q, 1 - beta)
        return (beta * p * (log_p - log_m) + (1 - beta) * log_q.exp() * (log_q - log_m)).sum(-1)
    if name == "skew-kl":
        return (p * (log_p - _log_mixture(log_p, divergence.alpha, log_q, 1 - divergence.alpha))).sum(-1)
    if name == "total-variation":
        return 0.5 * (log_q.exp() - p).abs().sum(-1)
    raise ValueError(f"there is no divergence {name!r}")


def _slope(outcomes: Outcomes, divergence: Divergence) -> Tensor:
    """[M, n]: u = q ∂D/∂q, up to a multiple of q, which `to_logits` takes out."""
    p, log_p, log_q, _ = outcomes
    name = divergence.name
    if name == "forward-kl":
        return -p
    if name == "reverse-kl":
        return log_q.exp() * (log_q - log_p)
    if name == "jsd":
        rest = 1 - divergence.beta
        return rest * log_q.exp() * (log_q - _log_mixture(log_p, divergence.beta, log_q, rest))
    if name == "skew-kl":
        rest = 1 - divergence.alpha
        # −p (1 − α) q / m, whose quotient is at most 1.
        return -p * rest * (log_q - _log_mixture(log_p, divergence.alpha, log_q, rest)).exp()
    # Where p = q, 0 of the subgradients.
    return 0.5 * log_q.exp() * (log_q.exp() - p).sign()


def _log_mixture(x: Tensor, a: float, y: Tensor, b: float) -> Tensor:
    """log(a e^x + b e^y) without leaving log space."""
    return torch.logaddexp(x + math.log(a), y + math.log(b))
