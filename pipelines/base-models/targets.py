"""Turns the teacher's outputs into the student's targets, once: work/target-{g,q,m}.npy (float16).

g [views, D], q [views, 4, D]: square root of the pooled features (whole crop, quarters), standardised, in the basis of
their D leading principal components, each divided by the root of its deviation (half-way to whitening, so that the
fine directions a linear head needs are not drowned by the few strong ones); mean variance 1.
m [views, 16, 96]: the stride-16 map on a 4x4 grid, standardised by channel.
"""
import os

import numpy as np

BLOCK = 4000


def make(work, components, seed):
    if os.path.exists(f"{work}/target-m.npy"):
        return
    f, q, m = (np.load(f"{work}/teacher-{k}.npy", mmap_mode="r") for k in "fqm")
    n = len(f)
    pick = np.sort(np.random.default_rng(seed).choice(n, min(n, 30000), replace=False))
    root = lambda x: np.sqrt(np.maximum(np.asarray(x, np.float32), 0))
    s = root(f[pick])
    mean, scale = s.mean(0), s.std(0) + 0.05
    s = (s - mean) / scale
    values, vectors = np.linalg.eigh(s.T @ s / len(s))
    values, vectors = values[::-1][:components], vectors[:, ::-1][:, :components]
    print(f"targets: {components} components hold {values.sum() / np.square(s).mean(0).sum():.3f} of the variance", flush=True)
    basis = vectors / values**0.25
    basis = (basis / np.sqrt((s @ basis).var(0).mean())).astype(np.float32)
    sample = np.asarray(m[pick[::10]], np.float32)
    centre, spread = sample.mean((0, 1)), sample.std((0, 1)) + 1e-3
    done = {"g": (lambda b: ((root(f[b]) - mean) / scale) @ basis, (components,)),
            "q": (lambda b: ((root(q[b]) - mean) / scale) @ basis, (4, components)),
            "m": (lambda b: (np.asarray(m[b], np.float32) - centre) / spread, m.shape[1:])}
    for k, (run, shape) in done.items():
        out = np.lib.format.open_memmap(f"{work}/target-{k}.npy.part", "w+", np.float16, (n, *shape))
        for at in range(0, n, BLOCK):
            out[at : at + BLOCK] = run(slice(at, at + BLOCK))
        out.flush()
        os.replace(f"{work}/target-{k}.npy.part", f"{work}/target-{k}.npy")
