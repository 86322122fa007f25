"""Accuracy of a linear head (multinomial logistic regression, L-BFGS) on frozen, L2-normalised embeddings.

usage: probe.py (--trunk FILE.safetensors | --checkpoint last.pt | --teacher FILE.onnx) [--data DIR] [--food DIR] [--size 160] [--ratio 1.14] [--flips] [--held-out]
--data: grocery official train -> test, coarse and fine classes. --held-out: only the held-out fifth of train (choose settings by this, not by test).
--food: pictures named by food group (first letter), 5-fold. L2 strength is chosen on a fifth of the rows trained on.
"""
import argparse
import csv
import glob

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from export import from_checkpoint, load

MEAN, STD = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))
STRENGTHS = (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


def pixels(path, size, ratio):
    """Short side to size * ratio, centre crop, ImageNet mean and deviation -> [3, size, size]."""
    image = Image.open(path).convert("RGB")
    scale = round(size * ratio) / min(image.size)
    image = image.resize(tuple(max(size, round(s * scale)) for s in image.size), Image.BICUBIC)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    x = np.asarray(image.crop((left, top, left + size, top + size)), np.float32) / 255
    return torch.from_numpy((x - MEAN) / STD).permute(2, 0, 1)


@torch.no_grad()
def embed(run, paths, size, ratio, flips):
    out = []
    for p in paths:
        x = pixels(p, size, ratio)[None].contiguous(memory_format=torch.channels_last)
        e = F.normalize(run(x).reshape(1, -1), dim=1)
        out.append(e + F.normalize(run(x.flip(3)).reshape(1, -1), dim=1) if flips else e)
    return F.normalize(torch.cat(out), dim=1)


def fit(x, y, k, l2):
    """x [n, d], y [n] -> weights [k, d + 1] on standardised features (the last column is the bias)."""
    w = torch.zeros(k, x.shape[1] + 1, requires_grad=True)
    one = torch.cat([x, torch.ones(len(x), 1)], 1)
    opt = torch.optim.LBFGS([w], max_iter=200, history_size=20, line_search_fn="strong_wolfe")

    def loss():
        opt.zero_grad()
        v = F.cross_entropy(one @ w.T, y) + l2 * w[:, :-1].square().sum()
        v.backward()
        return v

    opt.step(loss)
    return w.detach()


def score(w, x, y):
    return ((torch.cat([x, torch.ones(len(x), 1)], 1) @ w.T).argmax(1) == y).float().mean().item()


def head(xa, ya, xb, yb, k):
    """Standardise by the training rows, choose L2 on a fifth of them, fit on all -> test accuracy, L2, held-out accuracy."""
    mean, scale = xa.mean(0), xa.std(0) + 1e-6
    xa, xb = (xa - mean) / scale, (xb - mean) / scale
    hold = torch.from_numpy(np.random.default_rng(0).permutation(len(ya)) % 5 == 0)
    best = max((score(fit(xa[~hold], ya[~hold], k, l2), xa[hold], ya[hold]), l2) for l2 in STRENGTHS)
    return (score(fit(xa, ya, k, best[1]), xb, yb) if len(yb) else 0.0), best[1], best[0]


def main():
    p = argparse.ArgumentParser()
    for name in ("trunk", "checkpoint", "teacher", "data", "food"):
        p.add_argument("--" + name)
    p.add_argument("--variant", default="atto")
    p.add_argument("--size", type=int, default=160)
    p.add_argument("--ratio", type=float, default=256 / 224)
    p.add_argument("--flips", action="store_true")
    p.add_argument("--held-out", action="store_true")
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    if a.teacher:
        from teacher import Teacher

        teacher = Teacher(a.teacher)
        run = lambda x: teacher(x)[0]
    else:
        run = load(a.variant, a.trunk) if a.trunk else from_checkpoint(a.checkpoint, a.variant)
    if a.data:
        rows = {r[0]: r[2] for r in list(csv.reader(open(f"{a.data}/grocery/classes.csv")))[1:]}
        paths = [sorted(glob.glob(f"{a.data}/grocery/{s}/*/*.jpg")) for s in ("train", "test")]
        paths[1] = [] if a.held_out else paths[1]
        xa, xb = (embed(run, q, a.size, a.ratio, a.flips) if q else torch.zeros(0, 1) for q in paths)
        xb = xb if len(xb) else torch.zeros(0, xa.shape[1])
        for kind, name in (("coarse", lambda c: rows[c]), ("fine", lambda c: c)):
            la, lb = ([name(q.split("/")[-2]) for q in s] for s in paths)
            names = sorted(set(la))
            ya, yb = (torch.tensor([names.index(n) for n in s], dtype=torch.long) for s in (la, lb))
            test, l2, held = head(xa, ya, xb, yb, len(names))
            print(f"grocery {kind}: {len(names)} classes, test {test:.4f}, L2 {l2:g}, held-out {held:.4f}", flush=True)
    if a.food:
        paths = sorted(q for q in glob.glob(a.food + "/**/*.*", recursive=True) if q.lower().endswith((".jpg", ".jpeg")))
        x, letters = embed(run, paths, a.size, a.ratio, a.flips), [q.split("/")[-1][0] for q in paths]
        names = sorted(set(letters))
        y, right = torch.tensor([names.index(n) for n in letters]), 0.0
        fold = torch.zeros(len(y), dtype=torch.long)
        for c in range(len(names)):  # stratified folds, seeded
            rows = torch.from_numpy(np.random.default_rng(c).permutation(torch.nonzero(y == c).flatten().numpy()))
            fold[rows] = (torch.arange(len(rows)) + c) % 5
        for k in range(5):
            right += head(x[fold != k], y[fold != k], x[fold == k], y[fold == k], len(names))[0] * (fold == k).sum().item()
        print(f"food groups: {len(names)} classes, {len(y)} pictures, 5-fold {right / len(y):.4f}", flush=True)


if __name__ == "__main__":
    main()
