"""Writes gpt.json and adamw.json beside itself: reference numbers of a tiny GPT-2 from PyTorch.

    python3 tests/golden/gpt.py

Weights, ids and loss weights are float32; everything computed from them is computed in float64 and stored as
the nearest float32, so the numbers are the mathematics rather than one float32 summation order. README.md has the
layout of the files.
"""

import json
import math
import pathlib
import platform

import torch
import torch.nn.functional as F

SEED = 20250513
V, T, B = 37, 13, 2
POSITIONS = 16
STUDENT = dict(n_embd=12, n_head=3, n_layer=2)
TEACHER = dict(n_embd=8, n_head=2, n_layer=1)
EPSILON = 1e-5
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)


def initial(n_embd, n_head, n_layer):
    """Random parameters under Hugging Face's GPT-2 names; linear weights are [in, out]. Larger than GPT-2's own
    start and nowhere zero or one, so that a forgotten gain or bias shows."""
    D = n_embd
    shapes = {'transformer.wte.weight': (V, D), 'transformer.wpe.weight': (POSITIONS, D)}
    for i in range(n_layer):
        h = f'transformer.h.{i}.'
        shapes |= {h + 'ln_1.weight': (D,), h + 'ln_1.bias': (D,)}
        shapes |= {h + 'attn.c_attn.weight': (D, 3 * D), h + 'attn.c_attn.bias': (3 * D,)}
        shapes |= {h + 'attn.c_proj.weight': (D, D), h + 'attn.c_proj.bias': (D,)}
        shapes |= {h + 'ln_2.weight': (D,), h + 'ln_2.bias': (D,)}
        shapes |= {h + 'mlp.c_fc.weight': (D, 4 * D), h + 'mlp.c_fc.bias': (4 * D,)}
        shapes |= {h + 'mlp.c_proj.weight': (4 * D, D), h + 'mlp.c_proj.bias': (D,)}
    shapes |= {'transformer.ln_f.weight': (D,), 'transformer.ln_f.bias': (D,)}
    parameters = {}
    for name, shape in shapes.items():
        value = torch.randn(shape) * (0.4 if len(shape) == 2 else 0.2)
        if '.ln_' in name and name.endswith('.weight'):
            value = value + 1
        parameters[name] = value.float().double().requires_grad_()
    return parameters


def gpt(p, ids, n_embd, n_head, n_layer):
    """ids [B, T] -> logits [B, T, V]."""
    rows, length = ids.shape
    hd = n_embd // n_head

    def norm(x, name):
        return F.layer_norm(x, (n_embd,), p[name + '.weight'], p[name + '.bias'], EPSILON)

    def linear(x, name):
        return x @ p[name + '.weight'] + p[name + '.bias']

    def gelu_new(x):
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    future = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
    x = p['transformer.wte.weight'][ids] + p['transformer.wpe.weight'][:length]
    for i in range(n_layer):
        h = f'transformer.h.{i}.'
        q, k, v = linear(norm(x, h + 'ln_1'), h + 'attn.c_attn').split(n_embd, dim=-1)
        q, k, v = (y.view(rows, length, n_head, hd).transpose(1, 2) for y in (q, k, v))
        scores = (q @ k.transpose(-1, -2) / math.sqrt(hd)).masked_fill(future, -math.inf)
        heads = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, n_embd)
        x = x + linear(heads, h + 'attn.c_proj')
        x = x + linear(gelu_new(linear(norm(x, h + 'ln_2'), h + 'mlp.c_fc')), h + 'mlp.c_proj')
    return norm(x, 'transformer.ln_f') @ p['transformer.wte.weight'].T


def kl(student, teacher, weights, temperature):
    """tau^2 * sum_t w_t KL(p_T || p_S), both distributions at the temperature."""
    log_s = (student / temperature).log_softmax(-1)
    log_t = (teacher / temperature).log_softmax(-1)
    return temperature**2 * (weights * (log_t.exp() * (log_t - log_s)).sum(-1)).sum()


def cross_entropy(student, ids, weights):
    """sum_t w_t * -log p_S(token t+1); the last position of a row has no next token and weight 0."""
    log_s = student[:, :-1].log_softmax(-1)
    return -(weights[:, :-1] * log_s.gather(-1, ids[:, 1:, None])[..., 0]).sum()


def numbers(tensor):
    """Row-major shortest decimals (at most 9 digits) that read back as the nearest float32."""
    return [float(str(value)) for value in tensor.detach().float().flatten().numpy()]


def stored(tensor):
    return {'shape': list(tensor.shape), 'data': numbers(tensor)}


def model_json(parameters, shape):
    config = dict(vocab_size=V, n_positions=POSITIONS, **shape, layer_norm_epsilon=EPSILON)
    config |= dict(activation_function='gelu_new')
    return {'config': config, 'parameters': {name: stored(value) for name, value in parameters.items()}}


def write(name, value):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(value, separators=(',', ':')).replace('"transformer.', '\n"transformer.') + '\n')
    print(f'{path.name}: {path.stat().st_size} bytes')


def main():
    student, teacher = initial(**STUDENT), initial(**TEACHER)
    ids = torch.randint(0, V, (B, T))
    ids[0, 5] = ids[0, 2]  # the same token twice in a row: its embedding gradient is a sum
    weights = (torch.rand(B, T) * 0.2).float().double()
    weights[:, -1] = 0
    weights[0, :3] = 0  # a prompt
    weights[1, 9:] = 0  # padding
    with torch.no_grad():
        teacher_logits = gpt(teacher, ids, **TEACHER)

    header = dict(script='tests/golden/gpt.py', torch=torch.__version__, python=platform.python_version(), seed=SEED)
    losses = []
    for name, temperature in (('kl', 1), ('kl', 2), ('cross-entropy', 1)):
        logits = gpt(student, ids, **STUDENT)
        if name == 'cross-entropy':
            loss = cross_entropy(logits, ids, weights)
        else:
            loss = kl(logits, teacher_logits, weights, temperature)
        gradients = torch.autograd.grad(loss, list(student.values()))
        losses.append(
            dict(
                name=name,
                temperature=temperature,
                value=numbers(loss)[0],
                gradients={key: stored(g) for key, g in zip(student, gradients)},
            )
        )
    write(
        'gpt.json',
        dict(
            header=header,
            student=model_json(student, STUDENT),
            teacher=model_json(teacher, TEACHER),
            batch=dict(rows=B, length=T, ids=ids.flatten().tolist(), weights=numbers(weights)),
            logits=dict(student=stored(logits), teacher=stored(teacher_logits)),
            losses=losses,
        ),
    )

    BETAS, EPS, DECAY, CLIP, PEAK, WARMUP, STEPS = (0.9, 0.999), 1e-8, 0.1, 1.0, 0.02, 2, 10
    decayed = [name for name in student if '.h.' in name and name.endswith('.weight') and '.ln_' not in name]
    learning_rates = [
        round(PEAK * min((s + 1) / WARMUP, 0.5 * (1 + math.cos(math.pi * max(0, s - WARMUP) / (STEPS - WARMUP)))), 9)
        for s in range(STEPS)
    ]
    optimiser = torch.optim.AdamW(
        [
            dict(params=[student[name] for name in decayed], weight_decay=DECAY),
            dict(params=[value for name, value in student.items() if name not in decayed], weight_decay=0),
        ],
        betas=BETAS,
        eps=EPS,
    )
    steps = []
    for rate in learning_rates:
        for group in optimiser.param_groups:
            group['lr'] = rate
        optimiser.zero_grad()
        loss = kl(gpt(student, ids, **STUDENT), teacher_logits, weights, 1)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(list(student.values()), CLIP)
        optimiser.step()
        steps.append(dict(learningRate=rate, loss=numbers(loss)[0], gradientNorm=numbers(norm)[0]))
    write(
        'adamw.json',
        dict(
            header=header,
            optimiser=dict(betas=BETAS, eps=EPS, weightDecay=DECAY, decayed=decayed, clipNorm=CLIP),
            steps=steps,
            parameters={name: stored(value) for name, value in student.items()},
        ),
    )
    for step in steps:
        print(step)


if __name__ == '__main__':
    main()
