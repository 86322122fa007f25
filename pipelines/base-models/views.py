"""Micro-batches for the student: fixed crops with a random flip and random brightness, contrast and colour, and their targets."""
import numpy as np
import torch

import data as dataset

MEAN, STD = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))


class Views:
    """views(n, size) -> x [n, size, size, 3] normalised, g [n, D], q [n, 4, D], m [n, 16, 96], label [n] (-100: of an unlabelled set)."""

    def __init__(self, work, share, seed, unlabelled=()):
        self.work, self.pictures, self.files = work, dataset.Pictures(work), {}
        index = self.pictures.index
        self.classes = len(index["classes"])
        kinds = index["kind"][index["owner"]]
        self.members = [np.flatnonzero(kinds == k) for k in range(len(dataset.SETS))]
        self.share = np.array([share[k] for k in dataset.SETS])
        self.rng = np.random.default_rng(seed)
        silent = np.isin(kinds, [dataset.SETS.index(k) for k in unlabelled])
        self.label = np.where(silent, -100, index["label"][index["owner"]])  # -100: cross entropy passes it over
        try:
            self.targets = [np.load(f"{work}/target-{k}.npy", mmap_mode="r") for k in "gqm"]
        except FileNotFoundError:
            self.targets = []

    def pixels(self, ids, size):
        """Crops up to 96 px are kept in a file; larger ones cost little beside the training step and are cut when wanted."""
        if size > 96:
            return np.stack([self.pictures.view(i, size) for i in ids])
        if size not in self.files:
            self.files[size] = dataset.crops(self.work, size)
        return self.files[size][ids]

    def __call__(self, n, size):
        counts = self.rng.multinomial(n, self.share)
        ids = np.concatenate([self.rng.choice(m, c) for m, c in zip(self.members, counts)])
        x = torch.from_numpy(self.pixels(ids, size)).float().div_(255)
        g, q, m = (torch.from_numpy(t[ids].astype(np.float32)) for t in self.targets)
        flip = torch.from_numpy(self.rng.random(n) < 0.5)
        x[flip] = x[flip].flip(2)
        q[flip], m[flip] = q[flip][:, [1, 0, 3, 2]], m[flip].reshape(-1, 4, 4, m.shape[2]).flip(2).flatten(1, 2)
        bright, contrast, colour = (torch.from_numpy(self.rng.uniform(1 - r, 1 + r, (n, 1, 1, 1)).astype(np.float32)) for r in (0.3, 0.3, 0.2))
        grey = x.mean(3, keepdim=True)
        x = (grey + (x - grey) * colour) * bright
        level = x.mean((1, 2, 3), keepdim=True)
        x = ((x - level) * contrast + level).clamp_(0, 1)
        return (x - MEAN) / STD, g, q, m, torch.from_numpy(self.label[ids])
