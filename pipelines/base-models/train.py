"""Distils the teacher into a ConvNeXt on the CPU within a time budget: data-parallel processes, growing input sizes; resumable.

usage: train.py --work DIR --out DIR [--config atto.json] [--minutes M]

Parameters, moments and gradients are flat arrays in shared memory. Each process works through micro-batches and adds its
gradients; whoever completes a batch makes the AdamW step. Nobody waits for the other, so a core that is busy with other
work only contributes less (a gradient may be one step old).
Writes out/last.pt (weights, EMA, moments, step, minutes used) and out/train.log, one JSON line every 50 steps.
"""
import argparse
import json
import math
import os
import time

import torch
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F

import targets
from convnext import VARIANTS, ConvNeXt
from data import crops
from kernels import call
from views import Views

HERE = os.path.dirname(os.path.abspath(__file__))


class Student(nn.Module):
    """The trunk and the linear maps that are thrown away after training."""

    def __init__(self, variant, components, classes):
        super().__init__()
        self.trunk = ConvNeXt(*VARIANTS[variant])
        dims = VARIANTS[variant][1]
        self.project, self.classify, self.middle = nn.Linear(dims[3], components), nn.Linear(dims[3], classes), nn.Linear(dims[2], 96)

    def losses(self, x, g, q, m, label):
        """x [N, S, S, 3]; targets as in targets.py -> whole-picture, quarter, stride-16 and label loss."""
        e, maps = self.trunk.fast(x)
        pool = lambda t, s: F.adaptive_avg_pool2d(t.permute(0, 3, 1, 2), s).flatten(2).transpose(1, 2)
        quarters = self.project(self.trunk.head["norm"](pool(maps[3], 2)))
        return torch.stack([F.mse_loss(self.project(e), g), F.mse_loss(quarters, q), F.mse_loss(self.middle(pool(maps[2], 4)), m),
                            F.cross_entropy(self.classify(e), label, label_smoothing=0.1)])


def attach(student, flat, grads):
    """Makes every parameter and gradient a view of the flat arrays."""
    at = 0
    for p in student.parameters():
        n = p.numel()
        p.data, p.grad = flat[at : at + n].view(p.shape), grads[at : at + n].view(p.shape)
        at += n


def phase_at(config, done):
    return next((i for i, p in enumerate(config["phases"]) if done < p["until"]), len(config["phases"]) - 1)


def update(config, s, out, log, done, minutes):
    """One AdamW step with the gradients that both processes have added up. Called under the lock."""
    s["state"][0] += 1
    step, phase = int(s["state"][0]), config["phases"][phase_at(config, done)]
    rate = config["rate"] * min(1, done / config["warmup"]) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1, done))))
    length = float(s["g"].norm())
    call("adamw", s["p"], s["g"], s["m"], s["v"], s["e"], s["wd"], s["p"].numel(), min(1.0, config["clip"] / (length + 1e-9)), rate,
         1 / (1 - 0.9**step), 1 / (1 - 0.99**step), min(config["ema"], (step + 1) / (step + 20)))
    s["g"].zero_()
    if step % 50 == 0:
        total, names = s["loss"], ("whole", "quarters", "middle", "labels")
        line = {"step": step, "minutes": round(minutes, 2), "size": phase["size"], "images": step * config["batch"],
                **{k: round(float(v), 4) for k, v in zip(names, total / total[4])}, "norm": round(length, 3), "rate": round(rate, 6)}
        s["loss"].zero_()
        print(json.dumps(line), file=log, flush=True)
        print(f"{100 * done:5.1f} %  {config['minutes'] - minutes:5.1f} min left  {json.dumps(line)}", flush=True)
    if minutes - float(s["state"][1]) > config["save_minutes"]:
        save(s, out, minutes)


def worker(rank, config, work, out, s, lock):
    torch.set_num_threads(1)
    views = Views(work, config["share"], config["seed"] * 1000 + rank + 10 * int(s["state"][0]))
    student = Student(config["variant"], config["components"], views.classes)
    grads, log = torch.zeros_like(s["p"]), open(f"{out}/train.log", "a")
    attach(student, s["p"], grads)
    started, used, parent = time.time(), float(s["state"][1]), os.getppid()
    while os.getppid() == parent:  # ends with the process that started it
        minutes = used + (time.time() - started) / 60
        done = minutes / config["minutes"]
        if done >= 1:
            break
        phase = config["phases"][phase_at(config, done)]
        weights = torch.tensor([1.0, phase["quarters"], phase["middle"], phase["labels"]])
        grads.zero_()
        losses = student.losses(*views(phase["micro"], phase["size"]))
        (losses @ weights * (phase["micro"] / config["batch"])).backward()
        with lock:
            s["g"] += grads
            s["loss"] += torch.cat([losses.detach(), torch.ones(1)])
            s["state"][2] += phase["micro"]
            if s["state"][2] >= config["batch"]:
                s["state"][2] = 0
                update(config, s, out, log, done, minutes)
    with lock:
        save(s, out, minutes)


def save(s, out, minutes):
    s["state"][1] = minutes
    torch.save({k: s[k].clone() for k in ("p", "e", "m", "v", "state")}, f"{out}/last.pt.part")
    os.replace(f"{out}/last.pt.part", f"{out}/last.pt")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--work", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--config", default=f"{HERE}/atto.json")
    a.add_argument("--minutes", type=float)
    a = a.parse_args()
    config = json.load(open(a.config))
    config["minutes"] = a.minutes or config["minutes"]
    os.makedirs(a.out, exist_ok=True)
    targets.make(a.work, config["components"], config["seed"])
    for size in sorted({p["size"] for p in config["phases"] if p["size"] <= 96}):
        crops(a.work, size)
    torch.manual_seed(config["seed"])
    student = Student(config["variant"], config["components"], Views(a.work, config["share"], 0).classes)
    p = torch.cat([q.detach().flatten() for q in student.parameters()])
    wd = torch.cat([torch.full((q.numel(),), config["weight_decay"] if q.ndim > 1 else 0.0) for q in student.parameters()])
    s = {"p": p, "e": p.clone(), "m": torch.zeros_like(p), "v": torch.zeros_like(p), "wd": wd, "g": torch.zeros_like(p),
         "loss": torch.zeros(5), "state": torch.zeros(3, dtype=torch.float64)}  # state: steps, minutes used, images in the batch so far
    if os.path.exists(f"{a.out}/last.pt"):
        s.update(torch.load(f"{a.out}/last.pt"))
        print(f"resumed at step {int(s['state'][0])}, {float(s['state'][1]):.1f} minutes used", flush=True)
    for t in s.values():
        t.share_memory_()
    mp.spawn(worker, (config, a.work, a.out, s, mp.get_context("spawn").Lock()), nprocs=config["processes"])


if __name__ == "__main__":
    main()
