"""Images per wall second and per CPU second of a training step (forward, backward, AdamW) of a ConvNeXt in torch.

usage: training_step.py DEPTHS WIDTHS SIDE BATCH LABELS THREADS SECONDS   (depths and widths separated by commas)
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

depths, widths = ([int(v) for v in a.split(",")] for a in sys.argv[1:3])
side, batch, labels, threads = (int(a) for a in sys.argv[3:7])
seconds = float(sys.argv[7])


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


layers = [nn.Conv2d(3, widths[0], 4, 4), Norm(widths[0], eps=1e-6)]
for stage in range(4):
    if stage:
        layers += [Norm(widths[stage - 1], eps=1e-6), nn.Conv2d(widths[stage - 1], widths[stage], 2, 2)]
    layers += [Block(widths[stage]) for _ in range(depths[stage])]
trunk, norm, head = nn.Sequential(*layers), nn.LayerNorm(widths[3], eps=1e-6), nn.Linear(widths[3], labels)

torch.set_num_threads(threads)
parameters = [p for m in (trunk, norm, head) for p in m.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=1e-4)
x, y = torch.randn(batch, 3, side, side), torch.arange(batch) % labels


def step():
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(head(F.normalize(norm(trunk(x).mean((2, 3)))) * widths[3] ** 0.5), y).backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


step()
step()
wall, cpu, images = time.perf_counter(), time.process_time(), 0
while time.perf_counter() - wall < seconds:
    step()
    images += batch
print(images / (time.perf_counter() - wall))
print(images / (time.process_time() - cpu))
