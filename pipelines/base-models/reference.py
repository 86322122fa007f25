"""Makes the reference fixture for the product's ConvNeXt graph: tiny random trunks, an input, and torch's embeddings of it.

usage: reference.py --out tests/fixtures/convnext-reference

Two trunks of depths (1, 1, 2, 1) and dims (8, 16, 24, 32), float32: `conv` stores the pointwise layers as 1x1 convolutions
[out, in, 1, 1] (timm's atto ... nano), `linear` as matrices [out, in] (timm's tiny, base). Biases, norms and layer scales are
random too, so that a missing or swapped tensor shows.
"""
import argparse
import os

import numpy as np
import torch

from convnext import ConvNeXt
from export import write

DEPTHS, DIMS, SIDE = (1, 1, 2, 1), (8, 16, 24, 32), 64

if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    x = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(20))
    x.numpy().astype("<f4").tofile(f"{a.out}/input.f32")
    for seed, (name, conv) in enumerate((("conv", True), ("linear", False)), 1):
        torch.manual_seed(seed)
        net = ConvNeXt(DEPTHS, DIMS, conv).eval()
        for key, p in net.named_parameters():
            if key.endswith("gamma") or "norm.weight" in key or (p.ndim == 1 and key.endswith("weight")):
                torch.nn.init.uniform_(p, 0.5, 1.5)
            elif p.ndim == 1:
                torch.nn.init.normal_(p, std=0.2)
            else:
                torch.nn.init.normal_(p, std=p[0].numel() ** -0.5)
        write(net, f"{a.out}/{name}.safetensors", "F32")
        with torch.no_grad():
            e, precise = net(x), net.double()(x.double()).numpy()
        e.numpy().astype("<f4").tofile(f"{a.out}/{name}.embedding.f32")
        print(name, tuple(e.shape), "float32 against float64:", float(np.abs(e.numpy() - precise).max()), "values up to", float(e.abs().max()))
