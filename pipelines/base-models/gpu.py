"""Distils the teacher into a ConvNeXt on one GPU within a time budget; everything stays on the card.

usage: gpu.py --data DIR --out DIR [--config atto-gpu.json] [--minutes M | --until SECONDS_SINCE_1970] [--check]

A view is a crop, a flip and a light of one picture, or a mix of two such; it is drawn once, and the teacher answers once for
exactly what the student will see ("A good teacher is patient and consistent", Beyer et al., 2022).
Writes out/train.log (a JSON line every 100 steps), out/last.pt (weights, EMA, step, share done) and, at every save,
out/ConvNeXt_<Variant>.safetensors. Started again it goes on; AdamW's moments begin anew. --check only compares kernels and speeds.
"""
import argparse
import copy
import io
import json
import math
import os
import time
from multiprocessing import Pool

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import data as dataset
from convnext import VARIANTS, ConvNeXt, patches
from export import write
from teacher import Teacher

HERE = os.path.dirname(os.path.abspath(__file__))
CUDA = torch.cuda.is_available()
DEVICE, HALF, TEACHER = ("cuda", torch.bfloat16, torch.float16) if CUDA else ("cpu", torch.float32, torch.float32)
CANVAS = {"fine": 256, "coarse": 64}  # px; tiny-imagenet is coarse
BLOCK = 512


def square(args):
    raw, size = args
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    return np.asarray(image.resize((size, size), Image.BICUBIC)).transpose(2, 0, 1), image.size


def decode(data):
    """-> {"fine", "coarse"}: pictures uint8 [n, 3, S, S] squeezed to a square, (width, height) [n, 2], set and class of each; number of classes."""
    rows = list(dataset.sources(data))
    classes = {c: i for i, c in enumerate(sorted({f"{k}:{c}" for k, c, _ in rows}))}
    sets = {}
    with Pool() as pool:
        for name, size in CANVAS.items():
            mine = [r for r in rows if (r[0] == "tiny-imagenet") == (name == "coarse")]
            done = pool.map(square, [(r[2], size) for r in mine], chunksize=32)
            sets[name] = {"pixels": torch.from_numpy(np.stack([d[0] for d in done])).to(DEVICE), "shape": np.float32([d[1] for d in done]),
                          "kind": np.array([r[0] for r in mine]), "label": np.array([classes[f"{r[0]}:{r[1]}"] for r in mine])}
    print({k: len(v["label"]) for k, v in sets.items()}, len(classes), "classes", flush=True)
    return sets, len(classes)


class Views:
    """The views of one set of pictures, fixed by the seed: plain ones first, then mixes of a plain one with another."""

    def __init__(self, pictures, n, mixed, share, seed):
        rng, self.pixels = np.random.default_rng(seed), pictures["pixels"]
        kinds, of, count = np.unique(pictures["kind"], return_inverse=True, return_counts=True)
        weight = np.array([share.get(k, 1.0) / c for k, c in zip(kinds, count)])[of]
        owner = rng.choice(len(weight), n, p=weight / weight.sum())
        w, h = pictures["shape"][owner].T
        area, ratio = rng.uniform(0.2, 1, n) * w * h, np.exp(rng.uniform(-0.288, 0.288, n))
        bw, bh = np.minimum(w, np.sqrt(area * ratio)), np.minimum(h, np.sqrt(area / ratio))
        straight = rng.random(n) < 0.25  # as at use: a square near the centre
        side = np.minimum(w, h) * rng.uniform(0.75, 1, n)
        bw, bh = np.where(straight, side, bw), np.where(straight, side, bh)
        sway = np.where(straight, 0.25, 1.0)
        flip = np.where(rng.random(n) < 0.5, -1.0, 1.0)
        box = np.stack([bw / w * flip, (1 - bw / w) * sway * rng.uniform(-1, 1, n), bh / h, (1 - bh / h) * sway * rng.uniform(-1, 1, n)], 1)
        light = rng.uniform([0.75, 0.75, 0.8], [1.25, 1.25, 1.2], (n, 3))
        self.plain = n - round(n * mixed)
        partner, lam = rng.integers(0, self.plain, n), rng.uniform(0.15, 0.5, n)
        label = np.where(np.arange(n) < self.plain, pictures["label"][owner], -100)  # cross entropy passes -100 over
        put = lambda a, t: torch.from_numpy(np.ascontiguousarray(a)).to(DEVICE, t)
        self.owner, self.partner, self.label = (put(a, torch.long) for a in (owner, partner, label))
        self.box, self.light, self.lam = (put(a, torch.float32) for a in (box, light, lam))
        self.mean, self.std = (torch.tensor(v, device=DEVICE).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        self.n, self.twice = n, 2 if self.pixels.shape[2] > 64 else 1
        self.targets = None

    def cut(self, rows, size):
        x = self.pixels[self.owner[rows]].float().div_(255)
        fine = size * self.twice
        axis = (torch.arange(fine, device=DEVICE) + 0.5) * 2 / fine - 1
        sx, cx, sy, cy = self.box[rows].t()[:, :, None]
        grid = torch.stack([(sx * axis + cx)[:, None, :].expand(-1, fine, -1), (sy * axis + cy)[:, :, None].expand(-1, -1, fine)], 3)
        x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
        x = F.avg_pool2d(x, self.twice) if self.twice > 1 else x  # smooths what the crop is shrunk by
        bright, contrast, colour = self.light[rows].t().reshape(3, -1, 1, 1, 1)
        grey = x.mean(1, keepdim=True)
        x = (grey + (x - grey) * colour) * bright
        level = x.mean((1, 2, 3), keepdim=True)
        return ((x - level) * contrast + level).clamp_(0, 1)

    def pixels_of(self, plain, mixed, size):
        """Row numbers -> [N, 3, size, size], ImageNet mean and deviation."""
        x = [self.cut(plain, size)] if len(plain) else []
        if len(mixed):
            a, b = self.cut(mixed, size), self.cut(self.partner[mixed], size)
            x.append(a + self.lam[mixed].view(-1, 1, 1, 1) * (b - a))
        return (torch.cat(x) - self.mean) / self.std

    def batch(self, n, size):
        """-> x [n, 3, size, size], g [n, D], q [n, 4, D], m [n, 16, 96], label [n]."""
        k = n - round(n * (self.n - self.plain) / self.n)
        plain, mixed = torch.randint(self.plain, (k,), device=DEVICE), torch.randint(self.plain, self.n, (n - k,), device=DEVICE)
        rows = torch.cat([plain, mixed])
        return (self.pixels_of(plain, mixed, size), *(t[rows].float() for t in self.targets), self.label[rows])


def blocks(v, rows):
    """Row numbers in the order of the table, cut so that a block is all plain or all mixed."""
    for part in (rows[rows < v.plain], rows[rows >= v.plain]):
        for at in range(0, len(part), BLOCK):
            r = part[at : at + BLOCK]
            yield (r, r[:0]) if r[0] < v.plain else (r[:0], r)


def answers(teacher, v, plain, mixed, size):
    f, last, middle = teacher(v.pixels_of(plain, mixed, size).to(TEACHER))
    pool = lambda t, s: F.adaptive_avg_pool2d(t, s).flatten(2).transpose(1, 2).float()
    root = lambda t: t.clamp(min=0).sqrt()
    return root(f.float()), root(pool(last, 2)), pool(middle, 4)


@torch.no_grad()
def teach(teacher, views, sizes, components):
    """Fills the targets: see targets.py; the basis is that of 16,000 views of each set."""
    sample = [[answers(teacher, v, *b, sizes[k]) for b in blocks(v, torch.randperm(v.n, device=DEVICE)[:16000].sort()[0])] for k, v in views.items()]
    f, m = (torch.cat([b[i] for s in sample for b in s]) for i in (0, 2))
    mean, scale = f.mean(0), f.std(0) + 0.05
    s = (f - mean) / scale
    values, vectors = torch.linalg.eigh(s.T @ s / len(s))
    values, vectors = values.flip(0)[:components], vectors.flip(1)[:, :components]
    print(f"targets: {components} components hold {(values.sum() / s.square().mean(0).sum()).item():.3f} of the variance", flush=True)
    basis = vectors / values**0.25
    basis /= (s @ basis).var(0).mean().sqrt()
    centre, spread = m.mean((0, 1)), m.std((0, 1)) + 1e-3
    for k, v in views.items():
        start, done = time.time(), 0
        v.targets = [torch.empty(v.n, *shape, dtype=torch.float16, device=DEVICE) for shape in ((components,), (4, components), (16, 96))]
        for b in blocks(v, torch.arange(v.n, device=DEVICE)):
            f, q, m = answers(teacher, v, *b, sizes[k])
            rows = torch.cat(b)
            for t, value in zip(v.targets, (((f - mean) / scale) @ basis, ((q - mean) / scale) @ basis, (m - centre) / spread)):
                t[rows] = value.half()
            done += len(rows)
        if CUDA:
            torch.cuda.synchronize()
        print(f"teacher: {done} {k} views in {time.time() - start:.1f} s", flush=True)


def pointwise(y, x, norm_w, norm_b, w1, b1, w2, b2, gamma):
    """y, x [M, C] -> x + gamma * mlp(norm(y))."""
    h = F.layer_norm(y.float(), (y.shape[1],), norm_w, norm_b, 1e-6).to(HALF)
    h = F.gelu(F.linear(h, w1.to(HALF), b1.to(HALF)))
    return (x.float() + gamma * F.linear(h, w2.to(HALF), b2.to(HALF)).float()).to(HALF)


def norm(x, m):
    return F.layer_norm(x.float(), m.normalized_shape, m.weight, m.bias, m.eps).to(HALF)


def depthwise(x, conv):
    y = F.conv2d(x.permute(0, 3, 1, 2), conv.weight.to(HALF).contiguous(memory_format=torch.channels_last), conv.bias.to(HALF), padding=3, groups=x.shape[3])
    return y.permute(0, 2, 3, 1).contiguous()


class Student(nn.Module):
    """The trunk and the linear maps that are thrown away after training; `tail`: a block after its convolution, plain or compiled."""

    def __init__(self, variant, components, classes):
        super().__init__()
        self.trunk, dims = ConvNeXt(*VARIANTS[variant]), VARIANTS[variant][1]
        self.project, self.classify, self.middle = nn.Linear(dims[3], components), nn.Linear(dims[3], classes), nn.Linear(dims[2], 96)
        self.tail = pointwise

    def forward(self, x):
        """[N, 3, S, S] -> embedding [N, D] and the maps of the last two stages, [N, h, w, c]. S: a multiple of 32."""
        linear = lambda x, conv: F.linear(patches(x, conv.kernel_size[0]), conv.weight.permute(0, 2, 3, 1).flatten(1).to(HALF), conv.bias.to(HALF))
        x, maps = norm(linear(x.permute(0, 2, 3, 1).to(HALF), self.trunk.stem[0]), self.trunk.stem[1]), []
        for stage in self.trunk.stages:
            if not isinstance(stage.downsample, nn.Identity):
                x = linear(norm(x, stage.downsample[0]), stage.downsample[1])
            for b in stage.blocks:
                c, mlp = x.shape[3], b.mlp
                y = depthwise(x, b.conv_dw)
                x = self.tail(y.reshape(-1, c), x.reshape(-1, c), b.norm.weight, b.norm.bias, mlp.fc1.weight, mlp.fc1.bias, mlp.fc2.weight, mlp.fc2.bias, b.gamma).view(x.shape)
            maps.append(x.float() if len(maps) > 1 else None)
        return self.trunk.head["norm"](maps[3].mean((1, 2))), maps[2], maps[3]

    def losses(self, x, g, q, m, label):
        """Targets as in targets.py -> whole-picture, quarter, stride-16 and label loss."""
        e, third, fourth = self(x)
        pool = lambda t, s: F.adaptive_avg_pool2d(t.permute(0, 3, 1, 2), s).flatten(2).transpose(1, 2)
        quarters = self.project(self.trunk.head["norm"](pool(fourth, 2)))
        return torch.stack([F.mse_loss(self.project(e), g), F.mse_loss(quarters, q), F.mse_loss(self.middle(pool(third, 4)), m),
                            F.cross_entropy(self.classify(e), label, label_smoothing=0.1)])


def seconds(run, times=5):
    run()
    torch.cuda.synchronize()
    start = time.time()
    for _ in range(times):
        run()
    torch.cuda.synchronize()
    return (time.time() - start) / times


def compiled():
    import torch._dynamo

    torch._dynamo.config.automatic_dynamic_shapes = False
    torch._dynamo.config.recompile_limit = 64
    run = torch.compile(pointwise)

    def tail(y, x, *weights):
        torch._dynamo.maybe_mark_dynamic(y, 0)
        torch._dynamo.maybe_mark_dynamic(x, 0)
        return run(y, x, *weights)

    return tail


def choose(student, n, size):
    """Takes the compiled kernels where they run, agree with the plain ones, and are faster."""
    if not CUDA:
        return
    x = torch.randn(n, 3, size, size, device=DEVICE)

    def step():
        student.zero_grad(set_to_none=True)
        e, third, fourth = student(x)
        ((e[:, ::3].sum() + fourth.square().mean() + third.square().mean()) / n).backward()
        return torch.cat([p.grad.flatten() for p in student.trunk.parameters()])

    right, plain = step(), seconds(step)
    print(f"plain kernels: {n / plain:.0f} images/s at {size} px", flush=True)
    try:
        student.tail = compiled()
        off = ((step() - right).norm() / right.norm()).item()
        took = seconds(step)
        print(f"compiled: {n / took:.0f} images/s, gradients differ by {off:.4f}", flush=True)
        if off < 0.1 and took < plain:
            return
    except Exception as e:  # an older torch or driver: the plain kernels stay, and the line says why
        print(f"compiled kernels cannot be used: {type(e).__name__}: {str(e)[:1500]}", flush=True)
    student.tail = pointwise


def save(out, variant, student, average, step, done):
    torch.save({"weights": student.state_dict(), "ema": average.state_dict(), "step": step, "done": done}, f"{out}/last.pt.part")
    os.replace(f"{out}/last.pt.part", f"{out}/last.pt")
    file = f"{out}/ConvNeXt_{variant.capitalize()}.safetensors"
    write(average, file + ".part")
    os.replace(file + ".part", file)


def train(config, student, views, out, end):
    trunk, names = student.trunk, ("whole", "quarters", "middle", "labels")
    decay, rest = ([p for p in student.parameters() if (p.ndim > 1) == k] for k in (True, False))
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": config["weight_decay"]}, {"params": rest, "weight_decay": 0.0}], betas=(0.9, 0.99), **({"fused": True} if CUDA else {}))
    average, step, before, parameters = copy.deepcopy(trunk), 0, 0.0, list(student.parameters())
    if os.path.exists(f"{out}/last.pt"):
        s = torch.load(f"{out}/last.pt", map_location=DEVICE)
        student.load_state_dict(s["weights"])
        average.load_state_dict(s["ema"])
        step, before = s["step"], s["done"]
        print(f"resumed at step {step}, {100 * before:.1f} % done", flush=True)
    ours, theirs, log = list(average.parameters()), list(trunk.parameters()), open(f"{out}/train.log", "a")
    torch.set_float32_matmul_precision("high")
    start, saved, sums, images, marked = time.time(), time.time(), torch.zeros(4, device=DEVICE), 0, time.time()
    while True:
        done = before + (1 - before) * (time.time() - start) / max(1e-3, end - start)
        if done >= 1:
            break
        phase = next((p for p in config["phases"] if done < p["until"]), config["phases"][-1])
        rate = config["rate"] * min(1, done / config["warmup"] + 1e-3) * (0.005 + 0.995 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        weights = torch.tensor([1.0, phase["quarters"], phase["middle"], phase["labels"]], device=DEVICE)
        total = sum(config["batch"].values())
        for k, v in views.items():
            losses = student.losses(*v.batch(config["batch"][k], phase[k]))
            (losses @ weights * (config["batch"][k] / total)).backward()
            sums += losses.detach() * (config["batch"][k] / total)
        nn.utils.clip_grad_norm_(parameters, config["clip"])
        optimiser.step()
        step, images = step + 1, images + total
        keep = min(config["ema"], (step + 1) / (step + 20))
        with torch.no_grad():
            torch._foreach_mul_(ours, keep)
            torch._foreach_add_(ours, theirs, alpha=1 - keep)
        if step % 100 == 0:
            values = (sums / 100).tolist()
            line = {"step": step, "done": round(done, 4), "size": phase["fine"], "images": step * total, "images_per_s": round(images / (time.time() - marked)),
                    **{k: round(x, 4) for k, x in zip(names, values)}, "rate": round(rate, 6)}
            print(json.dumps(line), flush=True)
            print(json.dumps(line), file=log, flush=True)
            if not all(map(math.isfinite, values)):
                raise SystemExit("the loss is no number any more: start again with a lower rate")
            sums.zero_()
            images, marked = 0, time.time()
        if time.time() - saved > 60 * config["save_minutes"]:
            save(out, config["variant"], student, average, step, done)
            saved = time.time()
    save(out, config["variant"], student, average, step, 1.0)
    print(f"done: {step} steps, {step * sum(config['batch'].values())} images", flush=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--data")
    a.add_argument("--out", required=True)
    a.add_argument("--config", default=f"{HERE}/atto-gpu.json")
    a.add_argument("--minutes", type=float)
    a.add_argument("--until", type=float)
    a.add_argument("--check", action="store_true")
    a = a.parse_args()
    config, began = json.load(open(a.config)), time.time()
    end = a.until or began + 60 * (a.minutes or config["minutes"])
    os.makedirs(a.out, exist_ok=True)
    torch.manual_seed(config["seed"])
    torch.backends.cudnn.benchmark = True
    if a.check:
        choose(Student(config["variant"], config["components"], 381).to(DEVICE), config["batch"]["fine"], config["phases"][-1]["fine"])
        return
    pictures, classes = decode(a.data)
    views = {k: Views(p, config["views"][k], config["mixed"], config["share"], config["seed"]) for k, p in pictures.items()}
    print(f"views ready after {time.time() - began:.0f} s", flush=True)
    teach(Teacher(f"{a.data}/teacher/mobilenetv2-features.onnx", DEVICE, TEACHER), views, config["teacher_size"], config["components"])
    print(f"teacher done after {time.time() - began:.0f} s", flush=True)
    student = Student(config["variant"], config["components"], classes).to(DEVICE)
    choose(student, config["batch"]["fine"], config["phases"][-1]["fine"])
    print(f"training from {time.time() - began:.0f} s", flush=True)
    train(config, student, views, a.out, end)


if __name__ == "__main__":
    main()
