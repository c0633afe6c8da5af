"""What the engines are measured against on a real GPU: the same training step and the same products in eager PyTorch.

    python3 bench/pytorch.py [shape ...] > bench/results/DATE-pytorch-DEVICE.json

float32 throughout with TF32 off; runs on CUDA where there is one, else on the CPU. Shapes as in shapes.ts, the task as in
engines/engine.ts (weights of the same distribution, not the same numbers). Prints JSON; progress goes to stderr.
"""

import json
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F

SHAPES = {
    'small': dict(V=512, T=64, D=64, H=4, L=2, B=4),
    'middle': dict(V=2048, T=128, D=128, H=4, L=4, B=4),
    'large': dict(V=8192, T=256, D=256, H=8, L=6, B=8),
    'GPT-2 124M': dict(V=50257, T=256, D=768, H=12, L=12, B=4),
}
# m, k, n: what one launch can do at best, and the products of GPT-2 124M at 1,024 tokens.
PRODUCTS = [(4096, 4096, 4096), (1024, 1024, 1024), (1024, 768, 2304), (1024, 768, 3072), (1024, 3072, 768), (1024, 768, 50257)]
TEACHER_WIDTH = 32
WARM_UP, ROUNDS, GROUP = 5, 30, 8

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(1)


def finish():
    if device.type == 'cuda':
        torch.cuda.synchronize()


def spread(values):
    return dict(median=statistics.median(values), min=min(values), max=max(values))


def timed(work, rounds=ROUNDS):
    """Milliseconds of each round."""
    for _ in range(WARM_UP):
        work()
    finish()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        finish()
        times.append(1000 * (time.perf_counter() - began))
    return times


def parameters(V, T, D, H, L, B):
    """GPT-2's initialisation under Hugging Face's names; linear weights are [in, out]."""
    normal = lambda *shape, deviation=0.02: torch.randn(*shape, device=device) * deviation
    zeros = lambda *shape: torch.zeros(*shape, device=device)
    ones = lambda *shape: torch.ones(*shape, device=device)
    narrow = 0.02 / math.sqrt(2 * L)
    made = {'wte': normal(V, D), 'wpe': normal(T, D), 'ln_f.g': ones(D), 'ln_f.b': zeros(D)}
    for i in range(L):
        made |= {f'{i}.ln_1.g': ones(D), f'{i}.ln_1.b': zeros(D), f'{i}.ln_2.g': ones(D), f'{i}.ln_2.b': zeros(D)}
        made |= {f'{i}.attn.w': normal(D, 3 * D), f'{i}.attn.b': zeros(3 * D)}
        made |= {f'{i}.proj.w': normal(D, D, deviation=narrow), f'{i}.proj.b': zeros(D)}
        made |= {f'{i}.fc.w': normal(D, 4 * D), f'{i}.fc.b': zeros(4 * D)}
        made |= {f'{i}.out.w': normal(4 * D, D, deviation=narrow), f'{i}.out.b': zeros(D)}
    return {name: value.requires_grad_() for name, value in made.items()}


def logits(p, ids, V, T, D, H, L, B):
    norm = lambda x, name: F.layer_norm(x, (D,), p[f'{name}.g'], p[f'{name}.b'], 1e-5)
    linear = lambda x, name: torch.addmm(p[f'{name}.b'], x, p[f'{name}.w'])
    x = (F.embedding(ids, p['wte']).view(B, T, D) + p['wpe']).view(B * T, D)
    for i in range(L):
        qkv = linear(norm(x, f'{i}.ln_1'), f'{i}.attn').view(B, T, 3, H, D // H).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*qkv, is_causal=True)
        x = x + linear(mixed.transpose(1, 2).reshape(B * T, D), f'{i}.proj')
        x = x + linear(F.gelu(linear(norm(x, f'{i}.ln_2'), f'{i}.fc'), approximate='tanh'), f'{i}.out')
    return norm(x, 'ln_f') @ p['wte'].T


def step_times(shape):
    V, T, D, B = shape['V'], shape['T'], shape['D'], shape['B']
    p = parameters(**shape)
    optimizer = torch.optim.Adam(p.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    ids = torch.randint(V, (B * T,), device=device)
    hidden = torch.randn(B * T, TEACHER_WIDTH, device=device)
    table = torch.randn(V, TEACHER_WIDTH, device=device) * 2 / math.sqrt(TEACHER_WIDTH)
    losses = []

    def step():
        optimizer.zero_grad(set_to_none=True)
        wanted = torch.softmax(hidden @ table.T, -1)
        loss = -(wanted * torch.log_softmax(logits(p, ids, **shape), -1)).sum(-1).mean()
        loss.backward()
        optimizer.step()
        return loss

    def read():
        losses.append(step().item())

    def group():
        for _ in range(GROUP - 1):
            step()
        read()

    alone = timed(read)
    grouped = [ms / GROUP for ms in timed(group, 9)]
    peak = torch.cuda.max_memory_allocated() if device.type == 'cuda' else None
    return dict(ms=spread(alone), groupedMs=spread(grouped), peakBytes=peak, firstLoss=losses[0])


def product_speed(m, k, n):
    a, b = torch.randn(m, k, device=device), torch.randn(k, n, device=device)
    repeats = 20 if device.type == 'cuda' else 1

    def work():
        for _ in range(repeats):
            a @ b

    ms = statistics.median(timed(work, 9)) / repeats
    return dict(m=m, k=k, n=n, ms=ms, teraflops=2 * m * k * n / ms / 1e9)


def copy_speed(count=1 << 28):
    if device.type != 'cuda':
        count >>= 4
    a = torch.randn(count, device=device)
    b = torch.empty_like(a)
    ms = statistics.median(timed(lambda: b.copy_(a), 9))
    return dict(bytes=8 * count, ms=ms, gigabytesPerSecond=8 * count / ms / 1e6)


def say(name, result):
    print(name, result, file=sys.stderr)
    return result


wished = sys.argv[1:] or list(SHAPES)
unknown = [name for name in wished if name not in SHAPES]
if unknown:
    sys.exit(f'There is no shape "{unknown[0]}": it may be {", ".join(SHAPES)}.')
name = torch.cuda.get_device_name() if device.type == 'cuda' else 'CPU'
result = dict(
    bench='pytorch',
    date=time.strftime('%Y-%m-%d'),
    device=name,
    torch=torch.__version__,
    copy=say('copy', copy_speed()),
    products=[say('product', product_speed(*product)) for product in PRODUCTS],
    steps={shape: say(shape, step_times(SHAPES[shape])) for shape in wished},
)
print(json.dumps(result, indent=2))
