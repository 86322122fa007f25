"""ConvNeXt in timm's layout and names (atto ... tiny).

Sources: Liu et al., "A ConvNet for the 2020s" (2022); variant table and tensor names as in timm.
The plain forward pass runs anywhere; `fast` is the same network over kernels.py for training on a CPU.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

VARIANTS = {  # name: (depths, dims, pointwise layers stored as 1x1 convolutions)
    "atto": ((2, 2, 6, 2), (40, 80, 160, 320), True),
    "femto": ((2, 2, 6, 2), (48, 96, 192, 384), True),
    "pico": ((2, 2, 6, 2), (64, 128, 256, 512), True),
    "nano": ((2, 2, 8, 2), (80, 160, 320, 640), True),
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768), False),
}


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of [N, C, H, W]."""

    def forward(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    """[N, C, H, W] -> the same shape: x + gamma * mlp(norm(depthwise 7x7(x)))."""

    def __init__(self, dim):
        super().__init__()
        self.conv_dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim)
        self.gamma = nn.Parameter(torch.full((dim,), 0.1))

    def forward(self, x):
        y = self.gamma * self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1)))
        return x + y.permute(0, 3, 1, 2)


class Stage(nn.Module):
    def __init__(self, dim_in, dim, depth, first):
        super().__init__()
        self.downsample = nn.Identity() if first else nn.Sequential(LayerNorm2d(dim_in, eps=1e-6), nn.Conv2d(dim_in, dim, 2, 2))
        self.blocks = nn.Sequential(*[Block(dim) for _ in range(depth)])

    def forward(self, x):
        return self.blocks(self.downsample(x))


def patches(x, s):
    """[N, H, W, C] -> [N, H/s, W/s, s*s*C]."""
    n, h, w, c = x.shape
    return x.reshape(n, h // s, s, w // s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h // s, w // s, s * s * c)


def strided(x, conv):
    """A convolution whose stride is its kernel size, as one matrix product in the type of x: [N, H, W, C] -> [N, H/s, W/s, out] float32."""
    w = conv.weight.permute(0, 2, 3, 1).flatten(1)
    return F.linear(patches(x, conv.kernel_size[0]), w.to(x.dtype), conv.bias.to(x.dtype)).float()


class ConvNeXt(nn.Module):
    """[N, 3, H, W] normalised RGB -> [N, dims[-1]]: pooled, layer-normalised embedding."""

    def __init__(self, depths, dims, conv_mlp):
        super().__init__()
        self.conv_mlp, self.dim = conv_mlp, dims[-1]
        self.stem = nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), LayerNorm2d(dims[0], eps=1e-6))
        self.stages = nn.Sequential(*[Stage(dims[max(i - 1, 0)], dim, depth, i == 0) for i, (depth, dim) in enumerate(zip(depths, dims))])
        self.head = nn.ModuleDict({"norm": nn.LayerNorm(dims[-1], eps=1e-6)})
        for m in self.modules():
            if isinstance(m, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(m.weight, std=0.02 if m.weight[0].numel() != 49 else 0.1)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.head["norm"](self.stages(self.stem(x)).mean((2, 3)))

    def fast(self, x):
        """[N, H, W, 3] -> embedding [N, D] and the maps after each stage, [N, h, w, c] float32. H and W: multiples of 32."""
        from kernels import HALF, Norm, block

        norm = lambda x, m: Norm.apply(x, m.weight, m.bias, m.eps)
        x = strided(x.to(HALF), self.stem[0])
        x, maps = norm(x, self.stem[1]).float(), []
        for stage in self.stages:
            if not isinstance(stage.downsample, nn.Identity):
                x = strided(norm(x, stage.downsample[0]), stage.downsample[1])
            for m in stage.blocks:
                x = block(x, m)
            maps.append(x)
        return self.head["norm"](x.mean((1, 2))), maps
