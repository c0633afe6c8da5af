"""Prints the four numbers that workers/training/selfCheck.ts knows: one training step of a tiny student in float64.

    python3 tests/golden/selfCheck.py

The weights come from the lab's own generator (workers/random.ts), written again here, so that no file has to be shared.
"""

import math

import torch
import torch.nn.functional as F

import gpt as golden

V, T, B = 23, 11, 2
SHAPE = dict(n_embd=12, n_head=3, n_layer=2)


class Random:
    """mulberry32, as in workers/random.ts."""

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFF

    def next(self):
        self.state = (self.state + 0x6D2B79F5) & 0xFFFFFFFF
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return ((t ^ (t >> 14)) & 0xFFFFFFFF) / 4294967296

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.next()))
        return radius * math.cos(2 * math.pi * self.next())

    def fork(self, label):
        h = self.state ^ 0x811C9DC5
        for c in label:
            h = ((h ^ ord(c)) * 0x01000193) & 0xFFFFFFFF
        return Random(h)


def parameters():
    D, L = SHAPE['n_embd'], SHAPE['n_layer']
    shapes = {'transformer.wte.weight': (V, D), 'transformer.wpe.weight': (T, D)}
    for i in range(L):
        h = f'transformer.h.{i}.'
        for name, shape in [('attn.c_attn', (D, 3 * D)), ('attn.c_proj', (D, D)), ('mlp.c_fc', (D, 4 * D)), ('mlp.c_proj', (4 * D, D))]:
            shapes[h + name + '.weight'] = shape
            shapes[h + name + '.bias'] = shape[1:]
        for name in ('ln_1', 'ln_2'):
            shapes[h + name + '.weight'] = shapes[h + name + '.bias'] = (D,)
    shapes['transformer.ln_f.weight'] = shapes['transformer.ln_f.bias'] = (D,)
    result = {}
    for name, shape in shapes.items():
        if len(shape) == 2:
            random = Random(7).fork(name)
            deviation = 0.02 / math.sqrt(2 * L) if name.endswith('c_proj.weight') else 0.02
            values = [8 * deviation * random.normal() for _ in range(math.prod(shape))]
            value = (torch.tensor(values).reshape(shape) / 8).float().double() * 8
        else:
            value = torch.full(shape, 1.0 if '.ln_' in name and name.endswith('weight') else 0.0)
        result[name] = value.requires_grad_()
    return result


p = parameters()
ids = torch.tensor([(i * 7 + 3) % V for i in range(B * T)]).reshape(B, T)
logits = golden.gpt(p, ids, **SHAPE)[:, :-1]
nll = F.cross_entropy(logits.reshape(-1, V), ids[:, 1:].reshape(-1), reduction='none').reshape(B, T - 1)
reason, act = nll[:, 2:6].mean(), nll[:, 6:].mean()  # position t predicts token t + 1
(reason + act).backward()
norm = torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
torch.optim.AdamW(p.values(), lr=0.01, weight_decay=1.0).step()
after = torch.sqrt(sum((v.detach() ** 2).sum() for v in p.values()))
print(f'reason: {reason:.9f}, act: {act:.9f}, gradientNorm: {norm:.9f}, parameterNorm: {after:.9f}')
