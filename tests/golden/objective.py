"""Writes objective.json beside itself: divergences, normalisers and their gradients by logit from PyTorch.

    python3 tests/golden/objective.py

Logits are float32; everything computed from them is computed in float64, the gradients by autograd, and stored as the
nearest float32. The divergences are written from their definitions, over probabilities wherever these are not 0, and
share nothing with workers/kernels/divergence.ts but the floors, which are conventions. README.md has the file's layout.
"""

import json
import math
import pathlib
import platform

import torch

from gpt import numbers

SEED = 20250520
LOG_FLOOR = -100.0
TAIL_FLOOR = 2.0**-24
TEMPERATURES = (1, 2, 0.5)
NORMALISERS = ('span-mean', 'token-mean', 'weight-sum', 'sum')
torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(SEED)

DIVERGENCES = [
    dict(name='forward-kl', hardShare=0),
    dict(name='reverse-kl', hardShare=0),
    dict(name='jsd', beta=0.5, hardShare=0),
    dict(name='jsd', beta=0.1, hardShare=0),
    dict(name='skew-kl', alpha=0.1, hardShare=0),
    dict(name='total-variation', hardShare=0),
    dict(name='cross-entropy', hardShare=0),
    dict(name='forward-kl', hardShare=0.3),
    dict(name='jsd', beta=0.9, hardShare=0.75),
]


def normal(*shape):
    return (torch.randn(*shape, generator=generator) * 2).float().double()


def kl(log_a, a, log_b):
    """sum a (log a - log b), where a = 0 adds 0."""
    return torch.where(a > 0, a * (log_a - log_b), torch.zeros(())).sum(-1)


def mixture(x, a, y, b):
    """log(a e^x + b e^y), as a log-sum-exp over the two."""
    return torch.logsumexp(torch.stack([x + math.log(a), y + math.log(b)]), 0)


def compare(divergence, p, log_p, log_q):
    """D by row, over outcomes [M, n] of the teacher's p and the student's q."""
    q = log_q.exp()
    name = divergence['name']
    if name == 'forward-kl':
        return kl(log_p, p, log_q)
    if name == 'reverse-kl':
        return kl(log_q, q, log_p)
    if name == 'jsd':
        beta = divergence['beta']
        log_m = mixture(log_q, 1 - beta, log_p, beta)
        return beta * kl(log_p, p, log_m) + (1 - beta) * kl(log_q, q, log_m)
    if name == 'skew-kl':
        alpha = divergence['alpha']
        return kl(log_p, p, mixture(log_p, alpha, log_q, 1 - alpha))
    if name == 'total-variation':
        return (p - q).abs().sum(-1) / 2
    raise ValueError(name)


def over_stored(logits, ids, log_probabilities):
    """Each row's stored tokens and the rest as one outcome: p, log p, log q, each a list of rows of 1-d tensors."""
    rows = []
    for z, tokens, logs in zip(logits.log_softmax(-1), ids, log_probabilities):
        listed = [(v, max(log, LOG_FLOOR)) for v, log in zip(tokens, logs) if v >= 0]
        log_p = [torch.tensor(log) for _, log in listed]
        p = [log.exp() if log > LOG_FLOOR else torch.zeros(()) for log in log_p]
        log_q = [z[v] for v, _ in listed]
        others = [v for v in range(len(z)) if v not in tokens]
        if others:
            mass = max(0.0, 1 - sum(float(x) for x in p))
            p.append(torch.tensor(mass))
            log_p.append(torch.tensor(max(mass, TAIL_FLOOR)).log())
            log_q.append(torch.logsumexp(z[others], 0))
        rows.append((torch.stack(p)[None], torch.stack(log_p)[None], torch.stack(log_q)[None]))
    return rows


def trained(divergence, logits, tokens, teacher, temperature, squared):
    """What is trained, by row. A teacher is logits [M, V], stored (ids, logs), or None: certain of each token."""
    hard = -logits.log_softmax(-1).gather(-1, tokens[:, None])[:, 0]
    if divergence['name'] == 'cross-entropy':
        return hard
    if teacher is None:
        teacher = (tokens[:, None].tolist(), [[0.0]] * len(tokens))
    if torch.is_tensor(teacher):
        log_p = (teacher / temperature).log_softmax(-1)
        value = compare(divergence, log_p.exp(), log_p, (logits / temperature).log_softmax(-1))
    else:
        value = torch.cat([compare(divergence, *row) for row in over_stored(logits, *teacher)])
    if squared:
        value = value * temperature**2
    share = divergence['hardShare']
    return (1 - share) * value + share * hard


def stored_of(teacher, ids):
    """The teacher's log-probabilities of some tokens, as a file would hold them: float32; -1 means none there."""
    logs = teacher.log_softmax(-1).float().double()
    return [[float(logs[row, v]) if v >= 0 else -math.inf for v in tokens] for row, tokens in enumerate(ids)]


def settings(teachers):
    """Every divergence with every teacher, a model at every temperature."""
    for divergence in DIVERGENCES:
        for kind in teachers:
            if kind == 'model' and divergence['name'] != 'cross-entropy':
                for temperature in TEMPERATURES:
                    yield divergence, kind, temperature, True
                yield divergence, kind, 2, False
            else:
                yield divergence, kind, 1, True


def with_gradient(divergence, kind, temperature, squared, logits, tokens, teacher):
    z = logits.clone().requires_grad_()
    values = trained(divergence, z, tokens, teacher, temperature, squared)
    (gradient,) = torch.autograd.grad(values.sum(), z)
    assert values.isfinite().all() and gradient.isfinite().all()
    head = dict(divergence=divergence | dict(temperature=temperature, temperatureSquared=squared), teacher=kind)
    return head, values, gradient


def row_set(name, logits, teacher, tokens, stored_ids):
    chosen = tokens[:, None].tolist()
    stored = {'top-k': (stored_ids, stored_of(teacher, stored_ids)), 'chosen': (chosen, stored_of(teacher, chosen))}
    teachers = {'model': teacher, **stored, 'text': None}
    cases = []
    for divergence, kind, temperature, squared in settings(teachers):
        head, values, gradient = with_gradient(
            divergence, kind, temperature, squared, logits, tokens, teachers[kind]
        )
        cases.append(head | dict(values=numbers(values), gradient=numbers(gradient)))
    return dict(
        name=name,
        vocabulary=logits.shape[1],
        logits=numbers(logits),
        teacherLogits=numbers(teacher),
        tokens=tokens.tolist(),
        stored={
            kind: dict(ids=ids, logProbabilities=[[x if x > -math.inf else None for x in row] for row in logs])
            for kind, (ids, logs) in stored.items()
        },
        cases=cases,
    )


def extreme():
    """Student and teacher of 5 tokens, a row each; every pair that has made a trainer give NaN."""
    top = 1e4
    pairs = [
        # A teacher certain of one token, a student that has no opinion: all ties.
        ([0, 0, 0, 0, 0], [top, -top, -top, -top, -top]),
        # Both certain, of different tokens.
        ([top, -top, 0, 0, 0], [-top, top, 0, 0, 0]),
        # Both certain, of the same.
        ([-top, top, -top, -top, -top], [-top, top, -top, -top, -top]),
        # A teacher that excludes what the student finds likely.
        ([2, 1, 0, -1, -2], [-top, -top, 0, 1, 0.5]),
        # A certain student and a teacher in doubt between two.
        ([-top, -top, -top, -top, top], [0, 0, -top, -top, -top]),
        # Large offsets that a softmax must not see.
        ([top, top + 1, top + 2, top - 1, top], [-top, -top + 1, -top + 3, -top, -top - 1]),
    ]
    student, teacher = (torch.tensor([pair[i] for pair in pairs]).double() for i in (0, 1))
    tokens = torch.tensor([0, 1, 1, 2, 0, 2])
    stored = [[0, 1, 2], [1, 3, 0], [1, 4, 0], [3, 4, 2], [0, 1, -1], [2, 1, -1]]
    return row_set('extreme', student, teacher, tokens, stored)


def random_rows(name, vocabulary, count, k, ragged):
    logits, teacher = normal(count, vocabulary), normal(count, vocabulary)
    tokens = torch.randint(0, vocabulary, (count,), generator=generator)
    ids = teacher.topk(k, -1).indices.tolist()
    if ragged:
        ids[0][-1] = -1
        ids[1] = [-1] * k  # nothing stored of this row
    return row_set(name, logits, teacher, tokens, ids)


def large_logits(seed, vocabulary):
    """Integers that any language makes alike, as logits in [-4, 4)."""
    state = (torch.arange(vocabulary, dtype=torch.int64) * 2654435761 + seed * 40503) % 2**32
    state = ((state ^ (state // 2**15)) * 2246822519) % 2**32
    return (state.double() / 2**32 * 8 - 4).float().double()


def large():
    """A vocabulary of 50257: values, a few entries of the gradient, and sums over all of it."""
    vocabulary, k = 50257, 8
    logits = torch.stack([large_logits(1, vocabulary), large_logits(2, vocabulary)])
    teacher = torch.stack([3 * large_logits(3, vocabulary), 4 * large_logits(4, vocabulary)]).float().double()
    tokens = torch.tensor([11, 50256])
    ids = teacher.topk(k, -1).indices.tolist()
    stored = (ids, stored_of(teacher, ids))
    picks = sorted({0, 1, 11, 777, 50256, *ids[0][:2], *ids[1][:2]})
    signs = (torch.arange(vocabulary) % 11 - 5).double()
    cases = []
    for divergence, kind, temperature, squared in settings(('model', 'top-k')):
        head, values, gradient = with_gradient(
            divergence, kind, temperature, squared, logits, tokens, teacher if kind == 'model' else stored
        )
        sums = dict(weighted=numbers((gradient * signs).sum(-1)), absolute=numbers(gradient.abs().sum(-1)))
        cases.append(head | dict(values=numbers(values), picked=numbers(gradient[:, picks]), **sums))
    return dict(
        vocabulary=vocabulary,
        tokens=tokens.tolist(),
        stored=dict(ids=ids, logProbabilities=stored[1]),
        picks=picks,
        cases=cases,
    )


def batch():
    """The whole objective of a batch, normalised: kinds are those of the tokens, position t predicts token t + 1."""
    vocabulary, length = 4, 8
    # p prompt, r reason, a act, o observation, x other, _ padding; the last row has nothing to learn.
    kinds = ['pprrraor', 'pparaax_', 'pppppp__']
    logits, teacher = normal(len(kinds) * length, vocabulary), normal(len(kinds) * length, vocabulary)
    ids = torch.randint(0, vocabulary, (len(kinds) * length,), generator=generator)
    weight_of = dict(r=1.0, a=1.5, o=0.25, x=0.25)
    terms = [
        (row * length + t, kinds[row][t + 1].replace('x', 'o'))
        for row in range(len(kinds))
        for t in range(length - 1)
        if kinds[row][t + 1] in weight_of
    ]
    cases = []
    for normaliser in NORMALISERS:
        for divergence, kind, temperature, squared in settings(('model', 'text')):
            z = logits.clone().requires_grad_()
            following = torch.cat([ids[1:], ids[:1]])
            given = teacher if kind == 'model' else None
            values = trained(divergence, z, following, given, temperature, squared)
            loss = normalised(normaliser, [(values[at], term, weight_of[term]) for at, term in terms])
            (gradient,) = torch.autograd.grad(loss, z)
            head = dict(divergence=divergence | dict(temperature=temperature, temperatureSquared=squared))
            cases.append(
                dict(normaliser=normaliser, **head, teacher=kind, value=numbers(loss)[0], gradient=numbers(gradient))
            )
    return dict(
        rows=len(kinds),
        length=length,
        vocabulary=vocabulary,
        kinds=kinds,
        ids=ids.tolist(),
        logits=numbers(logits),
        teacherLogits=numbers(teacher),
        weights=dict(reason=weight_of['r'], act=weight_of['a'], observation=weight_of['o']),
        cases=cases,
    )


def normalised(normaliser, tokens):
    """tokens: (divergence, kind, weight of its kind) each."""
    if normaliser == 'sum':
        return sum(weight * value for value, _, weight in tokens)
    if normaliser == 'token-mean':
        return sum(weight * value for value, _, weight in tokens) / len(tokens)
    if normaliser == 'weight-sum':
        return sum(weight * value for value, _, weight in tokens) / sum(weight for _, _, weight in tokens)
    means = 0
    for kind in 'rao':
        of_kind = [(value, weight) for value, other, weight in tokens if other == kind]
        if of_kind:
            means = means + of_kind[0][1] * sum(value for value, _ in of_kind) / len(of_kind)
    return means


def main():
    header = dict(
        script='tests/golden/objective.py', torch=torch.__version__, python=platform.python_version(), seed=SEED
    )
    value = dict(
        header=header,
        floors=dict(log=LOG_FLOOR, tail=TAIL_FLOOR),
        rows=[
            random_rows('random', 7, 5, 3, ragged=True),
            random_rows('a vocabulary of two', 2, 4, 2, ragged=False),
            extreme(),
        ],
        large=large(),
        batch=batch(),
    )
    path = pathlib.Path(__file__).with_name('objective.json')
    path.write_text(json.dumps(value, separators=(',', ':')).replace('{"divergence"', '\n{"divergence"') + '\n')
    print(f'{path.name}: {path.stat().st_size} bytes')


if __name__ == '__main__':
    main()
