"""Images a second of a ConvNeXt in torch, compiled: the way that somebody with a card and torch would go.

usage: gpu_rival.py embed|train DEPTHS WIDTHS SIDE BATCH LABELS DEVICE SECONDS   (depths and widths separated by commas)
embed prints two figures: data on the card, bytes of the host in. train prints one.
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

what = sys.argv[1]
depths, widths = ([int(v) for v in a.split(",")] for a in sys.argv[2:4])
side, batch, labels = (int(a) for a in sys.argv[4:7])
device, seconds = sys.argv[7], float(sys.argv[8])
on_card = device == "cuda"


class Norm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.gamma * self.fc2(F.gelu(self.fc1(y)))).permute(0, 3, 1, 2)


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, widths[0], 4, 4), Norm(widths[0], eps=1e-6)]
        for stage in range(4):
            if stage:
                layers += [Norm(widths[stage - 1], eps=1e-6), nn.Conv2d(widths[stage - 1], widths[stage], 2, 2)]
            layers += [Block(widths[stage]) for _ in range(depths[stage])]
        self.layers, self.norm = nn.Sequential(*layers), nn.LayerNorm(widths[3], eps=1e-6)
        self.head = nn.Linear(widths[3], labels)

    def forward(self, x):
        return F.normalize(self.norm(self.layers(x).mean((2, 3))))

    def loss(self, x, y):
        return F.cross_entropy(self.head(self(x) * widths[3] ** 0.5), y)


def rate(run):
    for _ in range(5):
        run()
    if on_card:
        torch.cuda.synchronize()
    start, images = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run()
        images += batch
        if on_card:
            torch.cuda.synchronize()
    return images / (time.perf_counter() - start)


torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True
trunk = Trunk().to(device)
compile_ = torch.compile if on_card else (lambda f: f)
if what == "embed":
    trunk = trunk.eval().to(torch.bfloat16).to(memory_format=torch.channels_last)
    x = torch.randn(batch, 3, side, side, device=device, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
    pixels = torch.randint(0, 256, (batch, 3, side, side), dtype=torch.uint8)
    pixels = pixels.pin_memory() if on_card else pixels
    embed = compile_(trunk)
    with torch.inference_mode():
        print(rate(lambda: embed(x)))
        print(rate(lambda: embed((pixels.to(device, non_blocking=True).to(torch.bfloat16) - 118) / 58).cpu()))
else:
    parameters = list(trunk.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, fused=on_card)
    x, y = torch.randn(batch, 3, side, side, device=device), torch.arange(batch, device=device) % labels
    loss = compile_(trunk.loss)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(x, y).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    print(rate(step))
