"""Data -> decoded pictures, views and the teacher's outputs for each view (computed once).

usage: prepare.py --data DIR --work DIR [--config atto.json]

work/teacher-f.npy  float16 [views, 1280]      pooled features
work/teacher-q.npy  float16 [views, 4, 1280]   last map pooled to 2x2
work/teacher-m.npy  float16 [views, 16, 96]    stride-16 map pooled to 4x4
Resumable: blocks of 1,000 views that are done are not computed again.
"""
import argparse
import json
import os
import time
from multiprocessing import Pool

import numpy as np

import data as dataset

MEAN, STD = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))
FILES = {"f": (1280,), "q": (4, 1280), "m": (16, 96)}
BLOCK = 1000


def teach(args):
    import torch
    import torch.nn.functional as F
    from teacher import Teacher

    model, work, sizes, begin, end = args
    torch.set_num_threads(1)
    teacher, pictures = Teacher(model), dataset.Pictures(work)
    out = {k: np.load(f"{work}/teacher-{k}.npy", mmap_mode="r+") for k in FILES}
    index = pictures.index
    for i in range(begin, end):
        size = sizes[dataset.SETS[index["kind"][index["owner"][i]]]]
        x = (pictures.view(i, size).astype(np.float32) / 255 - MEAN) / STD
        f, last, middle = teacher(torch.from_numpy(x).permute(2, 0, 1)[None])
        out["f"][i] = f[0].numpy()
        out["q"][i] = F.adaptive_avg_pool2d(last[0], 2).flatten(1).T.numpy()
        out["m"][i] = F.adaptive_avg_pool2d(middle[0], 4).flatten(1).T.numpy()
    return begin


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--config", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "atto.json"))
    a = p.parse_args()
    config = json.load(open(a.config))
    os.makedirs(a.work, exist_ok=True)
    if not os.path.exists(f"{a.work}/index.npz"):
        dataset.decode(a.data, a.work, config["views"], config["seed"])
    n = len(np.load(f"{a.work}/index.npz")["owner"])
    for k, shape in FILES.items():
        if not os.path.exists(f"{a.work}/teacher-{k}.npy"):
            np.lib.format.open_memmap(f"{a.work}/teacher-{k}.npy", "w+", np.float16, (n, *shape)).flush()
    done_file = f"{a.work}/teacher-done.json"
    done = set(json.load(open(done_file))) if os.path.exists(done_file) else set()
    model = f"{a.data}/teacher/mobilenetv2-features.onnx"
    todo = [(model, a.work, config["teacher_size"], b, min(n, b + BLOCK)) for b in range(0, n, BLOCK) if b not in done]
    start = time.time()
    with Pool(config["processes"]) as pool:
        for k, begin in enumerate(pool.imap_unordered(teach, todo), 1):
            done.add(begin)
            json.dump(sorted(done), open(done_file, "w"))
            left = (time.time() - start) / k * (len(todo) - k)
            print(f"teacher: {len(done)} of {-(-n // BLOCK)} blocks, {left / 60:.1f} min left", flush=True)


if __name__ == "__main__":
    main()
