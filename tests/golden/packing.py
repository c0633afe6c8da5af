"""Writes packing.json: several sequences packed into rows, beside what PyTorch makes of each sequence alone.

    python3 tests/golden/packing.py

The student is that of gpt.json. Every number stored comes from sequences that were run one by one, so that nothing can
leak from one into another; a packed run with a block-diagonal mask is checked here against them before anything is
written. README.md has the layout of the file.
"""

import json
import math
import pathlib
import platform

import torch
import torch.nn.functional as F

import gpt as golden

LENGTHS = [[5, 4, 2], [1, 9], [12]]  # sequences by row; the rest of the T positions is padding
T = 12


def packed(p, ids, segments, positions, n_embd, n_head, n_layer):
    """ids [B, T] -> logits [B, T, V] under a causal mask that is blocked between segments."""
    rows, length = ids.shape
    hd = n_embd // n_head

    def norm(x, name):
        return F.layer_norm(x, (n_embd,), p[name + '.weight'], p[name + '.bias'], golden.EPSILON)

    def linear(x, name):
        return x @ p[name + '.weight'] + p[name + '.bias']

    def gelu_new(x):
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    blocked = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
    blocked = blocked | (segments[:, None, :, None] != segments[:, None, None, :])
    x = p['transformer.wte.weight'][ids] + p['transformer.wpe.weight'][positions]
    for i in range(n_layer):
        h = f'transformer.h.{i}.'
        q, k, v = linear(norm(x, h + 'ln_1'), h + 'attn.c_attn').split(n_embd, dim=-1)
        q, k, v = (y.view(rows, length, n_head, hd).transpose(1, 2) for y in (q, k, v))
        scores = (q @ k.transpose(-1, -2) / math.sqrt(hd)).masked_fill(blocked, -math.inf)
        heads = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, n_embd)
        x = x + linear(heads, h + 'attn.c_proj')
        x = x + linear(gelu_new(linear(norm(x, h + 'ln_2'), h + 'mlp.c_fc')), h + 'mlp.c_proj')
    return norm(x, 'transformer.ln_f') @ p['transformer.wte.weight'].T


def main():
    student = golden.initial(**golden.STUDENT)
    B = len(LENGTHS)
    ids = torch.zeros(B, T, dtype=torch.long)
    segments = torch.full((B, T), -1)
    positions = torch.zeros(B, T, dtype=torch.long)
    weights = torch.zeros(B, T)
    logits = torch.zeros(B, T, golden.V)
    loss = torch.zeros(())
    for row, lengths in enumerate(LENGTHS):
        at = 0
        for segment, length in enumerate(lengths):
            own = torch.randint(0, golden.V, (1, length))
            own_weights = (torch.rand(1, length) * 0.2).float().double()
            own_weights[0, -1] = 0  # nothing follows in this sequence
            own_logits = golden.gpt(student, own, **golden.STUDENT)
            loss = loss + golden.cross_entropy(own_logits, own, own_weights)
            place = slice(at, at + length)
            ids[row, place], weights[row, place] = own[0], own_weights[0]
            segments[row, place], positions[row, place] = segment, torch.arange(length)
            logits[row, place] = own_logits[0].detach()
            at += length
    padding = segments < 0
    positions[padding] = (torch.arange(T).expand(B, T) - (~padding).sum(1, keepdim=True))[padding]
    gradients = torch.autograd.grad(loss, list(student.values()))

    together = packed(student, ids, segments, positions, **golden.STUDENT)
    assert torch.allclose(together[~padding], logits[~padding], rtol=1e-12, atol=1e-12)
    next_ids = ids.roll(-1, 1)
    nll = -together.log_softmax(-1).gather(-1, next_ids[..., None])[..., 0]
    for one, other in zip(torch.autograd.grad((weights * nll).sum(), list(student.values())), gradients):
        assert torch.allclose(one, other, rtol=1e-10, atol=1e-12)

    header = dict(script='tests/golden/packing.py', torch=torch.__version__, python=platform.python_version())
    value = dict(
        header=header | dict(seed=golden.SEED),
        rows=B,
        length=T,
        ids=ids.flatten().tolist(),
        segments=segments.flatten().tolist(),
        positions=positions.flatten().tolist(),
        weights=golden.numbers(weights),
        logits=golden.stored(logits),
        loss=golden.numbers(loss)[0],
        gradients={name: golden.stored(g) for name, g in zip(student, gradients)},
    )
    path = pathlib.Path(__file__).with_name('packing.json')
    path.write_text(json.dumps(value, separators=(',', ':')).replace('"transformer.', '\n"transformer.') + '\n')
    print(f'{path.name}: {path.stat().st_size} bytes')


if __name__ == '__main__':
    main()
